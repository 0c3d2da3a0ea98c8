"""Taring, filtering and moving wrenches."""

import math

import numpy as np
from numba import njit

SENSOR_TO_TCP_M = 0.11
"""The TCP lies this far along the sensor's z axis."""


@njit(cache=True)
def wrench_at_tcp(wrench_at_sensor: np.ndarray, bias: np.ndarray, out: np.ndarray) -> None:
    """Tares a wrench (6,) with a bias (6,) and moves its torque to the TCP, axes kept, into ``out`` (6,)."""
    for i in range(6):
        out[i] = wrench_at_sensor[i] - bias[i]
    out[3] += SENSOR_TO_TCP_M * out[1]
    out[4] -= SENSOR_TO_TCP_M * out[0]


def low_pass_share(cutoff_hz: float, period_s: float) -> float:
    """Share of the new sample in an exponential low-pass filter with that -3 dB point."""
    return 1.0 - math.exp(-2.0 * math.pi * cutoff_hz * period_s)
