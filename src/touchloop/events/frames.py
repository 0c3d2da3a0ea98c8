"""Counts of events a pixel."""

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.stream import Events

COUNT_TYPES = (np.uint16, np.uint32)
FULL = (1 << 16) - 1


def count_frames(events: Events, width: int, height: int, out: np.ndarray | None = None) -> np.ndarray:
    """Counts OFF and ON events of each pixel.

    Args:
        events: of any order.
        width: of the sensor.
        height: of the sensor.
        out: (2, H, W) uint16 or uint32 to add to. A count of uint16 stays at 65,535 when it is full.

    Returns:
        (2, H, W): OFF, ON; ``out``, or a new uint32 array.

    Raises:
        InputError: events outside the sensor, or an array of another shape or type.
    """
    shape = (2, height, width)
    if out is not None and (out.shape != shape or out.dtype not in COUNT_TYPES or not out.flags.c_contiguous):
        raise InputError(
            f"out: {out.dtype} of shape {out.shape}; expected uint16 or uint32 of shape {shape}, contiguous"
        )
    x, y, polarity = events.x, events.y, events.polarity
    if len(events) and not _all_inside(x, y, polarity, width, height):
        raise InputError(
            f"events: x up to {x.max()}, y up to {y.max()}, polarity up to {polarity.max()}; "
            f"expected x below {width}, y below {height}, polarity 0 or 1"
        )
    if out is None:
        return _new_counts(events, shape)
    fits = out.dtype != np.uint16 or len(events) + int(out.max()) <= FULL
    (_add if fits else _add_saturating)(x, y, polarity, width, height, out.reshape(-1))
    return out


def _new_counts(events: Events, shape: tuple[int, int, int]) -> np.ndarray:
    _, height, width = shape
    if len(events) > 2 * height * width:
        # Half the memory is half the traffic. Where a count ran over, their sum tells, and all is done again.
        narrow = np.zeros(shape, np.uint16)
        _add(events.x, events.y, events.polarity, width, height, narrow.reshape(-1))
        if _total(narrow.reshape(-1)) == len(events):
            return narrow.astype(np.uint32)
    wide = np.zeros(shape, np.uint32)
    _add(events.x, events.y, events.polarity, width, height, wide.reshape(-1))
    return wide


@njit(cache=True)
def _all_inside(x: np.ndarray, y: np.ndarray, polarity: np.ndarray, width: int, height: int) -> bool:
    highest_x, highest_y, highest_polarity = np.uint16(0), np.uint16(0), np.uint8(0)
    for i in range(len(x)):
        highest_x = max(highest_x, x[i])
    for i in range(len(y)):
        highest_y = max(highest_y, y[i])
    for i in range(len(polarity)):
        highest_polarity = max(highest_polarity, polarity[i])
    return bool((highest_x < width) & (highest_y < height) & (highest_polarity < 2))


@njit(cache=True)
def _add(x: np.ndarray, y: np.ndarray, polarity: np.ndarray, width: int, height: int, counts: np.ndarray) -> None:
    row, plane = np.uint64(width), np.uint64(width * height)
    for i in range(len(x)):
        counts[np.uint64(x[i]) + np.uint64(y[i]) * row + np.uint64(polarity[i]) * plane] += np.uint32(1)


@njit(cache=True)
def _add_saturating(
    x: np.ndarray, y: np.ndarray, polarity: np.ndarray, width: int, height: int, counts: np.ndarray
) -> None:
    row, plane = np.uint64(width), np.uint64(width * height)
    for i in range(len(x)):
        pixel = np.uint64(x[i]) + np.uint64(y[i]) * row + np.uint64(polarity[i]) * plane
        counts[pixel] += np.uint16(counts[pixel] < FULL)


@njit(cache=True)
def _total(counts: np.ndarray) -> int:
    total = np.uint64(0)
    for i in range(len(counts)):
        total += np.uint64(counts[i])
    return int(total)
