"""A step's events in the order of time, and no more of them than the arbiter passes on."""

import numpy as np
from numba import njit

CLOCK_NS = 1000
"""Cameras stamp events in whole microseconds."""


@njit(cache=True, error_model="numpy")
def count_in_order(count: int, step_ns: int, offsets_ns: np.ndarray, firsts: np.ndarray, order: np.ndarray) -> None:
    """Indices of the first ``count`` events in the order of their offsets, into ``order``.

    A counting sort over equal slices of the step, as many as ``firsts`` has but one, then an insertion sort in each.
    """
    slices = firsts.size - 1
    scale = slices / step_ns
    firsts[:] = 0
    for i in range(count):
        firsts[min(int(offsets_ns[i] * scale), slices - 1) + 1] += 1
    for k in range(slices):
        firsts[k + 1] += firsts[k]
    for i in range(count):
        k = min(int(offsets_ns[i] * scale), slices - 1)
        order[firsts[k]] = i
        firsts[k] += 1
    for place in range(1, count):
        moved = order[place]
        offset = offsets_ns[moved]
        hole = place
        while hole > 0 and offsets_ns[order[hole - 1]] > offset:
            order[hole] = order[hole - 1]
            hole -= 1
        order[hole] = moved


@njit(cache=True, error_model="numpy")
def thin_out(count: int, kept: int, phase: float, pixels: np.ndarray, offsets_ns: np.ndarray) -> None:
    """Move ``kept`` of the first ``count`` events to the front, every so manieth; ``phase`` in [0, 1) shifts them.

    Events stand there pixel by pixel, so all pixels and all times lose the same share.
    """
    stride = count / kept
    for i in range(kept):
        place = min(int((i + phase) * stride), count - 1)
        pixels[i] = pixels[place]
        offsets_ns[i] = offsets_ns[place]


@njit(cache=True, error_model="numpy")
def write_events(
    order: np.ndarray,
    pixels: np.ndarray,
    offsets_ns: np.ndarray,
    start_ns: int,
    width: int,
    x: np.ndarray,
    y: np.ndarray,
    polarity: np.ndarray,
    t_ns: np.ndarray,
) -> None:
    """Write the events in this order into arrays of an ``Events``, their times in the camera's clock."""
    for i in range(t_ns.size):
        event = order[i]
        pixel = pixels[event] >> 1
        row = pixel // width
        x[i] = pixel - row * width
        y[i] = row
        polarity[i] = pixels[event] & 1
        t_ns[i] = (start_ns + offsets_ns[event]) // CLOCK_NS * CLOCK_NS
