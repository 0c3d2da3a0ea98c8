"""Encoding ``libcaer_cmp``: libcaer_driver's compressed form.

16-bit little-endian words, the upper four bits a code: microseconds since the packet's time base (two times 12 bits),
column, row with polarity, and vectors of up to eight rows (libcaer_driver, `compression_tokens.hpp`). Each packet
starts anew: time 0 and no column.
"""

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.codecs.codec import (
    NS_PER_US,
    Payload,
    as_words,
    check_events,
    checked_geometry,
    payload_bytes,
    usable_base,
    whole_us,
)
from touchloop.events.stream import Events

TIME_HIGH, TIME_LOW, ADDR_X, ADDR_Y, VECT_BASE_Y, VECT_8 = range(6)
WORD_BYTES = 2
VECTOR_ROWS = 8
MOST_PIXELS = 1 << 11
MOST_WORDS_AN_EVENT = 4
MAX_SPAN_US = (1 << 24) - 1


class LibcaerCmpDecoder:
    """See `touchloop.events.codecs.Decoder`."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("libcaer_cmp", width, height, MOST_PIXELS)
        self.damaged = 0

    def reset(self) -> None:
        """Nothing is kept over packets."""

    def decode(self, payload: Payload, time_base_ns: int) -> Events:
        """Events of one packet."""
        array = payload_bytes(payload)
        usable = len(array) - len(array) % WORD_BYTES
        self.damaged += usable != len(array) or not len(array)
        if not usable_base(time_base_ns):
            self.damaged += 1
            return Events.empty()
        words = as_words(array[:usable], np.uint16)
        events = Events.empty(_most_events(words))
        count, damaged = _decode(
            words, time_base_ns, self._width, self._height, events.x, events.y, events.polarity, events.t_ns
        )
        self.damaged += damaged
        return events if count == len(events) else events[:count]


@njit(cache=True)
def _most_events(words) -> int:
    count = 0
    for i in range(len(words)):
        code = words[i] >> 12
        if code == ADDR_Y:
            count += 1
        elif code == VECT_8:
            count += VECTOR_ROWS
    return count


@njit(cache=True)
def _decode(words, base_ns, width, height, x, y, polarity, t_ns) -> tuple[int, int]:
    """Number of events, and of damaged words and events."""
    count, damaged = 0, 0
    high, low = np.int64(0), np.int64(0)
    # Where no column or base is known yet, events are outside the sensor.
    column, base, base_polarity = MOST_PIXELS, MOST_PIXELS, 0
    now_ns = base_ns
    for i in range(len(words)):
        code, value = words[i] >> 12, np.int64(words[i] & 0xFFF)
        if code == ADDR_Y:
            row = value & 0x7FF
            if column < width and row < height:
                x[count], y[count], polarity[count], t_ns[count] = column, row, value >> 11, now_ns
                count += 1
            else:
                damaged += 1
        elif code == VECT_8:
            for bit in range(VECTOR_ROWS):
                if (value >> bit) & 1:
                    if column < width and base + bit < height:
                        x[count], y[count], polarity[count], t_ns[count] = column, base + bit, base_polarity, now_ns
                        count += 1
                    else:
                        damaged += 1
            base = min(base + VECTOR_ROWS, MOST_PIXELS)
        elif code == ADDR_X:
            column = value & 0x7FF
        elif code == VECT_BASE_Y:
            base, base_polarity = value & 0x7FF, value >> 11
        elif code == TIME_LOW:
            low = value
            now_ns = base_ns + (high | low) * NS_PER_US
        elif code == TIME_HIGH:
            high = value << 12
            now_ns = base_ns + (high | low) * NS_PER_US
        else:
            damaged += 1
    return count, damaged


class LibcaerCmpEncoder:
    """See `touchloop.events.codecs.Encoder`. Time base is the packet's earliest event."""

    max_span_ns = MAX_SPAN_US * NS_PER_US

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("libcaer_cmp", width, height, MOST_PIXELS)

    def encode(self, events: Events) -> tuple[bytes, int]:
        """One packet; InputError where its events span more than 16.7 s or times are finer than microseconds."""
        check_events("libcaer_cmp", events, self._width, self._height)
        if not len(events):
            return b"", 0
        base_ns = int(events.t_ns.min())
        since_us = whole_us("libcaer_cmp", events.t_ns, base_ns % NS_PER_US) - base_ns // NS_PER_US
        if (span_us := int(since_us.max())) > MAX_SPAN_US:
            raise InputError(f"a packet for encoding 'libcaer_cmp' spans {span_us} us; expected at most {MAX_SPAN_US}")
        words = np.empty(MOST_WORDS_AN_EVENT * len(events), "<u2")
        used = _encode(since_us, events.x, events.y, events.polarity, words)
        return words[:used].tobytes(), base_ns


@njit(cache=True)
def _encode(since_us, x, y, polarity, words) -> int:
    """Fills ``words`` and returns how many there are."""
    used, i = 0, 0
    high, low, column = np.int64(0), np.int64(0), np.int64(-1)
    while i < len(since_us):
        if since_us[i] >> 12 != high:
            high = since_us[i] >> 12
            words[used] = TIME_HIGH << 12 | high
            used += 1
        if (since_us[i] & 0xFFF) != low:
            low = since_us[i] & 0xFFF
            words[used] = TIME_LOW << 12 | low
            used += 1
        if x[i] != column:
            column = np.int64(x[i])
            words[used] = ADDR_X << 12 | column
            used += 1
        first, row = i, np.int64(y[i])
        base = row - row % VECTOR_ROWS
        bits = 1 << (row - base)
        i += 1
        # A vector is read from its lowest row on: only rows in rising order may share one.
        while (
            i < len(since_us)
            and since_us[i] == since_us[first]
            and x[i] == x[first]
            and polarity[i] == polarity[first]
            and row < np.int64(y[i]) < base + VECTOR_ROWS
        ):
            row = np.int64(y[i])
            bits |= 1 << (row - base)
            i += 1
        if i - first == 1:
            words[used] = ADDR_Y << 12 | np.int64(polarity[first]) << 11 | row
            used += 1
        else:
            words[used] = VECT_BASE_Y << 12 | np.int64(polarity[first]) << 11 | base
            words[used + 1] = VECT_8 << 12 | bits
            used += 2
    return used
