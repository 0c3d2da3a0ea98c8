"""What every event file offers when it is read."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchloop.events.stream import Events


@dataclass(frozen=True, slots=True)
class GreyFrame:
    """A picture taken between events.

    Attributes:
        stamp_ns: start of the exposure, on the events' clock.
        exposure_ns: how long; 0 where the file does not say.
        image: (H, W) uint8.
    """

    stamp_ns: int
    exposure_ns: int
    image: np.ndarray


class EventReader(ABC):
    """An open event file; iterating gives its events in pieces, each time from the start.

    Attributes:
        path: the file or bag folder.
        width: of the sensor, pixels.
        height: of the sensor, pixels.
        encoding: how events are encoded in it.
        damaged: pieces that could not be used in the last reading (see `Decoder.damaged`).
    """

    def __init__(self, path: Path, width: int, height: int, encoding: str) -> None:
        self.path, self.width, self.height, self.encoding = path, width, height, encoding
        self.damaged = 0

    @abstractmethod
    def __iter__(self) -> Iterator[Events]: ...

    def frames(self) -> Iterator[GreyFrame]:
        """Grey pictures, where the file has them."""
        return iter(())

    def read_all(self) -> Events:
        """All events in one piece."""
        return Events.join(self)
