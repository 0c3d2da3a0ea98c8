"""Insert: find a hole by touch with a round or square peg and push the peg to the hole's floor."""

from typing import Literal, get_args

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply
from touchloop.sim.hole_contact import Form
from touchloop.sim.hole_plate import HolePlate, HolePlateConfig
from touchloop.sim.scene import Scene
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.insert_expert import InsertExpert
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.task import Expert, TaskState

Variant = Literal["round_1.0", "round_0.5", "square_1.0", "square_0.5"]
"""The peg's form and its radial clearance [mm]."""
PEGS: dict[Variant, tuple[Form, float]] = {
    "round_1.0": ("round", 0.0010),
    "round_0.5": ("round", 0.0005),
    "square_1.0": ("square", 0.0010),
    "square_0.5": ("square", 0.0005),
}
FORCE_BAND_N = (2.0, 9.0)
PEAK_FORCE_N = 30.0
INSERTED = 0.9
HALF_SCORE_INSERTED = 0.5
HOLD_S = 0.3
"""The peg must stay inserted for so long."""
TIME_LIMIT_S = 12.0
LIFTED_M = 0.03
"""The episode ends when the peg has left the face by this much after contact."""
CONTACT_FORCE_N = 0.5
NEAR_M = 0.03
"""The peg is near the plate below this height."""
IN_HOLE_M = 0.002


def sample_plate(rng: np.random.Generator, variant: Variant) -> HolePlateConfig:
    """A plate of random position (+-8 mm), tilt (+-1 deg), yaw (+-1.5 deg), hole depth, friction and colours."""
    turn_x, turn_y, yaw = np.radians(rng.uniform([-1.0, -1.0, -1.5], [1.0, 1.0, 1.5]))
    tilt = quat_from_rotation_vector(np.array([turn_x, turn_y, 0.0]))
    position = np.array([0.50, 0.0, 0.20]) + rng.uniform(-0.008, 0.008, size=3)
    form, clearance_m = PEGS[variant]
    return HolePlateConfig(
        pose_in_base=np.concatenate([position, quat_multiply(tilt, quat_from_rotation_vector(np.array([0, 0, yaw])))]),
        form=form,
        clearance_m=clearance_m,
        hole_depth_m=float(rng.uniform(0.020, 0.025)),
        friction=float(rng.uniform(0.15, 0.35)),
        rgb=_rgb(rng, 0.4, 0.9),
        hole_rgb=_rgb(rng, 0.0, 0.12),
        peg_rgb=_rgb(rng, 0.15, 0.9),
    )


def sample_start(rng: np.random.Generator) -> np.ndarray:
    """TCP pose (7,) in base where the arm starts: tool down, about 11 cm above the plate and 5 cm aside."""
    position = np.array([0.46, 0.0, 0.31]) + rng.uniform(-0.015, 0.015, size=3)
    return np.concatenate([position, [1.0, 0.0, 0.0, 0.0]])


class Insert:
    """The task; see ``touchloop.tasks.task.Task``.

    Before contact the plate moves by 8-12 mm in x and y and 5-10 mm in z. After contact it moves twice by 4-7 mm in x
    and y: while the hole is still being searched, and at about the time when the peg is in the hole.
    """

    name = "insert"
    arms = ("",)
    variants: tuple[str, ...] = get_args(Variant)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig()
    magnitudes = Magnitudes(
        before_shift_m=Bounds((0.008, 0.008, 0.005), (0.012, 0.012, 0.010)),
        after_shift_m=Bounds((0.004, 0.004, 0.0), (0.007, 0.007, 0.0)),
        shift_duration_s=0.2,
        first_s=(0.0, 0.15),
        second_s=(0.6, 1.2),
    )

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random plate and peg."""
        variants = get_args(Variant)
        variant = variants[int(rng.integers(len(variants)))]
        return HolePlate(sample_plate(rng, variant), sample_start(rng)), variant

    def score(self) -> "InsertScore":
        """A fresh judge."""
        return InsertScore()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator."""
        return InsertExpert(scene_of(scene, HolePlate), rng, jitter_m)


class InsertScore:
    """Judges an episode tick by tick from the world's ground truth."""

    def __init__(self) -> None:
        self._contact_ticks = 0
        self._in_band_ticks = 0
        self._peak_force_n = 0.0
        self._inserted_s = 0.0
        self.first_contact_s: float | None = None

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick.

        The force is the one along the tool's axis, its peak that of the whole force. The depth counts from the face,
        at the peg's end.
        """
        plate = scene_of(world.scene, HolePlate)
        (contact,) = world.contacts
        total = contact.total_in_base if contact is not None else np.zeros(3)
        force_n = max(float(total[2]), 0.0)
        time_s = world.ticks_since_reset * PERIOD_S
        self._peak_force_n = max(self._peak_force_n, float(np.linalg.norm(total)))
        if self.first_contact_s is None and np.linalg.norm(total) > CONTACT_FORCE_N:
            self.first_contact_s = time_s
        if force_n > CONTACT_FORCE_N:
            self._contact_ticks += 1
            self._in_band_ticks += FORCE_BAND_N[0] <= force_n <= FORCE_BAND_N[1]
        height = float(plate.on_plate(world.arms[0].tcp_in_base()[:3])[2])
        progress = min(max(-height / plate.config.hole_depth_m, 0.0), 1.0)
        self._inserted_s = self._inserted_s + PERIOD_S if progress >= INSERTED else 0.0
        inserted = self._inserted_s >= HOLD_S
        lifted = self.first_contact_s is not None and height > LIFTED_M
        done = inserted or lifted or time_s >= TIME_LIMIT_S
        return TaskState(
            phase=self._phase(done, height),
            done=done,
            success=inserted and self._peak_force_n < PEAK_FORCE_N,
            score=1.0 if inserted else 0.5 if progress >= HALF_SCORE_INSERTED else 0.0,
            progress=progress,
            force_n=force_n,
            in_band_ratio=self._in_band_ticks / max(self._contact_ticks, 1),
            peak_force_n=self._peak_force_n,
            near=height < NEAR_M,
            first_contact_s=self.first_contact_s,
        )

    def _phase(self, done: bool, height: float) -> str:
        if done:
            return "done"
        if height < -IN_HOLE_M:
            return "insert"
        return "approach" if self.first_contact_s is None else "contact"


def _rgb(rng: np.random.Generator, least: float, most: float) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in rng.uniform(least, most, size=3))
    return red, green, blue
