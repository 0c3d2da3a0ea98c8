"""Contact of a rigid peg with a plate that has a blind hole: points on the peg against the plate's solid."""

from typing import Literal

import numpy as np
from numba import njit

from touchloop.geometry.pose import rotate
from touchloop.sim.contact import point_forces

PEG_HALF_WIDTH_M = 0.010
"""Radius of the round peg, half an edge of the square one."""
RIM_POINTS = 32
SHAFT_RINGS_M = (0.004, 0.008, 0.012, 0.016, 0.020, 0.024)
"""Heights above the peg's end of the rings of points that feel the hole's wall."""
FACE_STIFFNESS = 8_000.0
"""Of the whole rim on the face or on the hole's floor [N/m]. The peg's end is hollow, so that it bears on its rim."""
FACE_DAMPING = 60.0
"""[N s/m]"""
HARD_DEPTH_M = 0.0015
HARDENING = 8.0
"""Deeper than that in the face a point is pushed back so many times more stiffly: the face holds when few points bear,
and tells little of the plate's tilt when all do. The floor stays soft."""
WALL_RATIO = 12.0
"""How many times stiffer the hole's wall is than its face and floor."""

Form = Literal["round", "square"]


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
        depth[count + i] = -hole_depth - points[i, 2]
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
