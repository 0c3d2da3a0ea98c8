"""Contact of a flat palm with one face of a box that moves."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.sim.contact import cross, point_forces

PALM_POINTS = 4
"""Along each of the palm's two edges."""
PALM_M = 0.030


def palm_points() -> np.ndarray:
    """(N, 3) of a palm in the TCP frame."""
    along = (np.arange(PALM_POINTS) + 0.5) / PALM_POINTS * PALM_M - 0.5 * PALM_M
    x, y = np.meshgrid(along, along, indexing="ij")
    return np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)


@njit(cache=True)
def palm_forces(
    points_in_tcp: np.ndarray,
    tcp: np.ndarray,
    twist: np.ndarray,
    box: np.ndarray,
    box_twist: np.ndarray,
    half: np.ndarray,
    side: float,
    stiffness: float,
    damping: float,
    friction: float,
    dt: float,
    stretch: np.ndarray,
    out: np.ndarray,
) -> float:
    """One palm on one face of the box for one physics step; all in the world.

    Args:
        points_in_tcp: (N, 3) of the palm.
        tcp, box: poses (7,); twist, box_twist: (6,), linear at their origins, then angular.
        half: (3,) half edges of the box.
        side: +1 or -1: the face's normal is the box's y axis times this.
        stiffness, damping, friction: of the whole palm.
        stretch: (N, 3) memory of the friction, updated in place.
        out: (6, 3), output: friction on the tool, whole force on it, its torque about the TCP, its torque about the
            box's centre, force-weighted mean of the points, the face's outward normal.

    Returns:
        The normal force [N].
    """
    count = points_in_tcp.shape[0]
    normal = rotate(box[3:], np.array([0.0, side, 0.0]))
    normals, points, velocity = np.empty((count, 3)), np.empty((count, 3)), np.empty((count, 3))
    depth, size, tangential = np.zeros(count), np.empty(count), np.empty((count, 3))
    back = quat_conjugate(box[3:])
    for i in range(count):
        arm = rotate(tcp[3:], points_in_tcp[i])
        points[i] = tcp[:3] + arm
        from_box = points[i] - box[:3]
        velocity[i] = twist[:3] + cross(twist[3:], arm) - box_twist[:3] - cross(box_twist[3:], from_box)
        normals[i] = normal
        inside = rotate(back, from_box)
        if abs(inside[0]) <= half[0] and abs(inside[2]) <= half[2] and side * inside[1] > 0.0:
            depth[i] = half[1] - side * inside[1]
    point_forces(depth, normals, velocity, stretch, stiffness / count, damping / count, friction, dt, size, tangential)
    total = size.sum()
    out[:] = 0.0
    if total <= 0.0:
        return 0.0
    for i in range(count):
        force = tangential[i] + size[i] * normal
        out[0] += tangential[i]
        out[1] += force
        out[2] += cross(points[i] - tcp[:3], force)
        out[3] += cross(points[i] - box[:3], force)
        out[4] += points[i] * (size[i] / total)
    out[5] = normal
    return total
