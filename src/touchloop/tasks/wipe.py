"""Wipe: press a round tool on a tilted board and wipe a stroke of ink away at a steady force."""

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.board import Board, BoardConfig
from touchloop.sim.scene import Scene
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.perturbation import Bounds, Magnitudes
from touchloop.tasks.scenes import scene_of
from touchloop.tasks.task import Expert, TaskState
from touchloop.tasks.wipe_expert import WipeExpert

FORCE_BAND_N = (2.5, 8.5)
PEAK_FORCE_N = 20.0
IN_BAND_RATIO = 0.8
COVERAGE = 0.9
HALF_SCORE_COVERAGE = 2.0 / 3.0
TIME_LIMIT_S = 14.0
LIFTED_M = 0.03
"""The episode ends when the tool has left the face by this much after wiping."""
CONTACT_FORCE_N = 0.5

NEAR_M = 0.03
"""The tool is near the board below this height."""


def sample_board(rng: np.random.Generator) -> BoardConfig:
    """A board of random height (+-12 mm), tilt (+-6 deg), friction, stiffness, stroke and colour."""
    tilt = np.radians(rng.uniform(-6.0, 6.0, size=2))
    height = 0.20 + rng.uniform(-0.012, 0.012)
    pose = np.concatenate([[0.50, 0.0, height], quat_from_rotation_vector(np.array([tilt[0], tilt[1], 0.0]))])
    heading = np.radians(rng.uniform(-12.0, 12.0))
    grey = rng.uniform(0.75, 0.95)
    return BoardConfig(
        pose_in_base=pose,
        friction=float(rng.uniform(0.2, 0.5)),
        stiffness=float(rng.uniform(2000.0, 5000.0)),
        ink_start=np.array([-0.11, 0.0]) + rng.uniform([-0.015, -0.03], [0.015, 0.03]),
        ink_heading_rad=float(heading),
        ink_length_m=float(rng.uniform(0.18, 0.22)),
        ink_width_m=0.02,
        rgb=(float(grey), float(grey), float(grey * rng.uniform(0.9, 1.0))),
        ink_rgb=tuple(rng.uniform([0.02, 0.02, 0.2], [0.2, 0.2, 0.5]).tolist()),
    )


def sample_start(rng: np.random.Generator) -> np.ndarray:
    """TCP pose (7,) in base where the arm starts: tool down, 12 cm above the board."""
    position = np.array([0.42, 0.0, 0.33]) + rng.uniform(-0.015, 0.015, size=3)
    return np.concatenate([position, [1.0, 0.0, 0.0, 0.0]])


class Wipe:
    """The task; see ``touchloop.tasks.task.Task``."""

    name = "wipe"
    arms = ("",)
    variants = ("",)
    force_band_n = FORCE_BAND_N
    controller = ControllerConfig()
    magnitudes = Magnitudes(
        before_shift_m=Bounds((0.005, 0.005, 0.010), (0.010, 0.010, 0.020)),
        after_shift_m=Bounds((0.0, 0.0, 0.010), (0.0, 0.0, 0.020)),
    )

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random board."""
        board = sample_board(rng)
        return Board(board, sample_start(rng)), ""

    def score(self) -> "WipeScore":
        """A fresh judge."""
        return WipeScore()

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator."""
        return WipeExpert(scene_of(scene, Board), rng, jitter_m)


class WipeScore:
    """Judges an episode tick by tick from the world's ground truth."""

    def __init__(self) -> None:
        self._contact_ticks = 0
        self._in_band_ticks = 0
        self._peak_force_n = 0.0
        self._wiping = False
        self.first_contact_s: float | None = None

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick.

        The contact time counts from the force's first entry into the band until the tool has left the face.
        """
        board = scene_of(world.scene, Board)
        (contact,) = world.contacts
        force_n = contact.force_n if contact is not None else 0.0
        time_s = world.ticks_since_reset * PERIOD_S
        if self.first_contact_s is None and force_n > CONTACT_FORCE_N:
            self.first_contact_s = time_s
        self._peak_force_n = max(self._peak_force_n, force_n)
        coverage = board.coverage
        height = float(board.on_face(world.arms[0].tcp_in_base()[:3])[2])
        lifted = self._wiping and height > LIFTED_M
        in_band = FORCE_BAND_N[0] <= force_n <= FORCE_BAND_N[1]
        self._wiping = self._wiping or in_band
        if self._wiping and not lifted and not (coverage >= COVERAGE and force_n < CONTACT_FORCE_N):
            self._contact_ticks += 1
            self._in_band_ticks += in_band
        in_band_ratio = self._in_band_ticks / max(self._contact_ticks, 1)
        done = lifted or time_s >= TIME_LIMIT_S
        success = done and coverage >= COVERAGE and in_band_ratio >= IN_BAND_RATIO and self._peak_force_n < PEAK_FORCE_N
        score = 1.0 if coverage >= COVERAGE else 0.5 if coverage >= HALF_SCORE_COVERAGE else 0.0
        return TaskState(
            phase=self._phase(done, coverage, force_n),
            done=done,
            success=success,
            score=score,
            progress=coverage,
            force_n=force_n,
            in_band_ratio=in_band_ratio,
            peak_force_n=self._peak_force_n,
            near=height < NEAR_M,
            first_contact_s=self.first_contact_s,
        )

    def _phase(self, done: bool, coverage: float, force_n: float) -> str:
        if done:
            return "done"
        if self.first_contact_s is None:
            return "approach"
        if not self._wiping:
            return "contact"
        return "lift" if coverage >= COVERAGE and force_n < CONTACT_FORCE_N else "wipe"
