"""Encoding ``evt3``: events to Prophesee's EVT 3.0."""

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.codecs.codec import NS_PER_US, check_events, checked_geometry, whole_us
from touchloop.events.codecs.evt3 import MOST_PIXELS
from touchloop.events.codecs.evt3_words import (
    ADDR_X,
    ADDR_Y,
    STEP_BACK,
    TIME_HIGH,
    TIME_LOW,
    VECT_8,
    VECT_12,
    VECT_BASE_X,
    WRAP_US,
)
from touchloop.events.stream import Events

HIGH_BITS = 12
WRAP_HIGHS = WRAP_US >> HIGH_BITS
MAX_JUMP = WRAP_HIGHS // 2
"""Longer silences get TIME_HIGH words in between, as cameras send them, so that no roll-over is missed."""
MAX_SPAN_US = 1 << 40
MOST_WORDS_AN_EVENT = 4


class Evt3Encoder:
    """See `touchloop.events.codecs.Encoder`.

    Each packet starts with its full time and row, so that a decoder can join at any of them. The time base holds what
    is above 24 bits of the first event's microseconds, and what is below a microsecond.
    """

    max_span_ns = MAX_SPAN_US * NS_PER_US

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("evt3", width, height, MOST_PIXELS)
        self._remainder_ns: int | None = None
        self._last_high: int | None = None

    def encode(self, events: Events) -> tuple[bytes, int]:
        """One packet; InputError where times step back by more than 37 ms or are finer than microseconds."""
        check_events("evt3", events, self._width, self._height)
        if not len(events):
            return b"", 0
        if self._remainder_ns is None:
            self._remainder_ns = int(events.t_ns[0]) % NS_PER_US
        time_us = whole_us("evt3", events.t_ns, self._remainder_ns)
        highs = time_us >> HIGH_BITS
        before = int(highs[0]) if self._last_high is None else self._last_high
        steps = np.diff(highs, prepend=before)
        _check_steps(highs, steps)
        fillers = np.where(steps > MAX_JUMP, (steps - 1) // MAX_JUMP, 0)
        words = np.empty(MOST_WORDS_AN_EVENT * len(events) + int(fillers.sum()), "<u2")
        used = _encode(time_us, before, events.x, events.y, events.polarity, words)
        self._last_high = int(highs[-1])
        first_high = before + MAX_JUMP if fillers[0] else int(highs[0])
        return words[:used].tobytes(), (first_high // WRAP_HIGHS) * WRAP_US * NS_PER_US + self._remainder_ns


def _check_steps(highs: np.ndarray, steps: np.ndarray) -> None:
    back = steps < 0
    if (steps < -STEP_BACK).any() or (highs[back] // WRAP_HIGHS != (highs - steps)[back] // WRAP_HIGHS).any():
        raise InputError(
            f"events for encoding 'evt3': time steps back by {-int(steps.min()) << HIGH_BITS} us; "
            f"expected at most {STEP_BACK << HIGH_BITS}, and not over a roll-over of the clock"
        )


@njit(cache=True)
def _encode(time_us, high, x, y, polarity, words) -> int:
    """Fills ``words``, from the TIME_HIGH (with roll-overs) before them on, and returns how many there are."""
    used, i = 0, 0
    low, row = np.int64(-1), np.int64(-1)
    while i < len(time_us):
        new_high = time_us[i] >> 12
        if new_high != high or used == 0:
            while new_high - high > MAX_JUMP:
                high += MAX_JUMP
                words[used] = TIME_HIGH << 12 | high & 0xFFF
                used += 1
            high = new_high
            words[used] = TIME_HIGH << 12 | high & 0xFFF
            used += 1
        if (time_us[i] & 0xFFF) != low:
            low = time_us[i] & 0xFFF
            words[used] = TIME_LOW << 12 | low
            used += 1
        if y[i] != row:
            row = np.int64(y[i])
            words[used] = ADDR_Y << 12 | row
            used += 1
        stop = _run(time_us, x, y, polarity, i)
        reach = np.int64(x[stop - 1]) - np.int64(x[i]) + 1
        # A base, vectors of 12 and, at the end, one of 8 where that is enough.
        vectors = reach // 12 + (reach % 12 > 0)
        if stop - i <= 1 + vectors:
            words[used] = ADDR_X << 12 | np.int64(polarity[i]) << 11 | np.int64(x[i])
            used += 1
            i += 1
            continue
        words[used] = VECT_BASE_X << 12 | np.int64(polarity[i]) << 11 | np.int64(x[i])
        used += 1
        base = np.int64(x[i])
        while i < stop:
            size = 12 if np.int64(x[stop - 1]) - base >= 8 else 8
            bits = 0
            while i < stop and np.int64(x[i]) - base < size:
                bits |= 1 << (np.int64(x[i]) - base)
                i += 1
            words[used] = (VECT_12 if size == 12 else VECT_8) << 12 | bits
            used += 1
            base += size
    return used


@njit(cache=True)
def _run(time_us, x, y, polarity, first) -> int:
    """End of the events that one base and up to three vectors could hold in this order."""
    i = first + 1
    while (
        i < len(time_us)
        and time_us[i] == time_us[first]
        and y[i] == y[first]
        and polarity[i] == polarity[first]
        and x[i] > x[i - 1]
        and x[i] - np.int64(x[first]) < 32
    ):
        i += 1
    return i
