"""Mechanics of a push switch that snaps through: a cap of one degree of freedom under a fingertip's points."""

import math

import numpy as np
from numba import njit

from touchloop.sim.contact import point_forces

CAP_RADIUS_M = 0.009
CAP_EDGE_M = 0.002
"""Beyond its radius the cap slopes down to the panel over this."""
CAP_HEIGHT_M = 0.006
"""The released cap stands proud of the panel by this."""
PRELOAD_N = 1.0
FALL_M = 0.0006
"""Travel over which the force falls once the switch snaps through."""
FLOOR_M = 0.0004
"""Free travel after that, up to the hard stop."""
STOP_STIFFNESS = 5000.0
"""[N/m]"""
MECHANISM_DAMPING = 30.0
"""[N s/m] of the cap's travel; keeps the snap solvable in one step of 2 ms."""
CONTACT_DAMPING = 25.0
"""[N s/m] between fingertip and anything."""


def switch_curve(operating_travel_m: float, operating_force_n: float, drop_share: float) -> np.ndarray:
    """(4, 2) travel [m] and force [N] of the corners of a mechanism's force-travel line.

    The force rises from a preload to the operating force, falls to a share of it, and rises a little before the stop.
    """
    drop_n = drop_share * operating_force_n
    floor_m = operating_travel_m + FALL_M
    return np.array(
        [
            [0.0, PRELOAD_N],
            [operating_travel_m, operating_force_n],
            [floor_m, drop_n],
            [floor_m + FLOOR_M, 1.1 * drop_n],
        ]
    )


@njit(cache=True)
def mechanism_force(travel: float, curve: np.ndarray) -> float:
    """Force [N] that holds the cap at a travel [m]; beyond the last corner of ``curve`` (K, 2) it is the hard stop."""
    last = curve.shape[0] - 1
    for i in range(last):
        if travel <= curve[i + 1, 0]:
            share = (travel - curve[i, 0]) / (curve[i + 1, 0] - curve[i, 0])
            return curve[i, 1] + share * (curve[i + 1, 1] - curve[i, 1])
    return curve[last, 1] + STOP_STIFFNESS * (travel - curve[last, 0])


@njit(cache=True)
def next_travel(
    travel: float,
    reach: np.ndarray,
    speed: np.ndarray,
    curve: np.ndarray,
    stiffness: float,
    damping: float,
    dt: float,
) -> float:
    """Cap travel [m] after a step: balance of the tip's points, mechanism and its damping (backward Euler).

    Args:
        travel: before the step.
        reach: (N,) depth of the points below the released cap's top [m]; speed: (N,) outwards [m/s].
        curve: of the mechanism.
        stiffness, damping: of one point's contact.
        dt: [s].
    """
    low, high = 0.0, max(travel, reach.max(), 0.0)
    for _ in range(40):
        middle = 0.5 * (low + high)
        rate = (middle - travel) / dt
        excess = MECHANISM_DAMPING * rate + mechanism_force(middle, curve)
        for i in range(reach.shape[0]):
            if reach[i] > middle:
                excess -= max(stiffness * (reach[i] - middle) - damping * (speed[i] + rate), 0.0)
        if excess > 0.0:
            high = middle
        else:
            low = middle
    return 0.5 * (low + high) if high > 1e-9 else 0.0


@njit(cache=True)
def press_step(
    points: np.ndarray,
    velocity: np.ndarray,
    cap: np.ndarray,
    half_size: np.ndarray,
    travel: float,
    curve: np.ndarray,
    stretch: np.ndarray,
    stiffness: float,
    friction: float,
    dt: float,
    size: np.ndarray,
    tangential: np.ndarray,
) -> float:
    """One step of the fingertip on cap and panel; returns the new travel.

    Args:
        points: (N, 3) on the panel's face (z above it); velocity: (N, 3) relative to the panel.
        cap: (2,) its middle; half_size: (2,) of the panel.
        travel, curve, dt: as in ``next_travel``.
        stretch: (N, 3) the friction's memory, updated in place.
        stiffness: of the whole tip [N/m]; friction: coefficient.
        size: (N,) and tangential: (N, 3), outputs: forces on the tip.
    """
    count = points.shape[0]
    share = np.empty(count)
    reach = np.full(count, -1.0)
    for i in range(count):
        radius = math.hypot(points[i, 0] - cap[0], points[i, 1] - cap[1])
        share[i] = min(max((CAP_RADIUS_M + CAP_EDGE_M - radius) / CAP_EDGE_M, 0.0), 1.0)
        if share[i] > 0.0:
            reach[i] = CAP_HEIGHT_M * share[i] - points[i, 2]
    k, c = stiffness / count, CONTACT_DAMPING / count
    after = next_travel(travel, reach, velocity[:, 2], curve, k, c, dt)
    depth = np.empty(count)
    moving = velocity.copy()
    for i in range(count):
        on_panel = abs(points[i, 0]) <= half_size[0] and abs(points[i, 1]) <= half_size[1]
        depth[i] = -points[i, 2] if on_panel else -1.0
        if reach[i] - after > depth[i]:
            depth[i] = reach[i] - after
            moving[i, 2] += (after - travel) / dt
    normal = np.zeros((count, 3))
    normal[:, 2] = 1.0
    point_forces(depth, normal, moving, stretch, k, c, friction, dt, size, tangential)
    return after
