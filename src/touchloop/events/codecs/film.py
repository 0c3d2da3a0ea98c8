"""Pictures of events: each shows what happened since the one before."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.reader import EventReader, GreyFrame
from touchloop.events.frames import count_frames

ON_RGB, OFF_RGB, DARK_RGB = (86, 180, 233), (230, 159, 0), (24, 26, 30)
"""After Okabe and Ito, so that they differ for everybody."""
FIRST_WEIGHT, MORE_WEIGHT = 0.55, 0.15
"""One event covers so much of the background, each further one so much more."""
MAX_PICTURES = 100_000


@dataclass(frozen=True, slots=True)
class EventPicture:
    """A picture of a slice of time.

    Attributes:
        start_ns: start of the slice.
        events: how many are in it.
        rgb: (H, W, 3) uint8; orange became darker, blue brighter.
    """

    start_ns: int
    events: int
    rgb: np.ndarray


def pictures(reader: EventReader, slice_ns: int, start_ns: int, stop_ns: int) -> Iterator[EventPicture]:
    """Pictures of slices of [start_ns, stop_ns), over the file's grey frames where it has them.

    Args:
        reader: an open file.
        slice_ns: length of each slice.
        start_ns: of the first slice.
        stop_ns: later events are not shown.

    Raises:
        InputError: slices of no length, or more than 100,000 of them.
    """
    if slice_ns < 1:
        raise InputError(f"slices of {slice_ns} ns: expected more than 0")
    slices = -(-(stop_ns - start_ns) // slice_ns)
    if slices > MAX_PICTURES:
        raise InputError(f"{slices} pictures of {slice_ns / 1e6:g} ms: expected at most {MAX_PICTURES}")
    background = _Background(reader)
    shape = (2, reader.height, reader.width)
    current, counts = 0, np.zeros(shape, np.uint16)
    for events in reader:
        shown = events[(events.t_ns >= start_ns) & (events.t_ns < stop_ns)]
        # A clock that steps back a little must not reopen a slice.
        places = np.maximum.accumulate(np.maximum((shown.t_ns - start_ns) // slice_ns, current))
        first = 0
        while first < len(shown):
            place = int(places[first])
            while current < place:
                yield _picture(counts, background, start_ns + current * slice_ns)
                current, counts = current + 1, np.zeros(shape, np.uint16)
            last = int(np.searchsorted(places, place, side="right"))
            count_frames(shown[first:last], reader.width, reader.height, counts)
            first = last
    while current < slices:
        yield _picture(counts, background, start_ns + current * slice_ns)
        current, counts = current + 1, np.zeros(shape, np.uint16)


class _Background:
    """The newest grey frame that is not younger than the instant."""

    def __init__(self, reader: EventReader) -> None:
        self._frames = reader.frames()
        self._next: GreyFrame | None = next(self._frames, None)
        self._image = np.full((reader.height, reader.width, 3), DARK_RGB, np.float32)

    def at(self, stamp_ns: int) -> np.ndarray:
        while self._next is not None and self._next.stamp_ns <= stamp_ns:
            if self._next.image.shape == self._image.shape[:2]:
                self._image = np.repeat(self._next.image[:, :, None], 3, axis=2).astype(np.float32)
            self._next = next(self._frames, None)
        return self._image


def _picture(counts: np.ndarray, background: _Background, start_ns: int) -> EventPicture:
    off, on = counts.astype(np.int64)
    colours = np.where((on >= off)[:, :, None], ON_RGB, OFF_RGB).astype(np.float32)
    weights = np.where(off + on > 0, np.minimum(FIRST_WEIGHT + MORE_WEIGHT * (off + on - 1), 1.0), 0.0)[:, :, None]
    rgb = background.at(start_ns) * (1.0 - weights) + colours * weights
    return EventPicture(start_ns, int(counts.sum()), rgb.astype(np.uint8))
