"""A plate with a blind hole, and a rigid peg on the arm's tool that fits it with little clearance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numba import njit

from touchloop.geometry.pose import compose, quat_conjugate, relative, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.contact import Contact, Material, point_forces
from touchloop.sim.scene import ArmMount, Decal, Disturbance, Shape
from touchloop.sim.world import PERIOD_S

PLATE_SIZE_M = (0.12, 0.12, 0.032)
PEG_HALF_WIDTH_M = 0.010
"""Radius of the round peg, half an edge of the square one."""
PEG_LENGTH_M = 0.05
RIM_POINTS = 32
SHAFT_RINGS_M = (0.004, 0.008, 0.012, 0.016, 0.020, 0.024)
"""Heights above the peg's end of the rings of points that feel the hole's wall."""
FACE_STIFFNESS = 8_000.0
"""Of the whole rim on the face or on the hole's floor [N/m]. The peg's end is hollow, so that it bears on its rim."""
FACE_DAMPING = 60.0
"""[N s/m]"""
HARD_DEPTH_M = 0.0015
HARDENING = 8.0
"""Deeper than that in the face or in the floor a point is pushed back so many times more stiffly: it holds when few
points bear, and tells little of the plate's tilt when all do."""
WALL_RATIO = 12.0
"""How many times stiffer the hole's wall is than its face and floor."""
HOLE_MARK_M = 0.0006
"""Thickness of the dark mark that shows the hole."""

Form = Literal["round", "square"]


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


def outline(form: Form) -> np.ndarray:
    """(RIM_POINTS, 2) points on the peg's cross-section [m]; the square's corners are among them."""
    if form == "round":
        angle = 2.0 * np.pi * np.arange(RIM_POINTS) / RIM_POINTS
        return PEG_HALF_WIDTH_M * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    along = np.linspace(-1.0, 1.0, RIM_POINTS // 4, endpoint=False)
    edge = np.stack([np.ones_like(along), along], axis=1)
    quarter_turn = np.array([[0.0, 1.0], [-1.0, 0.0]])
    edges = [edge @ np.linalg.matrix_power(quarter_turn, turns) for turns in range(4)]
    return PEG_HALF_WIDTH_M * np.concatenate(edges)


def peg_points(form: Form) -> np.ndarray:
    """(N, 3) points of the peg in the TCP frame, the end's ``RIM_POINTS`` first [m]."""
    rim = outline(form)
    return np.concatenate([np.column_stack([rim, np.full(len(rim), -up)]) for up in (0.0, *SHAFT_RINGS_M)])


@njit(cache=True)
def hardened(depth: float) -> tuple[float, float]:
    """The depth in a linear face that pushes back as hard, and twice its energy for each unit of stiffness."""
    beyond = max(depth - HARD_DEPTH_M, 0.0)
    return depth + (HARDENING - 1.0) * beyond, depth * depth + (HARDENING - 1.0) * beyond * beyond


@njit(cache=True)
def depths(
    points: np.ndarray,
    rim_points: int,
    square: bool,
    hole_half_width: float,
    hole_depth: float,
    depth: np.ndarray,
    normal: np.ndarray,
) -> None:
    """How deep points lie in a plate with a hole.

    A point in the solid leaves it by the face or by the hole's wall, whichever costs less energy. The rim's points are
    tested a second time, against the hole's floor.

    Args:
        points: (N, 3) in the plate's frame; the first ``rim_points`` are the rim's.
        depth: (N + rim_points,) output, positive inside [m]; scaled to what pushes back as hard in a soft face.
        normal: (N + rim_points, 3) output, outward unit normals.
    """
    count = points.shape[0]
    for i in range(count):
        x, y, z = points[i]
        depth[i], normal[i] = -1.0, 0.0
        normal[i, 2] = 1.0
        if z >= 0.0:
            continue
        if square:
            out_x = x - min(max(x, -hole_half_width), hole_half_width)
            out_y = y - min(max(y, -hole_half_width), hole_half_width)
        else:
            radius = np.sqrt(x * x + y * y)
            share = max(1.0 - hole_half_width / max(radius, 1e-9), 0.0)
            out_x, out_y = share * x, share * y
        out = np.sqrt(out_x * out_x + out_y * out_y)
        if out <= 0.0:
            continue
        depth[i], energy = hardened(-z)
        if WALL_RATIO * out * out < energy:
            depth[i] = WALL_RATIO * out
            normal[i, 0], normal[i, 1], normal[i, 2] = -out_x / out, -out_y / out, 0.0
    for i in range(rim_points):
        depth[count + i] = hardened(-hole_depth - points[i, 2])[0]
        normal[count + i] = 0.0
        normal[count + i, 2] = 1.0


@njit(cache=True)
def peg_forces(
    tcp: np.ndarray,
    twist: np.ndarray,
    points_in_tcp: np.ndarray,
    rim_points: int,
    square: bool,
    hole_half_width: float,
    hole_depth: float,
    point_stiffness: float,
    point_damping: float,
    friction: float,
    dt: float,
    stretch: np.ndarray,
    normal_force: np.ndarray,
    tangential: np.ndarray,
    out: np.ndarray,
) -> None:
    """What a plate does to a peg in one physics step, all in the plate's frame.

    Args:
        tcp: (7,) pose and twist: (6,) velocity of the TCP relative to the plate.
        points_in_tcp: (N, 3).
        stretch: (N + rim_points, 3), kept from step to step; so are normal_force (N + rim_points,) and tangential
            (N + rim_points, 3) as work space.
        out: (4, 3) output: normal force [N], friction [N], torque about the TCP [N m], force-weighted mean point [m].
    """
    count = points_in_tcp.shape[0]
    arms = np.empty((count + rim_points, 3))
    velocity = np.empty((count + rim_points, 3))
    points = np.empty((count, 3))
    for i in range(count + rim_points):
        arms[i] = rotate(tcp[3:], points_in_tcp[i if i < count else i - count])
        velocity[i] = twist[:3] + np.cross(twist[3:], arms[i])
        if i < count:
            points[i] = tcp[:3] + arms[i]
    depth, normal = np.empty(count + rim_points), np.empty((count + rim_points, 3))
    depths(points, rim_points, square, hole_half_width, hole_depth, depth, normal)
    point_forces(
        depth, normal, velocity, stretch, point_stiffness, point_damping, friction, dt, normal_force, tangential
    )
    out[:] = 0.0
    total = 0.0
    for i in range(count + rim_points):
        size = normal_force[i]
        if size <= 0.0:
            continue
        pressing = size * normal[i]
        out[0] += pressing
        out[1] += tangential[i]
        out[2] += np.cross(arms[i], pressing + tangential[i])
        out[3] += size * (tcp[:3] + arms[i])
        total += size
    if total > 0.0:
        out[3] /= total


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

    def move(self, disturbance: Disturbance) -> None:
        """Moves the plate to where the disturbance wants it."""
        position = self.config.pose_in_base[:3] + disturbance.object_displacement_in_world
        self._velocity = (position - self.pose_in_base[:3]) / PERIOD_S
        self.pose_in_base[:3] = position

    def act(self, dt: float) -> None:
        """Loads the peg with what the plate does to it."""
        tcp = relative(self.pose_in_base, self._arm.tcp_before_step)
        if tcp[2] > PEG_HALF_WIDTH_M:
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
