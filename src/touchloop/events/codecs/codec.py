"""What every codec offers, and the checks that they share."""

from typing import Protocol

import numpy as np

from touchloop.errors import InputError
from touchloop.events.stream import Events

Payload = bytes | bytearray | memoryview | np.ndarray
"""A packet's bytes; an array is uint8 of one dimension."""
NS_PER_US = 1_000
MAX_TIME_NS = 1 << 62
"""Later times (the year 2116) are taken for damage, so that no sum of int64 overflows."""


class Decoder(Protocol):
    """Packets of one stream to events, in the order in which they were sent."""

    damaged: int
    """Pieces that could not be used so far: packets, words, events out of the sensor's bounds, cut-off ends."""

    def decode(self, payload: Payload, time_base_ns: int) -> Events:
        """Events of one packet; what is damaged is counted and left out.

        Args:
            payload: the packet's bytes (`EventPacket.events`).
            time_base_ns: the packet's `time_base`.
        """
        ...

    def reset(self) -> None:
        """Forgets the stream; the next packet is a first one. ``damaged`` stays."""
        ...


class Encoder(Protocol):
    """Events of one stream to packets."""

    max_span_ns: int
    """Events of one packet lie within this time."""

    def encode(self, events: Events) -> tuple[bytes, int]:
        """One packet: its bytes and its `time_base` in ns.

        Raises:
            InputError: events that this encoding cannot hold exactly.
        """
        ...


def checked_geometry(encoding: str, width: int, height: int, most: int) -> tuple[int, int]:
    """Width and height in pixels, if the encoding's addresses reach that far."""
    for name, value in (("width", width), ("height", height)):
        if not 1 <= value <= most:
            raise InputError(f"{name} {value} for encoding '{encoding}': expected 1 to {most} pixels")
    return width, height


def payload_bytes(payload: Payload) -> np.ndarray:
    """The bytes as an array without a copy, read-only so that kernels are compiled for one type."""
    if isinstance(payload, np.ndarray):
        if payload.dtype != np.uint8 or payload.ndim != 1:
            raise InputError(f"payload: {payload.dtype} of shape {payload.shape}; expected uint8 of one dimension")
        array = np.ascontiguousarray(payload).view()
    else:
        array = np.frombuffer(payload, np.uint8)
    array.flags.writeable = False
    return array


def as_words(array: np.ndarray, dtype: type) -> np.ndarray:
    """Little-endian words of a byte array whose length fits; copied only where memory is not aligned to them."""
    if array.ctypes.data % np.dtype(dtype).itemsize:
        array = array.copy()
        array.flags.writeable = False
    return array.view(np.dtype(dtype).newbyteorder("<"))


def usable_base(time_base_ns: int) -> bool:
    """If a packet's time base can be one."""
    return 0 <= time_base_ns < MAX_TIME_NS


def check_events(encoding: str, events: Events, width: int, height: int) -> None:
    """Refuses events that are outside the sensor or outside time.

    Raises:
        InputError: which one, and what is valid.
    """
    if not len(events):
        return
    for name, array, size in (("x", events.x, width), ("y", events.y, height), ("polarity", events.polarity, 2)):
        if (highest := int(array.max())) >= size:
            raise InputError(f"events for encoding '{encoding}': {name} {highest}; expected 0 to {size - 1}")
    if not usable_base(int(events.t_ns.min())) or not usable_base(int(events.t_ns.max())):
        raise InputError(f"events for encoding '{encoding}': t_ns must be from 0 to {MAX_TIME_NS - 1}")


def whole_us(encoding: str, t_ns: np.ndarray, remainder_ns: int) -> np.ndarray:
    """(N,) int64 microseconds of times that all have the same remainder.

    Raises:
        InputError: times finer than the encoding's microsecond.
    """
    time_us, remainders = np.divmod(t_ns, NS_PER_US)
    if (remainders != remainder_ns).any():
        other = int(remainders[remainders != remainder_ns][0])
        raise InputError(
            f"events for encoding '{encoding}': times lie {other} ns and {remainder_ns} ns past a whole microsecond; "
            "it holds whole microseconds, all shifted alike"
        )
    return time_us
