"""Encoding ``mono`` (deprecated): one event in 64 bits, with nanoseconds since the packet's time base.

Bit 63 is the polarity, bits 48-62 y, bits 32-47 x, bits 0-31 the time (event_camera_msgs, README).
"""

import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.codec import (
    Payload,
    as_words,
    check_events,
    checked_geometry,
    payload_bytes,
    usable_base,
)
from touchloop.events.stream import Events

EVENT_BYTES = 8
MOST_PIXELS = 1 << 15
MAX_SPAN_NS = (1 << 32) - 1


class MonoDecoder:
    """See `touchloop.events.codecs.Decoder`."""

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("mono", width, height, MOST_PIXELS)
        self.damaged = 0

    def reset(self) -> None:
        """Nothing is kept over packets."""

    def decode(self, payload: Payload, time_base_ns: int) -> Events:
        """Events of one packet."""
        array = payload_bytes(payload)
        usable = len(array) - len(array) % EVENT_BYTES
        self.damaged += usable != len(array) or not len(array)
        if not usable_base(time_base_ns):
            self.damaged += 1
            return Events.empty()
        words = as_words(array[:usable], np.uint64)
        events = Events(
            (words >> np.uint64(32)).astype(np.uint16),
            (words >> np.uint64(48)).astype(np.uint16) & np.uint16(0x7FFF),
            (words >> np.uint64(63)).astype(np.uint8),
            time_base_ns + words.astype(np.uint32).astype(np.int64),
        )
        inside = (events.x < self._width) & (events.y < self._height)
        if inside.all():
            return events
        self.damaged += int(len(inside) - inside.sum())
        return events[inside]


class MonoEncoder:
    """See `touchloop.events.codecs.Encoder`. Time base is the packet's earliest event."""

    max_span_ns = MAX_SPAN_NS

    def __init__(self, width: int, height: int) -> None:
        self._width, self._height = checked_geometry("mono", width, height, MOST_PIXELS)

    def encode(self, events: Events) -> tuple[bytes, int]:
        """One packet; InputError where its events span more than 4.29 s."""
        check_events("mono", events, self._width, self._height)
        if not len(events):
            return b"", 0
        base_ns = int(events.t_ns.min())
        since_ns = events.t_ns - base_ns
        if (span_ns := int(since_ns.max())) > MAX_SPAN_NS:
            raise InputError(f"a packet for encoding 'mono' spans {span_ns} ns; expected at most {MAX_SPAN_NS}")
        words = since_ns.astype(np.uint64)
        words |= events.x.astype(np.uint64) << np.uint64(32)
        words |= events.y.astype(np.uint64) << np.uint64(48)
        words |= events.polarity.astype(np.uint64) << np.uint64(63)
        return words.astype("<u8").tobytes(), base_ns
