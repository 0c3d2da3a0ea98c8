"""Press: push a stiff switch until it clicks, and let go at once."""

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.scene import Scene
from touchloop.sim.switch_panel import PanelConfig, SwitchPanel
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.press_expert import PressExpert
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.task import Expert, TaskState

FORCE_BAND_N = (1.0, 12.0)
PEAK_FORCE_N = 20.0
HELD_S = 1.0
"""Pressing on for longer than this after the click is a fault."""
TIME_LIMIT_S = 12.0
AWAY_M = 0.025
AWAY_S = 0.2
"""The episode ends when the switch has toggled and the finger has been higher above the cap than that for this long. A
press that was given up before the click may be tried again."""
CONTACT_FORCE_N = 0.5
NEAR_M = 0.03


def sample_panel(rng: np.random.Generator) -> PanelConfig:
    """A panel of random place (+-15 mm an axis), tilt (+-4 deg), switch place (+-30 mm), stiffness and colours.

    The switch snaps through at 6 to 10 N after 1.5 to 2.5 mm, and its force falls to 35 to 55 % of that.
    """
    tilt = np.radians(rng.uniform(-4.0, 4.0, size=2))
    position = np.array([0.50, 0.0, 0.20]) + rng.uniform(-0.015, 0.015, size=3)
    grey = rng.uniform(0.5, 0.85)
    tint = rng.uniform(0.9, 1.0, size=3)
    return PanelConfig(
        pose_in_base=np.concatenate([position, quat_from_rotation_vector(np.array([tilt[0], tilt[1], 0.0]))]),
        cap_on_panel=rng.uniform(-0.03, 0.03, size=2),
        operating_travel_m=float(rng.uniform(0.0015, 0.0025)),
        operating_force_n=float(rng.uniform(6.0, 10.0)),
        drop_share=float(rng.uniform(0.35, 0.55)),
        stiffness=float(rng.uniform(3000.0, 5000.0)),
        friction=float(rng.uniform(0.3, 0.7)),
        panel_rgb=tuple((grey * tint).tolist()),
        cap_rgb=tuple(rng.uniform([0.5, 0.0, 0.0], [0.95, 0.4, 0.3]).tolist()),
    )


def sample_start(rng: np.random.Generator) -> np.ndarray:
    """TCP pose (7,) in base where the arm starts: tool down, 10 cm above the panel."""
    position = np.array([0.46, 0.0, 0.31]) + rng.uniform(-0.015, 0.015, size=3)
    return np.concatenate([position, [1.0, 0.0, 0.0, 0.0]])


class Press:
    """The task; see ``touchloop.tasks.task.Task``.

    The panel moves by up to 10 mm along x and y and 10 to 15 mm in height before contact, twice by 8 to 15 mm in height
    (2 mm sideways) after it; pushes on the arm are up to 3 N sideways and 6 N up or down.
    """

    name = "press"
    arms = ("",)
    variants = ("",)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig()
    magnitudes = Magnitudes(
        before_shift_m=Bounds((0.005, 0.005, 0.010), (0.010, 0.010, 0.015)),
        after_shift_m=Bounds((0.0, 0.0, 0.008), (0.002, 0.002, 0.015)),
        arm_push_n=Bounds((0.0, 0.0, 2.0), (3.0, 3.0, 6.0)),
        first_s=(0.05, 0.4),
        second_s=(0.5, 1.0),
    )

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random panel."""
        panel = sample_panel(rng)
        return SwitchPanel(panel, sample_start(rng)), ""

    def score(self) -> "PressScore":
        """A fresh judge."""
        return PressScore()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator."""
        return PressExpert(scene_of(scene, SwitchPanel), rng, jitter_m)


class PressScore:
    """Judges an episode tick by tick from the world's ground truth."""

    def __init__(self) -> None:
        self._contact_ticks = 0
        self._in_band_ticks = 0
        self._held_ticks = 0
        self._away_ticks = 0
        self._peak_force_n = 0.0
        self._progress = 0.0
        self.first_contact_s: float | None = None

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick."""
        panel = scene_of(world.scene, SwitchPanel)
        (contact,) = world.contacts
        force_n = contact.force_n if contact is not None else 0.0
        time_s = world.ticks_since_reset * PERIOD_S
        touching = force_n > CONTACT_FORCE_N
        if self.first_contact_s is None and touching:
            self.first_contact_s = time_s
        self._peak_force_n = max(self._peak_force_n, force_n)
        self._contact_ticks += touching
        self._in_band_ticks += FORCE_BAND_N[0] <= force_n <= FORCE_BAND_N[1]
        self._held_ticks += touching and panel.toggles > 0
        share = panel.travel_m / panel.config.toggle_travel_m
        self._progress = 1.0 if panel.toggles else max(self._progress, min(share, 1.0))
        height = float(world.arms[0].tcp_in_base()[2] - panel.cap_in_base[2])
        away = panel.toggles > 0 and height > AWAY_M
        self._away_ticks = self._away_ticks + 1 if away else 0
        released = self._away_ticks * PERIOD_S >= AWAY_S
        done = released or time_s >= TIME_LIMIT_S
        clean = (
            panel.toggles == 1
            and released
            and self._peak_force_n < PEAK_FORCE_N
            and self._held_ticks * PERIOD_S <= HELD_S
        )
        return TaskState(
            phase=self._phase(done, panel.toggles > 0),
            done=done,
            success=done and clean,
            score=0.0 if not panel.toggles else 1.0 if done and clean else 0.5,
            progress=self._progress,
            force_n=force_n,
            in_band_ratio=self._in_band_ticks / max(self._contact_ticks, 1),
            peak_force_n=self._peak_force_n,
            near=self.first_contact_s is not None or height < NEAR_M,
            first_contact_s=self.first_contact_s,
        )

    def _phase(self, done: bool, toggled: bool) -> str:
        if done:
            return "done"
        if self.first_contact_s is None:
            return "approach"
        return "release" if toggled else "press"
