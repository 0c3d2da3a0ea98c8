"""The physics of a blade on a rounded, compliant body: what presses, rubs and resists the cut."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.sim.contact import point_forces, rotate_rows

PROFILE_STEP_M = 0.001
END_M, END_RADIUS_M = 0.010, 0.006
"""Beyond both ends the crest falls off over this length, with this radius."""
CUT_STIFFNESS = 4000.0
"""[N/m] Of the force that presses, each newton cuts 0.25 mm deep into any body; the rest of the blade's way below the
surface is the body's yielding: thickness = penetration * stiffness / CUT_STIFFNESS."""
CUT_FULL_SPEED_M_S = 0.01
"""The cut resists in full from this speed on."""
CONTACT_DAMPING = 40.0
"""[N s/m]"""
STEEPEST_Y = 0.8
"""No contact further out than this share of the radius."""


def crest_table(crest_m: np.ndarray) -> np.ndarray:
    """(2, K') heights [m] and slopes of the crest, with the fall beyond both ends."""
    beyond = np.arange(1, round(END_M / PROFILE_STEP_M) + 1) * PROFILE_STEP_M
    fall = 0.5 * beyond**2 / END_RADIUS_M
    slopes = (crest_m[0] - crest_m[1], crest_m[-1] - crest_m[-2])
    near, far = (
        end + beyond * slope / PROFILE_STEP_M - fall
        for end, slope in zip((crest_m[0], crest_m[-1]), slopes, strict=True)
    )
    heights = np.concatenate([near[::-1], crest_m, far])
    return np.stack([heights, np.gradient(heights, PROFILE_STEP_M)])


@njit(cache=True)
def crest_at(table: np.ndarray, along: float) -> tuple[float, float]:
    """Height [m] and slope of the crest at a place [m] from the near end; the table's own end beyond it."""
    place = min(max((along + END_M) / PROFILE_STEP_M, 0.0), table.shape[1] - 1.000001)
    i = int(place)
    share = place - i
    height = table[0, i] + share * (table[0, i + 1] - table[0, i])
    return height, table[1, i] + share * (table[1, i + 1] - table[1, i])


@njit(cache=True)
def peel_step(
    tcp: np.ndarray,
    twist: np.ndarray,
    origin: np.ndarray,
    body_velocity: np.ndarray,
    blade: np.ndarray,
    table: np.ndarray,
    material: np.ndarray,
    dt: float,
    stretch: np.ndarray,
    points: np.ndarray,
    arms: np.ndarray,
    pressing: np.ndarray,
    tangential: np.ndarray,
    size: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, float]:
    """One step of the blade on the body, in base where not said otherwise.

    Args:
        tcp: (7,) and twist: (6,) of the blade; blade: (N, 3) its points in the TCP frame.
        origin: (7,) of the body's frame at its near end; body_velocity: (3,).
        table: of ``crest_table``.
        material: (4,) radius, stiffness, friction and cut resistance.
        dt: [s].
        stretch: (N, 3) the friction's memory in the body's frame, updated in place.
        points: (N, 3) output, in the body's frame; arms: (N, 3) output, from the TCP to them.
        pressing, tangential: (N, 3) outputs, force on the points [N]; size: (N,) output, of ``pressing``.

    Returns:
        Force (3,) on the blade and torque (3,) about the TCP, and the cut's mean thickness [m].
    """
    radius, stiffness, friction, cut_resistance = material
    count = blade.shape[0]
    to_body = quat_conjugate(origin[3:])
    arms[:] = rotate_rows(tcp[3:], blade)
    points[:] = rotate_rows(to_body, tcp[:3] + arms - origin[:3])
    velocity, normal, depth = np.empty((count, 3)), np.empty((count, 3)), np.full(count, -1.0)
    cuts, slopes = np.zeros(count), np.empty(count)
    for i in range(count):
        velocity[i] = rotate(to_body, twist[:3] + np.cross(twist[3:], arms[i]) - body_velocity)
        x, y, z = points[i]
        height, slopes[i] = crest_at(table, x)
        across = min(max(y, -STEEPEST_Y * radius), STEEPEST_Y * radius)
        root = np.sqrt(radius**2 - across**2)
        normal[i] = (-slopes[i], across / root, 1.0)
        normal[i] /= np.sqrt((normal[i] ** 2).sum())
        if across == y and -END_M < x < (table.shape[1] - 1) * PROFILE_STEP_M - END_M:
            depth[i] = (height + root - radius - z) * normal[i, 2]
            cuts[i] = max(depth[i], 0.0) * stiffness / CUT_STIFFNESS / count
    point_forces(
        depth, normal, velocity, stretch, stiffness / count, CONTACT_DAMPING / count, friction, dt, size, tangential
    )
    force, torque = np.zeros(3), np.zeros(3)
    for i in range(count):
        ahead = np.array([1.0, 0.0, slopes[i]]) / np.sqrt(1.0 + slopes[i] ** 2)
        moving = min(max((velocity[i] * ahead).sum() / CUT_FULL_SPEED_M_S, 0.0), 1.0)
        if size[i] > 0.0:
            tangential[i] -= moving * cut_resistance * cuts[i] * ahead
        pressing[i] = rotate(origin[3:], size[i] * normal[i])
        tangential[i] = rotate(origin[3:], tangential[i])
        force += pressing[i] + tangential[i]
        torque += np.cross(arms[i], pressing[i] + tangential[i])
    return force, torque, cuts.sum()
