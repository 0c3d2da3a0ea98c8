"""Encoding ``evt3``: Prophesee's EVT 3.0, decoded as a stream.

16-bit little-endian words; the upper four bits are the code (Prophesee, "EVT 3.0 Format"). A word changes one part of
the decoder's state (row, time, vector base) or gives events. Time is 24 bits of microseconds that roll over every
16.78 s; the decoder counts the roll-overs.
"""

import numpy as np

from touchloop.events.codecs.codec import (
    Payload,
    as_words,
    checked_geometry,
    payload_bytes,
    usable_base,
)
from touchloop.events.codecs.evt3_blocks import Scratch, decode_words, event_bound
from touchloop.events.codecs.evt3_words import JOINED, PHASE, STATE_SIZE
from touchloop.events.codecs.word_vectors import IS_FAST
from touchloop.events.stream import Events

WORD_BYTES = 2
MOST_PIXELS = 1 << 11


class Evt3Decoder:
    """See `touchloop.events.codecs.Decoder`.

    A stream may be joined anywhere: what comes before its first full time and first row is skipped, and not damage.
    Event times are the time base of the packet where it is joined plus the clock of the stream. Drivers leave the time
    base 0; our encoder puts into it what 24 bits cannot hold.

    Camera clocks are known to step back by some counts of TIME_HIGH without a roll-over (event_camera_codecs,
    `evt3_decoder.h`); such steps are kept as they are.

    Args:
        width: of the sensor.
        height: of the sensor.
        use_vectors: decode by vector code where it can be; the events are the same.
    """

    def __init__(self, width: int, height: int, use_vectors: bool = IS_FAST) -> None:
        self._width, self._height = checked_geometry("evt3", width, height, MOST_PIXELS)
        self._use_vectors, self._scratch = use_vectors, Scratch()
        self.damaged = 0
        self.reset()

    def reset(self) -> None:
        """Forgets time, row and roll-overs."""
        self._state = np.zeros(STATE_SIZE, np.int64)
        self._base_ns = 0

    def decode(self, payload: Payload, time_base_ns: int) -> Events:
        """Events of one packet."""
        array = payload_bytes(payload)
        usable = len(array) - len(array) % WORD_BYTES
        self.damaged += usable != len(array) or not len(array)
        if self._state[PHASE] != JOINED:
            if not usable_base(time_base_ns):
                self.damaged += 1
                return Events.empty()
            self._base_ns = time_base_ns
        words = as_words(array[:usable], np.uint16)
        events = Events.empty(event_bound(words))
        count, damaged = decode_words(
            words,
            self._base_ns,
            self._width,
            self._height,
            self._state,
            self._use_vectors,
            self._scratch.picked,
            self._scratch.packed,
            events.x,
            events.y,
            events.polarity,
            events.t_ns,
        )
        self.damaged += damaged
        return events if count == len(events) else events[:count]
