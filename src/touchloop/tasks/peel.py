"""Peel: take a layer off an uneven, rounded body with a blade, in one stroke at a steady force."""

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.peel_body import THICKNESS_BAND_M, BodyConfig, PeelBody
from touchloop.sim.peel_cut import CUT_STIFFNESS, PROFILE_STEP_M
from touchloop.sim.scene import Scene
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.peel_expert import PeelExpert
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.task import Expert, TaskState

FORCE_BAND_N = (THICKNESS_BAND_M[0] * CUT_STIFFNESS, THICKNESS_BAND_M[1] * CUT_STIFFNESS)
PEAK_FORCE_N = 20.0
PEELED = 0.85
TIME_LIMIT_S = 14.0
LIFTED_M = 0.03
"""The episode ends when the blade has left the crest by this much after cutting."""
CONTACT_FORCE_N = 0.5
NEAR_M = 0.03
"""The blade is near the body below this height over the crest."""
LEAST_SLOPE_RAD, MOST_SLOPE_RAD = np.radians(7.0), np.radians(12.0)


def sample_crest(rng: np.random.Generator) -> np.ndarray:
    """(K,) heights around zero over 0.16 to 0.20 m: an arch and two or three sines.

    Scaled so that the steepest slope is 7 to 12 deg, which makes about 3 to 10 mm from lowest to highest.
    """
    count = round(float(rng.uniform(0.16, 0.20)) / PROFILE_STEP_M) + 1
    share = np.linspace(0.0, 1.0, count)
    crest = rng.uniform(0.3, 1.0) * 4.0 * share * (1.0 - share) * rng.choice([-1.0, 1.0], p=[0.25, 0.75])
    for _ in range(rng.integers(2, 4)):
        waves = rng.uniform(1.2, 3.0)
        crest += rng.uniform(0.15, 0.4) / waves * np.sin(2.0 * np.pi * (waves * share + rng.uniform()))
    steepest = np.abs(np.gradient(crest, PROFILE_STEP_M)).max()
    crest *= np.tan(rng.uniform(LEAST_SLOPE_RAD, MOST_SLOPE_RAD)) / steepest
    return crest - crest.mean()


def sample_body(rng: np.random.Generator) -> BodyConfig:
    """A body of random place (+-15, +-20, +-12 mm), heading (+-8 deg), profile, roundness, material and colours.

    Radius 35 to 60 mm, stiffness 1.5 to 3.5 kN/m, friction 0.2 to 0.4, and the cut resists by 0.8 to 1.5 N a millimetre
    of thickness.
    """
    position = np.array([0.50, 0.0, 0.20]) + rng.uniform(-1.0, 1.0, size=3) * [0.015, 0.020, 0.012]
    heading = np.radians(rng.uniform(-8.0, 8.0))
    skins = np.array([[0.15, 0.4, 0.12], [0.5, 0.1, 0.12], [0.35, 0.1, 0.3], [0.7, 0.3, 0.1]])
    skin = np.clip(skins[rng.integers(len(skins))] + rng.uniform(-0.08, 0.08, size=3), 0.0, 1.0)
    flesh = rng.uniform([0.85, 0.8, 0.5], [0.98, 0.95, 0.75])
    return BodyConfig(
        pose_in_base=np.concatenate([position, quat_from_rotation_vector(np.array([0.0, 0.0, heading]))]),
        crest_m=sample_crest(rng),
        radius_m=float(rng.uniform(0.035, 0.060)),
        stiffness=float(rng.uniform(1500.0, 3500.0)),
        friction=float(rng.uniform(0.2, 0.4)),
        cut_resistance=float(rng.uniform(800.0, 1500.0)),
        skin_rgb=tuple(skin.tolist()),
        flesh_rgb=tuple(flesh.tolist()),
    )


def sample_start(rng: np.random.Generator) -> np.ndarray:
    """TCP pose (7,) in base where the arm starts: tool down, 12 cm above the body."""
    position = np.array([0.42, 0.0, 0.33]) + rng.uniform(-0.015, 0.015, size=3)
    return np.concatenate([position, [1.0, 0.0, 0.0, 0.0]])


class Peel:
    """The task; see ``touchloop.tasks.task.Task``.

    The body moves by 3 to 6 mm along x and y and 10 to 20 mm in height before contact, twice by 10 to 20 mm in height
    after it; pushes on the arm are up to 5 N sideways and 10 N up or down.
    """

    name = "peel"
    arms = ("",)
    variants = ("",)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig()
    magnitudes = Magnitudes(
        before_shift_m=Bounds((0.003, 0.003, 0.010), (0.006, 0.006, 0.020)),
        after_shift_m=Bounds((0.0, 0.0, 0.010), (0.0, 0.0, 0.020)),
    )

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random body."""
        body = sample_body(rng)
        return PeelBody(body, sample_start(rng)), ""

    def score(self) -> "PeelScore":
        """A fresh judge."""
        return PeelScore()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator."""
        return PeelExpert(scene_of(scene, PeelBody), rng, jitter_m)


class PeelScore:
    """Judges an episode tick by tick from the world's ground truth.

    Score and progress: peeled length over length (arXiv 2503.02881); what was cut too thin or too deep does not count.
    """

    def __init__(self) -> None:
        self._contact_ticks = 0
        self._in_band_ticks = 0
        self._peak_force_n = 0.0
        self._cutting = False
        self.first_contact_s: float | None = None

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick.

        The contact time counts from the force's first entry into the band until the blade has left the crest.
        """
        body = scene_of(world.scene, PeelBody)
        (contact,) = world.contacts
        force_n = contact.force_n if contact is not None else 0.0
        time_s = world.ticks_since_reset * PERIOD_S
        if self.first_contact_s is None and force_n > CONTACT_FORCE_N:
            self.first_contact_s = time_s
        self._peak_force_n = max(self._peak_force_n, force_n)
        progress = body.progress
        height = float(body.on_body(world.arms[0].tcp_in_base()[:3])[2])
        lifted = self._cutting and height > LIFTED_M
        in_band = FORCE_BAND_N[0] <= force_n <= FORCE_BAND_N[1]
        self._cutting = self._cutting or in_band
        if self._cutting and not lifted and not (progress >= PEELED and force_n < CONTACT_FORCE_N):
            self._contact_ticks += 1
            self._in_band_ticks += in_band
        done = lifted or time_s >= TIME_LIMIT_S
        return TaskState(
            phase=self._phase(done, progress, force_n),
            done=done,
            success=done and progress >= PEELED and self._peak_force_n < PEAK_FORCE_N,
            score=progress,
            progress=progress,
            force_n=force_n,
            in_band_ratio=self._in_band_ticks / max(self._contact_ticks, 1),
            peak_force_n=self._peak_force_n,
            near=self.first_contact_s is not None or height < NEAR_M,
            first_contact_s=self.first_contact_s,
        )

    def _phase(self, done: bool, progress: float, force_n: float) -> str:
        if done:
            return "done"
        if self.first_contact_s is None:
            return "approach"
        if not self._cutting:
            return "contact"
        return "lift" if progress >= PEELED and force_n < CONTACT_FORCE_N else "peel"
