"""EVT 3.0 decoding of many words: plain words by vector code, the others word by word."""

import numpy as np
from numba import njit

from touchloop.events.codecs.evt3_kernels import SLACK, join, most_events, scan, unpack
from touchloop.events.codecs.evt3_words import (
    ADDR_X,
    ADDR_Y,
    EPOCH_US,
    RARE_SET,
    REGISTER,
    ROW_SHIFT,
    STEP_BACK,
    TIME_HIGH,
    TIME_LOW,
    VECT_8,
    VECT_12,
)
from touchloop.events.codecs.word_vectors import (
    LANES,
    fill_lanes,
    lane_count,
    lanes_of,
    lanes_unlike,
    pick,
    pick_last,
    pick_last_near,
)

BLOCK_WORDS = 2 * LANES
"""So many words one by one where vector code stops: few, as it may stop for one, but enough for rows of vectors."""
MOST_PICKED = 1024
"""Events that become columns together."""
PICKED_SIZE = MOST_PICKED + LANES
_ROWS_AT, _LOWS_AT, _HIGHS_AT = PICKED_SIZE, 2 * PICKED_SIZE, 3 * PICKED_SIZE
"""One array for all four, as a slice of an array costs numba as much as some words."""
_X_SET, _RARE_SET = np.uint16(1 << ADDR_X), np.uint16(RARE_SET)
_VECTOR_SET = np.uint16(1 << VECT_12 | 1 << VECT_8)
_ROW, _LOW, _HIGH = np.uint16(ADDR_Y), np.uint16(TIME_LOW), np.uint16(TIME_HIGH)


class Scratch:
    """Room of a decoder for some blocks."""

    def __init__(self) -> None:
        self.picked = np.empty(4 * PICKED_SIZE, np.uint16)
        self.packed = np.empty(SLACK * BLOCK_WORDS + SLACK, np.uint64)


@njit(cache=True)
def event_bound(words: np.ndarray) -> int:
    """How many events (W,) uint16 words give if none is damaged."""
    count, i = 0, 0
    while i + LANES <= len(words):
        if lanes_of(words, i, _VECTOR_SET):
            count += most_events(words[i : i + LANES])
        else:
            count += lane_count(lanes_of(words, i, _X_SET))
        i += LANES
    return count + most_events(words[i:])


@njit(cache=True)
def decode_words(
    words: np.ndarray,
    base_ns: int,
    width: int,
    height: int,
    state: np.ndarray,
    use_vectors: bool,
    picked: np.ndarray,
    packed: np.ndarray,
    x: np.ndarray,
    y: np.ndarray,
    polarity: np.ndarray,
    t_ns: np.ndarray,
) -> tuple[int, int]:
    """Reads all words.

    Args:
        words: (W,) uint16.
        base_ns: time of the clock's start.
        width: events from there on are damaged.
        height: likewise.
        state: (STATE_SIZE,) int64, changed.
        use_vectors: take plain words by vector code; the result is the same.
        picked: see ``Scratch``.
        packed: see ``Scratch``.
        x: (``event_bound``,), likewise ``y``, ``polarity``, ``t_ns``; receive the events.

    Returns:
        Number of events, number of damaged words and events.
    """
    count, damaged = 0, 0
    position = join(words, 0, state)
    while position < len(words):
        if use_vectors:
            position, found = _pick_events(words, position, state, picked)
            start_ns = base_ns + state[EPOCH_US] * 1_000
            kept = _unpick(picked, found, start_ns, width, height, count, x, y, polarity, t_ns)
            damaged += found - kept
            count += kept
            if found > MOST_PICKED - LANES:
                continue
        stop = min(position + BLOCK_WORDS, len(words))
        position, found, lost = scan(words[:stop], position, state, packed)
        start_ns = base_ns + state[EPOCH_US] * 1_000
        out = (x[count:], y[count:], polarity[count:], t_ns[count:])
        kept = unpack(packed[:found], start_ns, width, height, out[0], out[1], out[2], out[3])
        damaged += lost + found - kept
        count += kept
    return count, damaged


@njit(cache=True)
def _pick_events(words, position, state, picked) -> tuple[int, int]:
    """Addresses, rows and times of events until the room is full, a word is not plain or the clock rolls over.

    Returns:
        Next position, with the state before it; how many events.
    """
    register = state[REGISTER]
    low = np.uint16(register & 0xFFF | 0x1000)
    high = np.uint16((register >> 12) & 0xFFF | 0x1000)
    row = np.uint16(register >> ROW_SHIFT & 0xFFF | 0x1000)
    same_high = np.uint16(TIME_HIGH << 12 | high & 0xFFF)
    last = len(words) - LANES
    count = 0
    while position <= last and count <= MOST_PICKED - LANES:
        if lanes_of(words, position, _RARE_SET):
            break
        lanes = lanes_of(words, position, _X_SET)
        if lanes_unlike(words, position, same_high):
            if _rolls_over(words, position, np.int64(high & 0xFFF)):
                break
            high = pick_last(words, position, _HIGH, high, lanes, picked, _HIGHS_AT + count)
            same_high = np.uint16(TIME_HIGH << 12 | high & 0xFFF)
        else:
            fill_lanes(picked, _HIGHS_AT + count, high)
        pick(words, position, lanes, picked, count)
        row = pick_last_near(words, position, _ROW, row, lanes, picked, _ROWS_AT + count)
        low = pick_last(words, position, _LOW, low, lanes, picked, _LOWS_AT + count)
        count += lane_count(lanes)
        position += LANES
    time = np.int64(high & 0xFFF) << 12 | np.int64(low & 0xFFF)
    state[REGISTER] = np.int64(row & 0x7FF) << ROW_SHIFT | time
    return position, count


@njit(cache=True)
def _rolls_over(words, position, before) -> bool:
    """If the clock rolls over in the next lanes."""
    for i in range(position, position + LANES):
        if words[i] >> 12 == TIME_HIGH:
            high = np.int64(words[i] & 0xFFF)
            if high + STEP_BACK < before:
                return True
            before = high
    return False


@njit(cache=True)
def _unpick(picked, found, start_ns, width, height, first, x, y, polarity, t_ns) -> int:
    """Picked words to columns from ``first`` on; events outside the sensor are left out. How many stayed."""
    addresses, rows, lows, highs = picked, picked[_ROWS_AT:], picked[_LOWS_AT:], picked[_HIGHS_AT:]
    columns, lines = np.uint16(width), np.uint16(height)  # of the words' own type, so that many fit a vector
    outside, place = False, np.uint64(first)  # without a sign, so that indices are not checked for one
    for i in range(found):
        at = place + np.uint64(i)
        x[at] = addresses[i] & 0x7FF
        y[at] = rows[i] & 0x7FF
        polarity[at] = (addresses[i] >> 11) & 1
        time_us = np.int32(highs[i] & 0xFFF) << np.int32(12) | np.int32(lows[i] & 0xFFF)
        t_ns[at] = start_ns + np.int64(time_us) * 1_000
        outside |= (x[at] >= columns) | (y[at] >= lines)
    if not outside:
        return found
    count = first
    for i in range(first, first + found):
        if x[i] < width and y[i] < height:
            x[count], y[count], polarity[count], t_ns[count] = x[i], y[i], polarity[i], t_ns[i]
            count += 1
    return count - first
