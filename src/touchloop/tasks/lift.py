"""Lift: two arms squeeze a fragile box of unknown width, mass and friction and lift it together."""

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.control.limits import LimitsConfig
from touchloop.sim.contact import Material
from touchloop.sim.fragile_box import BASE_Y_M, BASE_Z_M, CELL_X_M, SIDES, TOOL_FORWARDS, FragileBox, FragileBoxConfig
from touchloop.sim.scene import Scene
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.lift_expert import LiftExpert
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.task import Expert, TaskState

FORCE_BAND_N = (4.0, 17.0)
CRUSH_N = 22.0
"""More than this on either palm breaks the box."""
IN_BAND_RATIO = 0.6
LIFT_M = 0.10
HALF_SCORE_LIFT = 0.5
HOLD_S = 0.8
"""The box must stay up this long without a break."""
DROP_FROM_M = 0.015
"""A box that was up by this much and that no palm presses on any more is dropped."""
OFF_SUPPORT_M = 0.01
"""So is one that is lower than it stood by this much."""
DROP_SHARE = 0.3
"""So is one that has come back to this share of its greatest height."""
TIME_LIMIT_S = 14.0
CONTACT_FORCE_N = 0.5
NEAR_M = 0.03
"""An arm is near when its palm is this close to its face of the box."""
BOX_Z_M = 0.32
PLACE_M = np.array([0.025, 0.015, 0.012])
WIDTH_M = (0.050, 0.120)
START_GAP_M = 0.065
"""From the middle of where a palm starts to the nearest face that may be there."""


def sample_box(rng: np.random.Generator) -> FragileBoxConfig:
    """A box of random place (+-25, 15, 12 mm), yaw (+-5 deg), width, mass, friction, stiffness and colour."""
    return FragileBoxConfig(
        position_in_world=np.array([CELL_X_M, 0.0, BOX_Z_M]) + rng.uniform(-1.0, 1.0, size=3) * PLACE_M,
        yaw_rad=float(np.radians(rng.uniform(-5.0, 5.0))),
        width_m=float(rng.uniform(*WIDTH_M)),
        mass_kg=float(rng.uniform(0.25, 0.45)),
        palm=Material(float(rng.uniform(2000.0, 4000.0)), 25.0, float(rng.uniform(0.45, 0.55))),
        rgb=_colour(rng, 0.15, 0.95),
        stripe_rgb=_colour(rng, 0.05, 0.95),
        support_rgb=_colour(rng, 0.2, 0.7),
    )


def sample_starts(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """TCP pose (7,) of each arm in its base at the start: tool forwards, some 5 to 12 cm before the box."""
    middle = np.array([BASE_Y_M - 0.5 * WIDTH_M[1] - PLACE_M[1] - START_GAP_M, 0.0, BOX_Z_M - BASE_Z_M + 0.02])
    left, right = (np.concatenate([middle + rng.uniform(-0.015, 0.015, size=3), TOOL_FORWARDS]) for _ in SIDES)
    return left, right


class Lift:
    """The task; see ``touchloop.tasks.task.Task``."""

    name = "lift"
    arms = ("left", "right")
    variants = ("",)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig(
        planned_force_bound_n=18.0,
        comply_force_n=20.0,
        comply_until_n=17.0,
        # Lifting a palm off drops the box, whatever the force.
        retract_force_n=100.0,
        retract_after_s=1000.0,
        limits=LimitsConfig(lower_in_base=np.array([0.25, -0.35, 0.5]), upper_in_base=np.array([0.75, 0.35, 0.95])),
    )
    magnitudes = Magnitudes(
        before_shift_m=Bounds((0.010, 0.010, 0.0), (0.015, 0.015, 0.0)),
        after_shift_m=None,
        after_push_n=Bounds((7.0, 0.0, 0.0), (9.0, 2.0, 1.0)),
        arm_push_n=Bounds((0.0, 0.0, 0.0), (4.0, 4.0, 4.0)),
        first_s=(1.1, 1.7),
        second_s=(2.0, 2.5),
    )

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random box."""
        box = sample_box(rng)
        return FragileBox(box, sample_starts(rng)), ""

    def score(self) -> "LiftScore":
        """A fresh judge."""
        return LiftScore()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator."""
        return LiftExpert(scene_of(scene, FragileBox), rng, jitter_m)


class LiftScore:
    """Judges an episode tick by tick from the world's ground truth."""

    def __init__(self) -> None:
        self._contact_ticks = 0
        self._in_band_ticks = 0
        self._peak_force_n = 0.0
        self._squeezed = False
        self._most_m = 0.0
        self._held_s = 0.0
        self.first_contact_s: float | None = None

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick.

        The contact time counts from when both palms' forces are first in the band.
        """
        box = scene_of(world.scene, FragileBox)
        forces_n = [contact.force_n if contact is not None else 0.0 for contact in world.contacts]
        time_s = world.ticks_since_reset * PERIOD_S
        if self.first_contact_s is None and max(forces_n) > CONTACT_FORCE_N:
            self.first_contact_s = time_s
        self._peak_force_n = max(self._peak_force_n, *forces_n)
        in_band = FORCE_BAND_N[0] <= min(forces_n) and max(forces_n) <= FORCE_BAND_N[1]
        self._squeezed = self._squeezed or in_band
        if self._squeezed:
            self._contact_ticks += 1
            self._in_band_ticks += in_band
        lifted_m = box.lifted_m
        self._most_m = max(self._most_m, lifted_m)
        self._held_s = self._held_s + PERIOD_S if lifted_m >= LIFT_M else 0.0
        crushed = self._peak_force_n > CRUSH_N
        held = self._held_s >= HOLD_S and not crushed
        let_go = min(forces_n) <= 0.0 or lifted_m < DROP_SHARE * self._most_m
        dropped = (self._most_m > DROP_FROM_M and let_go) or lifted_m < -OFF_SUPPORT_M
        done = held or crushed or dropped or time_s >= TIME_LIMIT_S
        half = self._most_m >= HALF_SCORE_LIFT * LIFT_M and not crushed
        in_band_ratio = self._in_band_ticks / max(self._contact_ticks, 1)
        return TaskState(
            phase=self._phase(done),
            done=done,
            success=held and in_band_ratio >= IN_BAND_RATIO,
            score=1.0 if held else 0.5 if half else 0.0,
            progress=min(max(lifted_m / LIFT_M, 0.0), 1.0),
            force_n=max(forces_n),
            in_band_ratio=in_band_ratio,
            peak_force_n=self._peak_force_n,
            near=min(box.gap_m(0), box.gap_m(1)) < NEAR_M,
            first_contact_s=self.first_contact_s,
        )

    def _phase(self, done: bool) -> str:
        if done:
            return "done"
        if self.first_contact_s is None:
            return "approach"
        if not self._squeezed:
            return "contact"
        return "hold" if self._held_s > 0.0 else "lift"


def _colour(rng: np.random.Generator, least: float, most: float) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in rng.uniform(least, most, size=3))
    return red, green, blue
