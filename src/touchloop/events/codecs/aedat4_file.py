"""AEDAT 4 files (iniVation), through dv-processing."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import dv_processing as dv
import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.codec import NS_PER_US, check_events, whole_us
from touchloop.events.codecs.reader import EventReader, GreyFrame
from touchloop.events.codecs.whole_file import new_file
from touchloop.events.stream import Events

CAMERA_NAME = "touchloop"
MAGIC = b"#!AER-DAT4"
_Batch = TypeVar("_Batch")


class Aedat4Reader(EventReader):
    """Reads an .aedat4 file; see `EventReader`. Events outside the sensor are left out and counted.

    Raises:
        InputError: no such file, another format, a damaged one, or one without events.
    """

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            if not file.read(len(MAGIC)).startswith(MAGIC):
                raise InputError(f"{path} is not an AEDAT 4 file: it does not start with {MAGIC.decode()}")
        self.path = path
        recording = self._opened()
        if not recording.isEventStreamAvailable():
            raise InputError(f"{path} has no events; its streams are {', '.join(recording.getStreamNames()) or 'none'}")
        self._has_frames = recording.isFrameStreamAvailable()
        width, height = recording.getEventResolution() or (0, 0)
        if not width or not height:
            raise InputError(f"{path} does not say the size of its event sensor")
        super().__init__(path, width, height, "aedat4")

    def __iter__(self) -> Iterator[Events]:
        self.damaged = 0
        for batch in self._batches(self._opened().getNextEventBatch):
            rows = batch.numpy()
            inside = (rows["x"] >= 0) & (rows["x"] < self.width) & (rows["y"] >= 0) & (rows["y"] < self.height)
            self.damaged += int(len(rows) - inside.sum())
            rows = rows[inside]
            yield Events(
                rows["x"].astype(np.uint16),
                rows["y"].astype(np.uint16),
                (rows["polarity"] != 0).astype(np.uint8),
                rows["timestamp"] * NS_PER_US,
            )

    def frames(self) -> Iterator[GreyFrame]:
        """Grey pictures; colour ones as their mean of channels."""
        if not self._has_frames:
            return
        for frame in self._batches(self._opened().getNextFrame):
            image = frame.image if frame.image.ndim == 2 else frame.image.mean(axis=2).astype(np.uint8)
            exposure_ns = int(frame.exposure.total_seconds() * 1e9)
            yield GreyFrame(frame.timestamp * NS_PER_US, exposure_ns, image)

    def _opened(self) -> dv.io.MonoCameraRecording:
        try:
            return dv.io.MonoCameraRecording(str(self.path))
        except (RuntimeError, ValueError, IndexError) as error:
            raise InputError(f"{self.path} cannot be read as AEDAT 4; it may be damaged: {error}") from error

    def _batches(self, read_next: Callable[[], Any]) -> Iterator[Any]:
        """Until the end, or to the first damaged block: what is behind it has no known start."""
        while True:
            try:
                batch = read_next()
            except (RuntimeError, ValueError, IndexError):
                self.damaged += 1
                return
            if batch is None:
                return
            yield batch


def write_aedat4(
    path: Path, pieces: Iterable[Events], width: int, height: int, frames: Iterable[GreyFrame] = ()
) -> int:
    """Writes an .aedat4 file and returns the number of events.

    Raises:
        InputError: times finer than microseconds, events outside the sensor, or a file that exists.
    """
    count = 0
    with new_file(path) as part:
        config = dv.io.MonoCameraWriter.Config(CAMERA_NAME)
        config.addEventStream((width, height))
        frames = list(frames)
        if frames:
            config.addFrameStream((width, height))
        writer = dv.io.MonoCameraWriter(str(part), config)
        for events in pieces:
            check_events("aedat4", events, width, height)
            times_us = whole_us("aedat4", events.t_ns, 0)
            store = dv.EventStore()
            columns = (times_us, events.x, events.y, events.polarity.astype(bool))
            for row in zip(*(column.tolist() for column in columns), strict=True):
                store.push_back(*row)
            writer.writeEvents(store)
            count += len(events)
        for frame in frames:
            writer.writeFrame(dv.Frame(frame.stamp_ns // NS_PER_US, frame.image))
        del writer  # closes the file
    return count
