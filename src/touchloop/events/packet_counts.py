"""ON and OFF events of a packet without decoding it: what the rate needs costs little that way."""

import numpy as np
from numba import njit

from touchloop.events.codecs import Decoder, make_decoder
from touchloop.events.codecs.codec import as_words, payload_bytes
from touchloop.events.packet import EventPacket

ADDRESS_X, VECTOR_BASE, VECTOR_12, VECTOR_8 = 0x2, 0x3, 0x4, 0x5
"""Codes of EVT 3.0 that make events or, the second, set the polarity of those that follow."""
_BLOCK = 512
"""Words; a sum over so many fits into 16 bits."""
_FIRST_RARE, _RARE_SPAN = np.uint16(VECTOR_BASE << 12), np.uint16((VECTOR_8 - VECTOR_BASE + 1) << 12)
_CODE_SHIFT, _POLARITY_SHIFT = np.uint16(12), np.uint16(11)
_ADDRESS_X, _BRIGHT = np.uint16(ADDRESS_X), np.uint16(ADDRESS_X << 1 | 1)


class PacketCounts:
    """Counts for one stream; ``evt3`` keeps its polarity over packets. Other encodings are decoded.

    Attributes:
        damaged: packets or parts of them that could not be used so far.
    """

    def __init__(self) -> None:
        self.damaged = 0
        self._decoder: Decoder | None = None
        self._stream: tuple[str, int, int] | None = None
        self._polarity = 0

    @staticmethod
    def warm_up() -> None:
        """Compiles the fast counts."""
        for encoding in ("libcaer", "evt3"):
            PacketCounts().count(EventPacket(0, 0, 8, 8, encoding, 0, np.zeros(16, np.uint8)))

    def count(self, packet: EventPacket) -> tuple[int, int]:
        """OFF and ON events; the bounds of the sensor are not checked.

        Raises:
            InputError: an unknown encoding, or a sensor that it cannot address.
        """
        stream = (packet.encoding, packet.width, packet.height)
        if stream != self._stream:
            self._decoder, self._stream, self._polarity = make_decoder(*stream), stream, 0
        if not len(packet.payload):
            return 0, 0
        payload = payload_bytes(packet.payload)
        if packet.encoding == "libcaer":
            self.damaged += len(payload) % 8 != 0
            on = int(_count_libcaer(as_words(payload[: len(payload) // 8 * 8], np.uint32)))
            return len(payload) // 8 - on, on
        if packet.encoding == "evt3":
            self.damaged += len(payload) % 2
            off, on, self._polarity = _count_evt3(as_words(payload[: len(payload) // 2 * 2], np.uint16), self._polarity)
            return int(off), int(on)
        return self._decode(packet, self._decoder)

    def _decode(self, packet: EventPacket, decoder: Decoder | None) -> tuple[int, int]:
        if decoder is None:
            return 0, 0
        before = decoder.damaged
        events = decoder.decode(packet.payload, packet.time_base_ns)
        self.damaged += decoder.damaged - before
        on = int(np.count_nonzero(events.polarity))
        return len(events) - on, on


@njit(cache=True)
def _count_libcaer(words: np.ndarray) -> int:
    on = np.uint32(0)
    for i in range(len(words) // 2):
        on = np.uint32(on + np.uint32(np.uint32(words[2 * i] >> np.uint32(1)) & np.uint32(1)))
    return int(on)


@njit(cache=True)
def _count_evt3(words: np.ndarray, polarity: int) -> tuple[int, int, int]:
    off, on, i = 0, 0, 0
    while i < len(words):
        block = words[i : i + _BLOCK]
        rare, found, bright = _plain(block)
        if rare:
            less, more, polarity = _count_vectors(block, polarity)
            off += less
            on += more
        else:
            off += found - bright
            on += bright
        i += _BLOCK
    return off, on, polarity


@njit(cache=True)
def _plain(words: np.ndarray) -> tuple[int, int, int]:
    """Words about vectors, single events, ON events among them; without a branch, in 16 bits, so as vector code."""
    rare, found, bright = np.uint16(0), np.uint16(0), np.uint16(0)
    # By index, and each sum cast back: else numba makes 64-bit sums, or an iterator, and neither becomes vector code.
    for i in range(len(words)):
        word = words[i]
        rare = np.uint16(rare + np.uint16(np.uint16(word - _FIRST_RARE) < _RARE_SPAN))
        found = np.uint16(found + np.uint16(np.uint16(word >> _CODE_SHIFT) == _ADDRESS_X))
        bright = np.uint16(bright + np.uint16(np.uint16(word >> _POLARITY_SHIFT) == _BRIGHT))
    return int(rare), int(found), int(bright)


@njit(cache=True)
def _count_vectors(words: np.ndarray, polarity: int) -> tuple[int, int, int]:
    counts = np.zeros(2, np.int64)
    for word in words:
        code = word >> 12
        if code == ADDRESS_X:
            counts[(word >> 11) & 1] += 1
        elif code == VECTOR_BASE:
            polarity = (word >> 11) & 1
        elif code in (VECTOR_12, VECTOR_8):
            bits = word & 0xFFF if code == VECTOR_12 else word & 0xFF
            # Ones of twelve bits by sums of neighbours.
            bits = bits - ((bits >> 1) & 0x555)
            bits = (bits & 0x333) + ((bits >> 2) & 0x333)
            counts[polarity] += (bits & 0xF) + ((bits >> 4) & 0xF) + ((bits >> 8) & 0xF)
    return counts[0], counts[1], polarity
