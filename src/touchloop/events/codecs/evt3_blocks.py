"""EVT 3.0 decoding of many words: blocks of plain words by vector code, the others word by word."""

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
from touchloop.events.codecs.word_vectors import LANES, lane_count, lanes_of, lanes_unlike, pick, pick_last

BLOCK_WORDS = 8 * LANES
"""Long enough that a block's own cost is small, short enough that few blocks hold a vector word."""
_X_SET, _HIGH_SET, _RARE_SET = np.uint16(1 << ADDR_X), np.uint16(1 << TIME_HIGH), np.uint16(RARE_SET)
_VECTOR_SET = np.uint16(1 << VECT_12 | 1 << VECT_8)
_MIXED, _PLAIN, _PLAIN_SAME_HIGH = range(3)
_ROW, _LOW, _HIGH = np.uint16(ADDR_Y), np.uint16(TIME_LOW), np.uint16(TIME_HIGH)


class Scratch:
    """Room of a decoder for one block."""

    def __init__(self) -> None:
        self.picked = np.empty((4, BLOCK_WORDS + LANES), np.uint16)
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
        use_vectors: take blocks of plain words by vector code; the result is the same.
        picked: see ``Scratch``.
        packed: see ``Scratch``.
        x: (``event_bound``,), likewise ``y``, ``polarity``, ``t_ns``; receive the events.

    Returns:
        Number of events, number of damaged words and events.
    """
    count, damaged = 0, 0
    position = join(words, 0, state)
    while position < len(words):
        stop = min(position + BLOCK_WORDS, len(words))
        kind = _MIXED
        if use_vectors and stop - position == BLOCK_WORDS:
            kind = _kind(words, position, state, picked[0])
        if kind != _MIXED:
            found = _pick_events(words, position, state, kind == _PLAIN_SAME_HIGH, picked)
            start_ns = base_ns + state[EPOCH_US] * 1_000
            kept = _unpick(picked, found, start_ns, width, height, count, x, y, polarity, t_ns)
            position = stop
        else:
            position, found, lost = scan(words[:stop], position, state, packed)
            damaged += lost
            start_ns = base_ns + state[EPOCH_US] * 1_000
            out = (x[count:], y[count:], polarity[count:], t_ns[count:])
            kept = unpack(packed[:found], start_ns, width, height, out[0], out[1], out[2], out[3])
        damaged += found - kept
        count += kept
    return count, damaged


@njit(cache=True)
def _kind(words, position, state, highs) -> int:
    """If a block has plain words only and the clock does not roll over in it, and if TIME_HIGH stays the same."""
    before = (state[REGISTER] >> 12) & 0xFFF
    same = np.uint16(TIME_HIGH << 12 | before)
    rare, changed = np.uint32(0), np.uint32(0)
    for i in range(position, position + BLOCK_WORDS, LANES):
        rare |= lanes_of(words, i, _RARE_SET)
        changed |= lanes_unlike(words, i, same)
    if rare:
        return _MIXED
    if not changed:
        return _PLAIN_SAME_HIGH
    count = 0
    for i in range(position, position + BLOCK_WORDS, LANES):
        lanes = lanes_of(words, i, _HIGH_SET)
        pick(words, i, lanes, highs, count)
        count += lane_count(lanes)
    for i in range(count):
        high = np.int64(highs[i] & 0xFFF)
        if high + STEP_BACK < before:
            return _MIXED
        before = high
    return _PLAIN


@njit(cache=True)
def _pick_events(words, position, state, same_high, picked) -> int:
    """Addresses, rows and times of a block's events, and the state after it. How many events."""
    register = state[REGISTER]
    low = np.uint16(register & 0xFFF | 0x1000)
    high = np.uint16((register >> 12) & 0xFFF | 0x1000)
    row = np.uint16(register >> ROW_SHIFT & 0xFFF | 0x1000)
    count = 0
    for i in range(position, position + BLOCK_WORDS, LANES):
        lanes = lanes_of(words, i, _X_SET)
        pick(words, i, lanes, picked[0], count)
        row = pick_last(words, i, _ROW, row, lanes, picked[1], count)
        low = pick_last(words, i, _LOW, low, lanes, picked[2], count)
        count += lane_count(lanes)
    if same_high:
        picked[3, :count] = high
    else:
        place = 0
        for i in range(position, position + BLOCK_WORDS, LANES):
            lanes = lanes_of(words, i, _X_SET)
            high = pick_last(words, i, _HIGH, high, lanes, picked[3], place)
            place += lane_count(lanes)
    time = np.int64(high & 0xFFF) << 12 | np.int64(low & 0xFFF)
    state[REGISTER] = np.int64(row & 0x7FF) << ROW_SHIFT | time
    return count


@njit(cache=True)
def _unpick(picked, found, start_ns, width, height, first, x, y, polarity, t_ns) -> int:
    """Picked words to columns from ``first`` on; events outside the sensor are left out. How many stayed."""
    addresses, rows, lows, highs = picked[0], picked[1], picked[2], picked[3]
    outside, place = False, np.uint64(first)  # without a sign, so that indices are not checked for one
    for i in range(found):
        at = place + np.uint64(i)
        x[at] = addresses[i] & 0x7FF
        y[at] = rows[i] & 0x7FF
        polarity[at] = (addresses[i] >> 11) & 1
        time_us = np.int32(highs[i] & 0xFFF) << np.int32(12) | np.int32(lows[i] & 0xFFF)
        t_ns[at] = start_ns + np.int64(time_us) * 1_000
        outside |= ((addresses[i] & 0x7FF) >= width) | ((rows[i] & 0x7FF) >= height)
    if not outside:
        return found
    count = first
    for i in range(first, first + found):
        if x[i] < width and y[i] < height:
            x[count], y[count], polarity[count], t_ns[count] = x[i], y[i], polarity[i], t_ns[i]
            count += 1
    return count - first
