"""A tilted board with ink on it that a tool wipes away."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import Contact
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape

BOARD_SIZE_M = (0.40, 0.32, 0.02)
CELL_M = 0.002
GRID_SHAPE = (int(BOARD_SIZE_M[0] / CELL_M), int(BOARD_SIZE_M[1] / CELL_M))
FOOTPRINT_RADIUS_M = 0.018
"""The soft tip flattens to a disc of this radius."""
WIPE_FORCE_N = 2.5
"""The least contact force that takes ink away."""
WIPE_RATE_PER_S = 6.0
"""Share of a cell's full ink that a pressing tip takes away in a second."""


@dataclass(frozen=True, slots=True)
class BoardConfig:
    """What differs from board to board."""

    pose_in_base: np.ndarray
    """(7,) pose of the centre of the top face, z along its outward normal."""
    friction: float
    """Coulomb coefficient."""
    stiffness: float
    """Contact stiffness [N/m]."""
    ink_start: np.ndarray
    """(2,) start of the stroke's centre line on the board's face [m]."""
    ink_heading_rad: float
    """Direction of the stroke in the face, from the board's x axis."""
    ink_length_m: float
    ink_width_m: float
    rgb: tuple[float, float, float] = (0.9, 0.9, 0.88)
    ink_rgb: tuple[float, float, float] = (0.1, 0.12, 0.35)


def stroke_ink(config: BoardConfig) -> np.ndarray:
    """Ink grid ``GRID_SHAPE`` of float32 in 0..1: a straight stroke with round ends."""
    x, y = cell_centres()
    direction = np.array([np.cos(config.ink_heading_rad), np.sin(config.ink_heading_rad)])
    dx, dy = x - config.ink_start[0], y - config.ink_start[1]
    along = np.clip(dx * direction[0] + dy * direction[1], 0.0, config.ink_length_m)
    distance = np.hypot(dx - along * direction[0], dy - along * direction[1])
    return (distance <= 0.5 * config.ink_width_m).astype(np.float32)


def cell_centres() -> tuple[np.ndarray, np.ndarray]:
    """Coordinates on the face, ``GRID_SHAPE`` each [m]."""
    x = (np.arange(GRID_SHAPE[0]) + 0.5) * CELL_M - 0.5 * BOARD_SIZE_M[0]
    y = (np.arange(GRID_SHAPE[1]) + 0.5) * CELL_M - 0.5 * BOARD_SIZE_M[1]
    return np.meshgrid(x, y, indexing="ij")


class Board:
    """A scene: the board, its ink, and one arm with a round soft tip.

    Args:
        config: the board.
        start_in_base: (7,) TCP pose at the start.
    """

    def __init__(self, config: BoardConfig, start_in_base: np.ndarray) -> None:
        self.config = config
        self.mounts = (ArmMount(start_in_base),)
        self.ink = stroke_ink(config)
        self._ink_total = float(self.ink.sum())
        self._centres = cell_centres()
        self.pose_in_base = config.pose_in_base.copy()

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the face's centre; the arm's base is the world's origin."""
        return self.pose_in_base

    def build(self, client: int, arms: Sequence[Arm]) -> None:
        """Makes the board's body."""
        self.client, (self._arm,) = client, arms
        half = [0.5 * s for s in BOARD_SIZE_M]
        shape = pybullet.createCollisionShape(pybullet.GEOM_BOX, halfExtents=half, physicsClientId=client)
        self.body = pybullet.createMultiBody(0.0, shape, physicsClientId=client)
        pybullet.changeDynamics(
            self.body,
            -1,
            lateralFriction=self.config.friction,
            contactStiffness=self.config.stiffness,
            contactDamping=60.0,
            physicsClientId=client,
        )
        self.place(self.config.pose_in_base)

    def move(self, disturbance: Disturbance) -> None:
        """Moves the board to where the disturbance wants it."""
        pose = self.config.pose_in_base.copy()
        pose[:3] += disturbance.object_displacement_in_world
        if not np.array_equal(pose, self.pose_in_base):
            self.place(pose)

    def act(self, dt: float) -> None:
        """PyBullet computes this contact."""

    def touch(self, dt: float) -> tuple[Contact | None, ...]:
        """The tip's contact; wipes ink away."""
        contact = self.contact(self._arm.body)
        self.wipe(contact, dt)
        return (contact,)

    def shapes(self) -> tuple[Shape, ...]:
        """The board."""
        centre = compose(self.pose_in_base, np.array([0.0, 0.0, -0.5 * BOARD_SIZE_M[2], 0.0, 0.0, 0.0, 1.0]))
        return (Shape("box", BOARD_SIZE_M, centre, self.config.rgb),)

    def decals(self) -> tuple[Decal, ...]:
        """The ink."""
        return (Decal(self.ink.copy(), 0, self.config.ink_rgb),)

    def place(self, pose_in_base: np.ndarray) -> None:
        """Puts the centre of the top face at a pose (7,)."""
        self.pose_in_base = pose_in_base.copy()
        centre = compose(pose_in_base, np.array([0.0, 0.0, -0.5 * BOARD_SIZE_M[2], 0.0, 0.0, 0.0, 1.0]))
        pybullet.resetBasePositionAndOrientation(
            self.body, centre[:3].tolist(), centre[3:].tolist(), physicsClientId=self.client
        )

    @property
    def normal_in_base(self) -> np.ndarray:
        """(3,) outward unit normal of the face."""
        return rotate(self.pose_in_base[3:], np.array([0.0, 0.0, 1.0]))

    def on_face(self, point_in_base: np.ndarray) -> np.ndarray:
        """A point (3,) in the face's frame: x, y along the face, z above it [m]."""
        return rotate(quat_conjugate(self.pose_in_base[3:]), point_in_base - self.pose_in_base[:3])

    def in_base(self, point_on_face: np.ndarray) -> np.ndarray:
        """The inverse of ``on_face``."""
        return self.pose_in_base[:3] + rotate(self.pose_in_base[3:], point_on_face)

    def contact(self, other_body: int) -> Contact | None:
        """The contact with another body after the last physics step, or None."""
        points = pybullet.getContactPoints(other_body, self.body, physicsClientId=self.client)
        forces = np.array([point[9] for point in points])
        total = float(forces.sum()) if len(points) else 0.0
        if total <= 0.0:
            return None
        friction = np.zeros(3)
        for point in points:
            friction += point[10] * np.array(point[11]) + point[12] * np.array(point[13])
        position = (forces[:, None] * np.array([point[6] for point in points])).sum(axis=0) / total
        return Contact(total, friction, position, self.normal_in_base)

    def wipe(self, contact: Contact | None, dt: float) -> None:
        """Takes ink away under the tool for ``dt`` seconds if it presses hard enough."""
        if contact is None or contact.force_n < WIPE_FORCE_N:
            return
        x, y, _ = self.on_face(contact.position_in_base)
        i, j = (int((x + 0.5 * BOARD_SIZE_M[0]) / CELL_M), int((y + 0.5 * BOARD_SIZE_M[1]) / CELL_M))
        reach = int(FOOTPRINT_RADIUS_M / CELL_M) + 2
        window = (slice(max(i - reach, 0), max(i + reach, 0)), slice(max(j - reach, 0), max(j + reach, 0)))
        near = np.hypot(self._centres[0][window] - x, self._centres[1][window] - y) <= FOOTPRINT_RADIUS_M
        patch = self.ink[window]
        patch[near] = np.maximum(patch[near] - WIPE_RATE_PER_S * dt, 0.0)

    @property
    def coverage(self) -> float:
        """Share of the ink that is gone, 0 to 1."""
        return 1.0 - float(self.ink.sum()) / self._ink_total
