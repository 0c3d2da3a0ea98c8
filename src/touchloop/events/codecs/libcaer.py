"""Encoding ``libcaer``: the 8-byte polarity event of libcaer, as libcaer_driver puts it into packets.

Two little-endian 32-bit words: address (bit 0 valid, 1 polarity, 2-16 y, 17-31 x) and the lower 31 bits of the sensor's
microseconds (libcaer, `events/polarity.h`). The packet's time base is the host's time at sensor time 0 plus the higher
bits of the first event's time (libcaer_driver, `message_converter.cpp`). The lower bits roll over every 35.8 minutes,
inside a packet too.
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

EVENT_BYTES = 8
MOST_PIXELS = 1 << 15
WRAP_US = 1 << 31
HALF_WRAP_US = WRAP_US // 2


class LibcaerDecoder:
    """See `touchloop.events.codecs.Decoder`.

    The valid bit is not looked at, as in event_camera_codecs: the driver sends what the camera sent. A time that steps
    back a little is kept as it is; one that steps back by more than half the range is a roll-over.
    """

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("libcaer", width, height, MOST_PIXELS)
        self.damaged = 0

    def reset(self) -> None:
        """Nothing is kept over packets: each has its own time base."""

    def decode(self, payload: Payload, time_base_ns: int) -> Events:
        """Events of one packet."""
        array = payload_bytes(payload)
        usable = len(array) - len(array) % EVENT_BYTES
        self.damaged += usable != len(array) or not len(array)
        if not usable_base(time_base_ns):
            self.damaged += 1
            return Events.empty()
        words = as_words(array[:usable], np.uint32)
        events = Events.empty(usable // EVENT_BYTES)
        columns = (events.x, events.y, events.polarity, events.t_ns)
        if _decode(words, time_base_ns, self._width, self._height, *columns):
            return events
        count, damaged = _decode_checked(words, time_base_ns, self._width, self._height, *columns)
        self.damaged += damaged
        return events[:count]


@njit(cache=True)
def _decode(words, base_ns, width, height, x, y, polarity, t_ns) -> bool:
    """All events of a packet without roll-over or damage; False where it has either, with nothing of use written."""
    strange = False
    before = words[1] if len(words) else 0
    for i in range(len(t_ns)):
        address = words[2 * i]
        time_us = words[2 * i + 1]
        x[i] = address >> 17
        y[i] = (address >> 2) & 0x7FFF
        polarity[i] = (address >> 1) & 1
        t_ns[i] = base_ns + np.int64(time_us) * NS_PER_US
        strange |= ((address >> 17) >= width) | (((address >> 2) & 0x7FFF) >= height)
        strange |= abs(np.int64(time_us) - np.int64(before)) > HALF_WRAP_US
        strange |= time_us >= WRAP_US
        before = time_us
    return not strange


@njit(cache=True)
def _decode_checked(words, base_ns, width, height, x, y, polarity, t_ns) -> tuple[int, int]:
    """As ``_decode``, with roll-over and damage: number of events and of damaged ones."""
    count = 0
    before_us = np.int64(-1)
    for i in range(len(t_ns)):
        address = words[2 * i]
        time_us = np.int64(words[2 * i + 1])
        column, row = address >> 17, (address >> 2) & 0x7FFF
        if column >= width or row >= height or time_us >= WRAP_US:
            continue
        if before_us >= 0:
            if before_us - time_us > HALF_WRAP_US:
                base_ns += WRAP_US * NS_PER_US
            elif time_us - before_us > HALF_WRAP_US:
                base_ns -= WRAP_US * NS_PER_US
        before_us = time_us
        x[count] = column
        y[count] = row
        polarity[count] = (address >> 1) & 1
        t_ns[count] = base_ns + time_us * NS_PER_US
        count += 1
    return count, len(t_ns) - count


class LibcaerEncoder:
    """See `touchloop.events.codecs.Encoder`. Its sensor clock starts at the stream's first event, as the driver's."""

    max_span_ns = HALF_WRAP_US * NS_PER_US

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("libcaer", width, height, MOST_PIXELS)
        self._origin_ns: int | None = None

    def encode(self, events: Events) -> tuple[bytes, int]:
        """One packet; InputError where times jump by more than 17.9 minutes or are finer than microseconds."""
        check_events("libcaer", events, self._width, self._height)
        if not len(events):
            return b"", 0
        if self._origin_ns is None:
            self._origin_ns = int(events.t_ns.min())
        sensor_us = whole_us("libcaer", events.t_ns, self._origin_ns % NS_PER_US) - self._origin_ns // NS_PER_US
        if len(events) > 1 and (jump_us := int(np.abs(np.diff(sensor_us)).max())) > HALF_WRAP_US:
            raise InputError(f"a packet for encoding 'libcaer' jumps {jump_us} us; expected at most {HALF_WRAP_US}")
        words = np.empty((len(events), 2), "<u4")
        words[:, 0] = 1 | events.polarity.astype(np.uint32) << 1
        words[:, 0] |= events.y.astype(np.uint32) << 2
        words[:, 0] |= events.x.astype(np.uint32) << 17
        words[:, 1] = sensor_us & (WRAP_US - 1)
        wraps = int(sensor_us[0]) // WRAP_US
        base_ns = self._origin_ns + wraps * WRAP_US * NS_PER_US
        if base_ns < 0:
            raise InputError("events for encoding 'libcaer': they step back to before the stream's start, and time 0")
        return words.tobytes(), base_ns
