"""A plate with a blind hole, and a rigid peg on the arm's tool that fits it with little clearance."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, relative, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.contact import Contact, Material
from touchloop.sim.hole_contact import (
    FACE_DAMPING,
    FACE_STIFFNESS,
    PEG_HALF_WIDTH_M,
    RIM_POINTS,
    Form,
    peg_forces,
    peg_points,
)
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape
from touchloop.sim.tool_arm import ToolArm
from touchloop.sim.world import PERIOD_S

PLATE_SIZE_M = (0.12, 0.12, 0.032)
PEG_LENGTH_M = 0.05
HOLE_MARK_M = 0.0006
"""Thickness of the dark mark that shows the hole."""


@dataclass(frozen=True, slots=True)
class HolePlateConfig:
    """What differs from plate to plate."""

    pose_in_base: np.ndarray
    """(7,) pose of the centre of the hole's mouth, which is the top face's centre; z along the outward normal."""
    form: Form
    clearance_m: float
    """Between peg and wall all around when the peg is in the middle."""
    hole_depth_m: float
    friction: float
    """Coulomb coefficient."""
    rgb: tuple[float, float, float] = (0.6, 0.6, 0.65)
    hole_rgb: tuple[float, float, float] = (0.05, 0.05, 0.05)
    peg_rgb: tuple[float, float, float] = (0.7, 0.3, 0.2)

    @property
    def hole_half_width_m(self) -> float:
        """Radius of a round hole, half an edge of a square one."""
        return PEG_HALF_WIDTH_M + self.clearance_m


class HolePlate:
    """A scene: the plate, and one arm with the peg; the peg's end is at the TCP.

    Args:
        config: the plate.
        start_in_base: (7,) TCP pose at the start.
    """

    def __init__(self, config: HolePlateConfig, start_in_base: np.ndarray) -> None:
        self.config = config
        self.mounts = (ArmMount(start_in_base, tool="bare"),)
        self.pose_in_base = config.pose_in_base.copy()
        self._velocity = np.zeros(3)
        self._arm: ToolArm | None = None
        self._peg_form: Form = config.form
        self._points = peg_points(config.form)
        self._material = Material(FACE_STIFFNESS / RIM_POINTS, FACE_DAMPING / RIM_POINTS, config.friction)
        count = len(self._points) + RIM_POINTS
        self._stretch, self._tangential = np.zeros((count, 3)), np.zeros((count, 3))
        self._normal_force = np.zeros(count)
        self._out = np.zeros((4, 3))

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the hole's mouth; the arm's base is the world's origin."""
        return self.pose_in_base

    def build(self, client: int, arms: Sequence[Arm]) -> None:
        """The plate has no body in PyBullet."""
        del client
        (self._arm,) = arms

    def take_peg(self, arm: ToolArm | None, form: Form) -> None:
        """From now on the peg is of this form, on this arm, whose base is the plate's; None: there is none."""
        if arm is not self._arm or form != self._peg_form:
            self._arm = arm
            self._stretch[:] = 0.0
        if form != self._peg_form:
            self._peg_form, self._points = form, peg_points(form)

    def move(self, disturbance: Disturbance) -> None:
        """Moves the plate to where the disturbance wants it."""
        position = self.config.pose_in_base[:3] + disturbance.object_displacement_in_world
        self._velocity = (position - self.pose_in_base[:3]) / PERIOD_S
        self.pose_in_base[:3] = position

    def act(self, dt: float) -> None:
        """Loads the peg with what the plate does to it."""
        tcp = None if self._arm is None else relative(self.pose_in_base, self._arm.tcp_before_step)
        if self._arm is None or tcp is None or tcp[2] > PEG_HALF_WIDTH_M:
            self._out[:] = 0.0
            self._stretch[:] = 0.0
            return
        to_plate = quat_conjugate(self.pose_in_base[3:])
        twist = self._arm.twist_before_step
        peg_forces(
            tcp,
            np.concatenate([rotate(to_plate, twist[:3] - self._velocity), rotate(to_plate, twist[3:])]),
            self._points,
            RIM_POINTS,
            self.config.form == "square",
            self.config.hole_half_width_m,
            self.config.hole_depth_m,
            self._material.stiffness,
            self._material.damping,
            self._material.friction,
            dt,
            self._stretch,
            self._normal_force,
            self._tangential,
            self._out,
        )
        if self._out[0].any():
            force, torque = (rotate(self.pose_in_base[3:], v) for v in (self._out[0] + self._out[1], self._out[2]))
            self._arm.load_tool(force, torque)

    def touch(self, dt: float) -> tuple[Contact | None, ...]:
        """The peg's contact."""
        del dt
        force_n = float(np.linalg.norm(self._out[0]))
        if force_n < 1e-9:
            return (None,)
        pressing, friction = (rotate(self.pose_in_base[3:], v) for v in self._out[:2])
        return (Contact(force_n, friction, self.in_base(self._out[3]), pressing / force_n),)

    def shapes(self) -> tuple[Shape, ...]:
        """The plate, the hole's mark and the peg."""
        config, half = self.config, self.config.hole_half_width_m
        plate = compose(self.pose_in_base, _along_z(-0.5 * PLATE_SIZE_M[2]))
        mark = compose(self.pose_in_base, _along_z(0.5 * HOLE_MARK_M))
        peg = _along_z(-0.5 * PEG_LENGTH_M)
        kind, width = ("cylinder", PEG_HALF_WIDTH_M) if config.form == "round" else ("box", 2.0 * PEG_HALF_WIDTH_M)
        if config.form == "round":
            mark_size, peg_size = (half, HOLE_MARK_M), (width, PEG_LENGTH_M)
        else:
            mark_size, peg_size = (2.0 * half, 2.0 * half, HOLE_MARK_M), (width, width, PEG_LENGTH_M)
        return (
            Shape("box", PLATE_SIZE_M, plate, config.rgb),
            Shape(kind, mark_size, mark, config.hole_rgb),
            Shape(kind, peg_size, peg, config.peg_rgb, arm=0),
        )

    def decals(self) -> tuple[Decal, ...]:
        """None."""
        return ()

    def on_plate(self, point_in_base: np.ndarray) -> np.ndarray:
        """A point (3,) in the plate's frame: x, y from the hole's middle, z above the face [m]."""
        return rotate(quat_conjugate(self.pose_in_base[3:]), point_in_base - self.pose_in_base[:3])

    def in_base(self, point_on_plate: np.ndarray) -> np.ndarray:
        """The inverse of ``on_plate``."""
        return self.pose_in_base[:3] + rotate(self.pose_in_base[3:], point_on_plate)


def _along_z(distance_m: float) -> np.ndarray:
    return np.array([0.0, 0.0, distance_m, 0.0, 0.0, 0.0, 1.0])
