"""Event files by name: which reader opens one, which writer makes one."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.aedat4_file import Aedat4Reader, write_aedat4
from touchloop.events.codecs.bag_file import BagEventReader, write_bag
from touchloop.events.codecs.raw_file import RawReader, write_raw
from touchloop.events.codecs.reader import EventReader, GreyFrame
from touchloop.events.codecs.registry import checked_encoding
from touchloop.events.stream import Events

PACKET_NS = 10_000_000
PACKET_EVENTS = 1 << 16
"""A packet ends after so long or so many, as drivers' do."""
READABLE = ".aedat4, .raw (Prophesee EVT3), a bag folder, .mcap, .db3 or .bag"


def open_events(path: Path | str, topic: str | None = None) -> EventReader:
    """Opens an event file.

    Args:
        path: .aedat4, Prophesee .raw, or a bag with `EventPacket` or the older `EventArray` messages.
        topic: for a bag with several event topics.

    Raises:
        InputError: no such file, a damaged one, or a format that is not read.
    """
    path = Path(path)
    if not path.exists():
        raise InputError(f"there is no event file {path}")
    if path.is_dir() or path.suffix in (".mcap", ".db3", ".bag"):
        return BagEventReader(path, topic)
    if topic is not None:
        raise InputError(f"topic '{topic}': only bags have topics, and {path} is none")
    if path.suffix == ".aedat4":
        return Aedat4Reader(path)
    if path.suffix == ".raw":
        return RawReader(path)
    raise InputError(f"{path}: expected {READABLE}")


def write_events(
    path: Path | str,
    pieces: Iterable[Events],
    width: int,
    height: int,
    encoding: str | None = None,
    frames: Iterable[GreyFrame] = (),
) -> int:
    """Writes events and returns their number.

    Args:
        path: .raw (evt3), .aedat4, or a name without suffix: a bag folder.
        pieces: in the order of time.
        width: of the sensor.
        height: of the sensor.
        encoding: of a bag's packets; default evt3.
        frames: grey pictures; only .aedat4 keeps them.

    Raises:
        InputError: a name or encoding that does not fit, a file that exists, or events that it cannot hold.
    """
    path = Path(path)
    if encoding is not None:
        checked_encoding(encoding)
    if path.suffix == ".raw":
        if encoding not in (None, "evt3"):
            raise InputError(f"encoding '{encoding}' for {path}: a .raw file holds evt3 only")
        return write_raw(path, split(pieces), width, height)
    if path.suffix == ".aedat4":
        if encoding is not None:
            raise InputError(f"encoding '{encoding}' for {path}: an .aedat4 file has its own")
        return write_aedat4(path, split(pieces), width, height, frames)
    if path.suffix:
        raise InputError(f"{path}: expected .raw, .aedat4, or a name without suffix for a bag folder")
    return write_bag(path, split(pieces), width, height, encoding or "evt3")


def split(pieces: Iterable[Events]) -> Iterator[Events]:
    """The same events in pieces of a driver's packets: at most 10 ms and 65,536 events."""
    for events in pieces:
        first = 0
        while first < len(events):
            late = np.flatnonzero(np.abs(events.t_ns[first : first + PACKET_EVENTS] - events.t_ns[first]) >= PACKET_NS)
            count = int(late[0]) if len(late) else PACKET_EVENTS
            yield events[first : first + count]
            first += count
