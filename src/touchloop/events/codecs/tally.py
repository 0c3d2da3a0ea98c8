"""Rate over time, ON share and active pixels of an event file, read once and in pieces."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.reader import EventReader
from touchloop.events.frames import count_frames

MAX_WINDOWS = 1_000_000


@dataclass(frozen=True, slots=True)
class Tally:
    """What an event file holds.

    Attributes:
        start_ns: time of the earliest event; 0 without events.
        stop_ns: of the latest.
        window_ns: length of each window.
        counts: (N, 2) int64, OFF and ON events of each window; the first starts at ``start_ns``.
        pixels: (2, H, W) uint32, OFF and ON events of each pixel.
        damaged: pieces that could not be used.
    """

    start_ns: int
    stop_ns: int
    window_ns: int
    counts: np.ndarray
    pixels: np.ndarray
    damaged: int

    @property
    def events(self) -> int:
        """Number of events."""
        return int(self.counts.sum())

    @property
    def span_s(self) -> float:
        """From the earliest event to the latest."""
        return (self.stop_ns - self.start_ns) / 1e9

    @property
    def on_share(self) -> float:
        """ON events over all; 0.5 where there are none."""
        return float(self.counts[:, 1].sum() / self.events) if self.events else 0.5

    @property
    def rates_hz(self) -> np.ndarray:
        """(N,) events a second; the last window is as long as the others, though the file may end in it."""
        return self.counts.sum(axis=1) * (1e9 / self.window_ns)

    @property
    def active_share(self) -> float:
        """Pixels with events over all."""
        return float((self.pixels.sum(axis=0) > 0).mean())


def time_span(reader: EventReader) -> tuple[int, int]:
    """Earliest and latest time in ns; both 0 without events."""
    spans = [(int(events.t_ns.min()), int(events.t_ns.max())) for events in reader if len(events)]
    return (min(first for first, _ in spans), max(last for _, last in spans)) if spans else (0, 0)


def tally(reader: EventReader, window_ns: int | None = None) -> Tally:
    """Counts a file's events.

    Args:
        reader: an open file; it is read twice.
        window_ns: of each rate; default a twentieth of the file.

    Raises:
        InputError: a window of no length, or so short that there would be more than a million of them.
    """
    start_ns, stop_ns = time_span(reader)
    span_ns = stop_ns - start_ns
    window_ns = max(span_ns // 20 + 1, 1) if window_ns is None else window_ns
    if window_ns < 1:
        raise InputError(f"window {window_ns} ns: expected more than 0")
    windows = span_ns // window_ns + 1
    if windows > MAX_WINDOWS:
        raise InputError(
            f"window {window_ns} ns: the events span {span_ns / 1e9:.6g} s, which would be {windows} windows; "
            f"expected at most {MAX_WINDOWS}"
        )
    counts = np.zeros((windows, 2), np.int64)
    pixels = np.zeros((2, reader.height, reader.width), np.uint32)
    for events in reader:
        cells = (events.t_ns - start_ns) // window_ns * 2 + events.polarity
        if len(cells):
            first = int(cells.min()) // 2 * 2
            found = np.bincount(cells - first)
            counts.reshape(-1)[first : first + len(found)] += found
        count_frames(events, reader.width, reader.height, pixels)
    return Tally(start_ns, stop_ns, window_ns, counts, pixels, reader.damaged)
