"""A packet of encoded events, as drivers publish them, and the count of those that got lost."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class EventPacket:
    """What ``event_camera_msgs/EventPacket`` holds.

    Attributes:
        stamp_ns: when its first event happened, on the clock of the driver's host.
        sequence: counts packets without a gap.
        width: of the sensor.
        height: of the sensor.
        encoding: evt3, libcaer, libcaer_cmp or mono.
        time_base_ns: sensor time that the encoded times are relative to, where the encoding needs one.
        payload: (B,) uint8.
    """

    stamp_ns: int
    sequence: int
    width: int
    height: int
    encoding: str
    time_base_ns: int
    payload: np.ndarray


class LostPackets:
    """Counts what the sequence numbers say is missing.

    Attributes:
        count: so far.
    """

    def __init__(self) -> None:
        self.count = 0
        self._next: int | None = None

    def see(self, sequence: int) -> int:
        """Takes in a packet's number and returns how many are missing before it; a restarted driver counts anew."""
        missing = 0 if self._next is None or sequence < self._next else sequence - self._next
        self.count += missing
        self._next = sequence + 1
        return missing
