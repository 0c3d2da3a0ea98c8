"""What a tool's own weight does to the sensor that carries it."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import quat_conjugate, rotate

GRAVITY_M_S2 = 9.80665
"""Standard gravity (CGPM 1901)."""
DOWN = np.array([0.0, 0.0, -GRAVITY_M_S2])
"""Gravity (3,) [m/s2] in the base of an arm that stands upright."""


@njit(cache=True)
def weight_at_sensor(
    mass_kg: float, com_in_sensor: np.ndarray, turn_in_base: np.ndarray, gravity_in_base: np.ndarray
) -> np.ndarray:
    """Force and torque (6,) [N], [N m] of a resting tool's weight, in the sensor's frame.

    Args:
        mass_kg: of all that hangs on the sensor.
        com_in_sensor: its centre of mass (3,) [m].
        turn_in_base: orientation (4,) of the sensor, xyzw.
        gravity_in_base: (3,) [m/s2].
    """
    out = np.empty(6)
    force = mass_kg * rotate(quat_conjugate(turn_in_base), gravity_in_base)
    x, y, z = com_in_sensor
    out[:3] = force
    out[3] = y * force[2] - z * force[1]
    out[4] = z * force[0] - x * force[2]
    out[5] = x * force[1] - y * force[0]
    return out
