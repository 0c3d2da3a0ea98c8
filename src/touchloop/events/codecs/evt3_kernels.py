"""EVT 3.0 decoding word by word: words to packed events, packed events to columns."""

import numpy as np
from numba import njit

from touchloop.events.codecs.evt3_words import (
    ADDR_X,
    ADDR_Y,
    ADDRESS_SHIFT,
    BASE_POLARITY,
    BASE_X,
    EPOCH_US,
    JOINED,
    NEEDS_HIGH,
    NEEDS_LOW,
    NEEDS_ROW,
    PHASE,
    RARE_SET,
    REGISTER,
    ROW_SHIFT,
    STEP_BACK,
    TIME_HIGH,
    TIME_LOW,
    VECT_8,
    VECT_12,
    VECT_BASE_X,
    WRAP_US,
)

SLACK = 12
"""Most events of one word."""
_TIME_MASK = 0xFFFFFF

_KEEP = np.full(16, 0xFFFFFFFFFFFFFFFF, np.uint64)
_SHIFT = np.zeros(16, np.uint64)
for _code, _shift, _bits in ((ADDR_Y, ROW_SHIFT, 11), (TIME_LOW, 0, 12), (TIME_HIGH, 12, 12)):
    _KEEP[_code] ^= np.uint64(((1 << _bits) - 1) << _shift)
    _SHIFT[_code] = _shift
_SET = ~_KEEP
_RARE = np.uint64(RARE_SET)
_ONE, _CODE_SHIFT, _ADDRESS_SHIFT = np.uint64(1), np.uint64(12), np.uint64(ADDRESS_SHIFT)
_HIGH_MASK, _STEP_BACK = np.uint64(0xFFF000), np.uint64(STEP_BACK << 12)
_ADDR_X = np.uint64(ADDR_X)


@njit(cache=True)
def most_events(words: np.ndarray) -> int:
    """How many events (W,) uint16 words give if none is damaged."""
    count = 0
    for i in range(len(words)):
        code = words[i] >> 12
        bits = words[i] & (0xFFF if code == VECT_12 else 0xFF)
        bits = bits if (code == VECT_12) | (code == VECT_8) else 0
        bits -= (bits >> 1) & 0x555
        bits = (bits & 0x333) + ((bits >> 2) & 0x333)
        bits = (bits & 0xF) + ((bits >> 4) & 0xF) + (bits >> 8)
        count += bits + (code == ADDR_X)
    return count


@njit(cache=True)
def scan(words: np.ndarray, position: int, state: np.ndarray, packed: np.ndarray) -> tuple[int, int, int]:
    """Reads words until they end, ``packed`` is full or the clock rolls over.

    Args:
        words: (W,) uint16.
        position: first word to read.
        state: (STATE_SIZE,) int64, changed. Its epoch afterwards is that of the events found.
        packed: (B + SLACK,) uint64; receives events.

    Returns:
        Next position, number of events, number of damaged words and of events that no column can hold.
    """
    count, damaged = 0, 0
    register = np.uint64(state[REGISTER])
    while position < len(words) and count < len(packed) - SLACK:
        stop = min(len(words), position + len(packed) - SLACK - count)
        code = np.uint64(0)
        word = np.uint64(0)
        changed = register
        while position < stop:
            # Without a branch on the code: its order is as good as random, and a wrong guess costs more than a word.
            word = np.uint64(words[position])
            code = word >> _CODE_SHIFT
            changed = (register & _KEEP[code]) | ((word << _SHIFT[code]) & _SET[code])
            stepped_back = (changed & _HIGH_MASK) + _STEP_BACK < (register & _HIGH_MASK)
            if ((_RARE >> code) & _ONE) | stepped_back:
                break
            register = changed
            packed[count] = register | (word << _ADDRESS_SHIFT)
            count += code == _ADDR_X
            position += 1
        if position == stop:
            continue
        if code == TIME_HIGH:
            if count:
                break  # the events so far are of the epoch before
            state[EPOCH_US] += WRAP_US
            register = changed
        elif code == VECT_BASE_X:
            state[BASE_X] = np.int64(word & np.uint64(0x7FF)) + 1
            state[BASE_POLARITY] = np.int64((word >> np.uint64(11)) & _ONE)
        elif code in (VECT_12, VECT_8):
            size = 12 if code == VECT_12 else 8
            new, lost = _vector(np.int64(word), size, state, register, packed, count)
            count += new
            damaged += lost
        else:
            damaged += 1
        position += 1
    state[REGISTER] = np.int64(register)
    return position, count, damaged


@njit(cache=True)
def join(words, position, state) -> int:
    """Skips words until time and row are known; they have to come in this order, so that the time is of one piece."""
    register = state[REGISTER]
    while position < len(words) and state[PHASE] != JOINED:
        code, value = words[position] >> 12, np.int64(words[position] & 0xFFF)
        if code == TIME_HIGH:
            before = (register >> 12) & 0xFFF
            if state[PHASE] != NEEDS_HIGH and value + STEP_BACK < before:
                state[EPOCH_US] += WRAP_US
            register = (register & ~np.int64(0xFFF000)) | (value << 12)
            state[PHASE] = max(state[PHASE], NEEDS_LOW)
        elif code == TIME_LOW and state[PHASE] >= NEEDS_LOW:
            register = (register & ~np.int64(0xFFF)) | value
            state[PHASE] = max(state[PHASE], NEEDS_ROW)
        elif code == ADDR_Y and state[PHASE] == NEEDS_ROW:
            register = (register & _TIME_MASK) | ((value & 0x7FF) << ROW_SHIFT)
            state[PHASE] = JOINED
        position += 1
    state[REGISTER] = register
    return position


@njit(cache=True)
def _vector(word, size, state, register, packed, count) -> tuple[int, int]:
    """Events of a vector word: how many, and how many that have no column."""
    if state[BASE_X] == 0:
        return 0, 0
    new, lost = 0, 0
    first = state[BASE_X] - 1
    for i in range(size):
        if (word >> i) & 1:
            if first + i > 0x7FF:
                lost += 1
            else:
                address = np.uint64(first + i) | (np.uint64(state[BASE_POLARITY]) << np.uint64(11))
                packed[count + new] = register | (address << _ADDRESS_SHIFT)
                new += 1
    # Vectors follow each other without a new base. It stays where no column is, however many of them come.
    state[BASE_X] = min(first + size, 0x800) + 1
    return new, lost


@njit(cache=True)
def unpack(packed, base_ns, width, height, x, y, polarity, t_ns) -> int:
    """Packed events to columns; those outside the sensor are left out. How many stayed."""
    count = 0
    for i in range(len(packed)):
        event = packed[i]
        column = (event >> np.uint64(ADDRESS_SHIFT)) & np.uint64(0x7FF)
        row = (event >> np.uint64(ROW_SHIFT)) & np.uint64(0x7FF)
        x[count] = column
        y[count] = row
        polarity[count] = (event >> np.uint64(ADDRESS_SHIFT + 11)) & np.uint64(1)
        t_ns[count] = base_ns + np.int64(event & np.uint64(_TIME_MASK)) * 1_000
        count += (column < width) & (row < height)
    return count
