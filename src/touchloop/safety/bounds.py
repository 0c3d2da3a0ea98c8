"""Checks of the numbers that limits are made of."""

import math
from typing import Any

import numpy as np
from numba import njit

from touchloop.errors import InputError

FAR_M = 100.0
"""No arm reaches so far; larger numbers are mistakes of a unit, or noise."""
FAST_M_S, FAST_RAD_S = 20.0, 100.0
"""No arm moves so fast."""
STRONG_N, STRONG_NM = 5000.0, 2000.0
"""No sensor on an arm's flange measures so much."""


def require_positive(settings: Any, *names: str) -> None:
    """Makes sure that numbers of a settings object are positive and finite.

    Raises:
        InputError: one is not.
    """
    for name in names:
        value = getattr(settings, name)
        if not (value > 0 and math.isfinite(value)):
            raise InputError(f"{name} is {value}; it must be positive and finite")


def require_box(lower: np.ndarray, upper: np.ndarray) -> None:
    """Makes sure that two corners (3,) span a box.

    Raises:
        InputError: wrong shapes, not finite, or the lower corner is not below the upper one.
    """
    corners = np.asarray(lower), np.asarray(upper)
    if any(corner.shape != (3,) or not np.isfinite(corner).all() for corner in corners):
        raise InputError(f"the workspace's corners are {lower} and {upper}; each must be three finite numbers [m]")
    if not (corners[0] < corners[1]).all():
        raise InputError(f"the workspace's lower corner {lower} must lie below its upper corner {upper} in x, y and z")


@njit(cache=True)
def _pose_code(pose: np.ndarray) -> int:
    for value in pose:
        if not math.isfinite(value):
            return 1
    for value in pose[:3]:
        if abs(value) > FAR_M:
            return 2
    for value in pose[3:]:
        if abs(value) > 2.0:
            return 3
    norm = math.sqrt(pose[3] ** 2 + pose[4] ** 2 + pose[5] ** 2 + pose[6] ** 2)
    return 0 if abs(norm - 1.0) <= 1e-3 else 3


_POSE_FAULTS = (
    "",
    "holds a NaN or an infinity",
    f"is more than {FAR_M:g} m away",
    "has a quaternion whose length is not 1",
)


def pose_fault(pose: np.ndarray) -> str:
    """Says what makes a pose (7,) unusable; empty if nothing does."""
    if pose.shape != (7,):
        return f"has shape {pose.shape}, expected (7,)"
    return _POSE_FAULTS[_pose_code(pose)]


def twist_fault(twist: np.ndarray) -> str:
    """Says what makes a twist (6,) unusable; empty if nothing does."""
    return _six_fault(twist, FAST_M_S, FAST_RAD_S, "is faster than any arm")


def wrench_fault(wrench: np.ndarray) -> str:
    """Says what makes a wrench (6,) unusable; empty if nothing does."""
    return _six_fault(wrench, STRONG_N, STRONG_NM, "is stronger than any sensor measures")


def _six_fault(values: np.ndarray, linear: float, angular: float, beyond: str) -> str:
    if values.shape != (6,):
        return f"has shape {values.shape}, expected (6,)"
    code = _six_code(values, linear, angular)
    return "is not finite" if code == 1 else beyond if code else ""


@njit(cache=True)
def _six_code(values: np.ndarray, linear: float, angular: float) -> int:
    code = 0
    for k in range(6):
        if not math.isfinite(values[k]):
            return 1
        if abs(values[k]) > (linear if k < 3 else angular):
            code = 2
    return code
