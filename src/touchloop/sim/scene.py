"""What a task puts around its arms: the protocol that every scene follows, and what a picture of it needs."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from touchloop.sim.contact import Contact

if TYPE_CHECKING:
    from touchloop.sim.arm import Arm

Tool = Literal["wiper", "bare"]
"""Which URDF: with the round soft tip, or without a tip (a scene then draws and simulates its own)."""
IDENTITY_POSE = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class ArmMount:
    """One arm of a scene."""

    start_in_base: np.ndarray
    """(7,) TCP pose at the start, in free air."""
    name: str = ""
    """Namespace of the arm's topics; empty for the only arm."""
    base_in_world: np.ndarray = field(default_factory=IDENTITY_POSE.copy)
    """(7,)"""
    posture: np.ndarray | None = None
    """(7,) joint angles [rad] that the null space pulls towards; None: tool down over the middle of the workspace."""
    tool: Tool = "wiper"


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What acts on the cell from outside during one tick."""

    object_displacement_in_world: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """(3,) of the object from where the scene put it [m]."""
    object_push_in_world: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """(3,) force on the object, for objects that are free to move [N]."""
    arm_push_in_world: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """(3,) force on every arm's flange [N]."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A coloured primitive for pictures; the physics does not know it."""

    kind: Literal["box", "cylinder", "sphere"]
    size: tuple[float, ...]
    """Box: three edge lengths; cylinder: radius, length along z; sphere: radius [m]."""
    pose: np.ndarray
    """(7,) in the world, or in the TCP frame of arm number ``arm``."""
    rgb: tuple[float, float, float]
    arm: int = -1


@dataclass(frozen=True, slots=True)
class Decal:
    """A one-colour pattern on the top face (+z) of a box shape."""

    grid: np.ndarray
    """Opacity 0..1, rows along x, columns along y, float32."""
    shape: int
    """Index of the box in the scene's shapes."""
    rgb: tuple[float, float, float]


class Scene(Protocol):
    """The objects of one episode. The world calls ``build`` once, ``move`` and ``act`` before and ``touch`` after."""

    mounts: tuple[ArmMount, ...]

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) pose of the object that the task is about, for display."""
        ...

    def build(self, client: int, arms: Sequence["Arm"]) -> None:
        """Makes the bodies in a fresh PyBullet client."""
        ...

    def move(self, disturbance: Disturbance) -> None:
        """Applies the disturbance of the coming tick to the objects."""
        ...

    def act(self, dt: float) -> None:
        """Applies the scene's own forces for one physics step of ``dt`` seconds; called after the arms' torques."""
        ...

    def touch(self, dt: float) -> tuple[Contact | None, ...]:
        """What each arm touches after a tick of ``dt`` seconds; also wears, wipes, cuts or toggles."""
        ...

    def shapes(self) -> tuple[Shape, ...]:
        """What cameras see, always in the same order and number in an episode."""
        ...

    def decals(self) -> tuple[Decal, ...]:
        """Patterns on those shapes."""
        ...
