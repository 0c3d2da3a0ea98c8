"""Cuts a stream of events into frames of counts, as place recognition takes them."""

from collections.abc import Iterator

import numpy as np

from touchloop.events.frames import count_frames
from touchloop.events.stream import Events

FRAME_NS = 66_000_000
"""arXiv 2403.16425."""


class FrameBuilder:
    """Frames lie one after the other on the sensor's clock.

    A gap of several frames gives one lost frame; a clock that goes back by more than a frame begins anew.

    Args:
        width: of the sensor.
        height: of the sensor.
        period_ns: of a frame.
    """

    def __init__(self, width: int, height: int, period_ns: int = FRAME_NS) -> None:
        self._size, self._period_ns = (width, height), period_ns
        self._counts = np.zeros((2, height, width), np.uint16)
        self._ends_ns: int | None = None

    def add(self, events: Events) -> Iterator[tuple[int, np.ndarray | None]]:
        """Takes in a piece and yields (end of the frame [ns], (2, H, W) uint16 counts) of each that is complete.

        The counts are those of the next frame after the next step of the iteration. A lost frame has None.
        """
        while len(events):
            first_ns = int(events.t_ns[0])
            if self._ends_ns is None or first_ns < self._ends_ns - 2 * self._period_ns:
                self._counts[:] = 0
                self._ends_ns = first_ns + self._period_ns
            rows = int(np.searchsorted(events.t_ns, self._ends_ns))
            count_frames(events[:rows], *self._size, out=self._counts)
            events = events[rows:]
            if not len(events):
                return
            yield self._ends_ns, self._counts
            self._counts[:] = 0
            self._ends_ns += self._period_ns
            missing = (int(events.t_ns[0]) - self._ends_ns) // self._period_ns + 1
            if missing > 0:
                self._ends_ns += missing * self._period_ns
                yield self._ends_ns - self._period_ns, None
