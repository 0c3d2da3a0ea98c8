"""Grey frames from files: a DAVIS recording, a video."""

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import Protocol

import av
import av.error
import numpy as np

from touchloop.errors import InputError
from touchloop.events.scenes.grey_frames import GreyFrames

MOST_FRAMES = 3000


class Exposed(Protocol):
    """A grey picture with its time, as event files give it."""

    @property
    def stamp_ns(self) -> int:
        """Start of the exposure."""
        ...

    @property
    def exposure_ns(self) -> int:
        """Its length."""
        ...

    @property
    def image(self) -> np.ndarray:
        """(H, W) uint8."""
        ...


def grey_frames_of(pictures: Iterable[Exposed], name: str) -> GreyFrames:
    """Pictures of an event file, at the middles of their exposures, scaled to the first one's exposure.

    Args:
        pictures: in the order of time; at most 3000 are taken.
        name: of the file, for the error.

    Raises:
        InputError: fewer than two.
    """
    taken = list(islice(pictures, MOST_FRAMES))
    if len(taken) < 2:
        raise InputError(f"{name} has {len(taken)} grey frames; expected two or more")
    levels = np.stack([picture.image for picture in taken])
    exposures_ns = np.array([picture.exposure_ns for picture in taken], np.int64)
    if exposures_ns.min() > 0 and exposures_ns.min() < exposures_ns.max():
        levels = levels.astype(np.float32) * (exposures_ns[0] / exposures_ns).astype(np.float32)[:, None, None]
    stamps_ns = np.array([picture.stamp_ns for picture in taken], np.int64) + exposures_ns // 2
    return GreyFrames(levels, stamps_ns)


def video_frames(path: Path, width: int, height: int) -> GreyFrames:
    """A video in grey, scaled to a size; at most its first 3000 pictures.

    Raises:
        InputError: not a video, or one with fewer than two pictures.
    """
    levels: list[np.ndarray] = []
    stamps_ns: list[int] = []
    try:
        with av.open(str(path)) as container:
            for frame in islice(container.decode(video=0), MOST_FRAMES):
                stamp_ns = round((frame.time or 0.0) * 1e9)
                if not stamps_ns or stamp_ns > stamps_ns[-1]:
                    levels.append(frame.to_ndarray(width=width, height=height, format="gray"))
                    stamps_ns.append(stamp_ns)
    except (av.error.FFmpegError, IndexError) as error:
        raise InputError(f"{path} is no video that can be read: {error}") from error
    if len(levels) < 2:
        raise InputError(f"{path} has {len(levels)} pictures; expected two or more")
    return GreyFrames(np.stack(levels), np.array(stamps_ns, np.int64))
