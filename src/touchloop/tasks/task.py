"""What a task is: a scene to sample, an expert that shows it, a score, and how hard it is disturbed."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from touchloop.control.config import ControllerConfig
from touchloop.sim.observation import Observation
from touchloop.sim.scene import Scene
from touchloop.sim.world import World
from touchloop.tasks.perturbation import Magnitudes


@dataclass(frozen=True, slots=True)
class TaskState:
    """Ground truth for scoring and display; the library's twin of ``touchloop_msgs/TaskState``."""

    phase: str
    """Approach, contact, then the task's own, and done."""
    done: bool
    success: bool
    score: float
    """The paper's where it has the task (arXiv 2503.02881), 0 to 1."""
    progress: float
    """0 to 1: share of the ink wiped, of the length peeled, of the depth inserted, of the height lifted."""
    force_n: float
    """True contact force; of the arm that presses most."""
    in_band_ratio: float
    """Share of the contact time inside the task's force band."""
    peak_force_n: float
    near: bool
    """The tool is about to touch, or has touched: what is disturbed before contact is disturbed now."""
    first_contact_s: float | None
    """Since the episode's start."""


@dataclass(slots=True)
class ExpertCommand:
    """What one arm is told, and the contact force along the tool's axis that is planned."""

    target_in_base: np.ndarray
    """(7,)"""
    planned_force_n: float


class Expert(Protocol):
    """A scripted demonstrator: until its first contact it sees the scene; what changes later it must feel."""

    def step(self, observations: tuple[Observation, ...]) -> tuple[ExpertCommand, ...]:
        """The command of each arm for one tick."""
        ...


class Score(Protocol):
    """Judges an episode tick by tick from the world's ground truth."""

    def step(self, world: World) -> TaskState:
        """Takes in the world's last tick."""
        ...


class Task(Protocol):
    """One file a task; ``touchloop.tasks.registry`` lists them."""

    name: str
    magnitudes: Magnitudes
    controller: ControllerConfig
    """Workspace, force bounds and gains of every arm's fast controller."""

    @property
    def arms(self) -> tuple[str, ...]:
        """Namespaces of the arms; one empty name for a single arm."""
        ...

    @property
    def variants(self) -> tuple[str, ...]:
        """Kinds of the task that are scored apart too, as shapes of a peg; one empty name if there are none."""
        ...

    @property
    def force_band_n(self) -> tuple[float, float]:
        """What the contact force shall stay between [N]."""
        ...

    def sample(self, rng: np.random.Generator) -> tuple[Scene, str]:
        """A random scene with its arms' starts, and its variant."""
        ...

    def score(self) -> Score:
        """A fresh judge."""
        ...

    def expert(self, scene: Scene, rng: np.random.Generator, jitter_m: float = 0.0) -> Expert:
        """A demonstrator; ``jitter_m`` is the size of a slow noise on its commands."""
        ...
