"""``touchloop events codec``: event files from one format or encoding to another."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from touchloop.events.codecs.files import open_events, split, write_events
from touchloop.events.codecs.reader import EventReader
from touchloop.events.stream import Events

COLUMNS = ("x", "y", "polarity", "t_ns")


@dataclass(frozen=True)
class Codec:
    """Convert an event file: .aedat4, Prophesee .raw (EVT3), or a bag of event packets.

    The name of the new file says its format: .raw, .aedat4, or no suffix for a bag folder (MCAP), whose packets can
    have any encoding.
    """

    source: Annotated[Path, tyro.conf.Positional]
    """.aedat4, .raw, a bag folder, .mcap, .db3 or .bag."""
    target: Annotated[Path, tyro.conf.Positional]
    """New file or bag folder."""
    encoding: str | None = None
    """Of a bag's packets: evt3, libcaer, libcaer_cmp or mono; default that of the source, or evt3."""
    topic: str | None = None
    """Which one, where the source is a bag with several event topics."""
    check: bool = False
    """Read what was written and compare it, event by event; exit code 1 where they differ."""

    def run(self) -> int:
        """Convert, print counts, check."""
        reader = open_events(self.source, self.topic)
        encoding = self._encoding(reader)
        console = Console(width=None if sys.stdout.isatty() else 240)  # a pipe's lines are never wrapped
        totals = _Totals()
        frames = reader.frames() if self.target.suffix == ".aedat4" else ()
        write_events(self.target, totals.seen(reader), reader.width, reader.height, encoding, frames)
        table = Table("file", "encoding", "sensor", box=None)
        for column in ("events", "ON", "OFF", "seconds", "damaged", "bytes"):
            table.add_column(column, justify="right")
        written = open_events(self.target)
        for path, file in ((self.source, reader), (self.target, written)):
            cells = (f"{totals.events:,}", f"{totals.on:,}", f"{totals.events - totals.on:,}", f"{totals.span_s:.6f}")
            size = f"{reader.width}x{reader.height}"
            table.add_row(path.name, file.encoding, size, *cells, str(file.damaged), f"{_size_bytes(path):,}")
        console.print(table)
        if not self.check:
            return 0
        difference = first_difference(reader, written)
        console.print(
            f"[red]differs: {difference}" if difference else "[green]reads back equal, event by event", highlight=False
        )
        return 1 if difference else 0

    def _encoding(self, reader: EventReader) -> str | None:
        if self.encoding is not None or self.target.suffix:
            return self.encoding
        return "evt3" if reader.encoding == "aedat4" else reader.encoding


class _Totals:
    """Counts events on their way."""

    def __init__(self) -> None:
        self.events, self.on = 0, 0
        self._first_ns: int | None = None
        self._last_ns = 0

    def seen(self, pieces: EventReader) -> Iterator[Events]:
        for events in pieces:
            if len(events):
                self.events += len(events)
                self.on += int(events.polarity.sum())
                first_ns, last_ns = int(events.t_ns.min()), int(events.t_ns.max())
                self._first_ns = first_ns if self._first_ns is None else min(self._first_ns, first_ns)
                self._last_ns = max(self._last_ns, last_ns)
            yield events

    @property
    def span_s(self) -> float:
        return 0.0 if self._first_ns is None else (self._last_ns - self._first_ns) / 1e9


def first_difference(a: EventReader, b: EventReader) -> str:
    """Where two files differ, in words; nothing where their events are the same ones in the same order."""
    ours, theirs = _Ahead(a), _Ahead(b)
    place = 0
    while True:
        left, right = ours.waiting(), theirs.waiting()
        count = min(len(left), len(right))
        if not count:
            return "" if len(left) == len(right) else f"{'the second' if len(right) else 'the first'} has more events"
        for name in COLUMNS:
            unequal = np.flatnonzero(getattr(left, name)[:count] != getattr(right, name)[:count])
            if len(unequal):
                row = int(unequal[0])
                values = f"{getattr(left, name)[row]} and {getattr(right, name)[row]}"
                return f"event {place + row} has {name} {values}"
        ours.take(count)
        theirs.take(count)
        place += count


class _Ahead:
    """Pieces of a file, of which a part may be taken."""

    def __init__(self, reader: EventReader) -> None:
        self._pieces = split(reader)
        self._rest = Events.empty()

    def waiting(self) -> Events:
        while not len(self._rest):
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._rest = piece
        return self._rest

    def take(self, count: int) -> None:
        self._rest = self._rest[count:]


def _size_bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
