"""Prophesee .raw files with EVT 3.0: a text header, then the camera's words."""

import os
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np

from touchloop.errors import InputError
from touchloop.events.codecs.evt3 import Evt3Decoder
from touchloop.events.codecs.evt3_encoder import Evt3Encoder
from touchloop.events.codecs.reader import EventReader
from touchloop.events.codecs.whole_file import new_file
from touchloop.events.stream import Events

PIECE_BYTES = 1 << 19
MAX_HEADER_BYTES = 1 << 16
TIME_BASE_KEY = "touchloop_time_base_ns"
"""A header line of ours: what to add to the file's clock. Other readers pass over it."""
_SENSOR_PIXELS = {
    "gen31": (640, 480),
    "gen3": (640, 480),
    "gen4": (1280, 720),
    "imx636": (1280, 720),
    "imx646": (1280, 720),
    "genx320": (320, 320),
}
"""Part of the plug-in's name -> sensor, for old files without a geometry; the first that fits counts."""


class RawHeader(NamedTuple):
    """What a .raw header says."""

    width: int
    height: int
    time_base_ns: int
    size_bytes: int


class RawReader(EventReader):
    """Reads a .raw file of EVT 3.0; see `EventReader`.

    Raises:
        InputError: no such file, another format, or a header without the sensor's size.
    """

    def __init__(self, path: Path) -> None:
        self._header = read_header(path)
        super().__init__(path, self._header.width, self._header.height, "evt3")

    def __iter__(self) -> Iterator[Events]:
        self.damaged = 0
        decoder = Evt3Decoder(self.width, self.height)
        # The same memory for all pieces: new memory costs more than the copy into it.
        room = np.empty(PIECE_BYTES, np.uint8)
        with self.path.open("rb") as file:
            file.seek(self._header.size_bytes)
            while count := file.readinto(room.data):
                yield decoder.decode(room[:count], self._header.time_base_ns)
                self.damaged = decoder.damaged

    def read_all(self) -> Events:
        """All events in one piece."""
        decoder = Evt3Decoder(self.width, self.height)
        with self.path.open("rb") as file:
            room = np.empty(max(os.fstat(file.fileno()).st_size - self._header.size_bytes, 0), np.uint8)
            file.seek(self._header.size_bytes)
            content = room[: file.readinto(room.data)]
        events = decoder.decode(content, self._header.time_base_ns) if len(content) else Events.empty()
        self.damaged = decoder.damaged
        return events


def read_header(path: Path) -> RawHeader:
    """Reads and checks the text before the events."""
    fields, size_bytes = _header_fields(path)
    words = fields.get("format", "").split(";")
    parts = dict(word.split("=", 1) for word in words[1:] if "=" in word)
    encoding = words[0].upper() or {"2.0": "EVT2", "2.1": "EVT21", "3.0": "EVT3"}.get(fields.get("evt", ""), "")
    if encoding != "EVT3":
        raise InputError(f"{path} has events as {encoding or 'an unnamed format'}; only EVT3 is read from .raw files")
    if match := re.fullmatch(r"(\d+)x(\d+)", fields.get("geometry", "")):
        width, height = int(match[1]), int(match[2])
    elif {"width", "height"} <= parts.keys() and (parts["width"] + parts["height"]).isdecimal():
        width, height = int(parts["width"]), int(parts["height"])
    else:
        plugin = fields.get("plugin_name", "").lower()
        width, height = next((size for name, size in _SENSOR_PIXELS.items() if name in plugin), (0, 0))
    if not width or not height:
        raise InputError(
            f"{path}: its header does not say the sensor's size; expected a line '% geometry WIDTHxHEIGHT'"
        )
    time_base = fields.get(TIME_BASE_KEY, "0")
    if not time_base.isdecimal():
        raise InputError(f"{path}: {TIME_BASE_KEY} '{time_base}' in its header; expected nanoseconds")
    return RawHeader(width, height, int(time_base), size_bytes)


def _header_fields(path: Path) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    with path.open("rb") as file:
        start = file.read(MAX_HEADER_BYTES)
    position = 0
    while start.startswith(b"% ", position) and (stop := start.find(b"\n", position)) >= 0:
        key, _, value = start[position + 2 : stop].decode("utf-8", "replace").strip().partition(" ")
        position = stop + 1
        if key == "end":
            break
        fields[key] = value.strip()
    if not fields:
        raise InputError(f"{path} is not a Prophesee .raw file: it does not start with a header of lines '% KEY VALUE'")
    return fields, position


def write_raw(path: Path, pieces: Iterable[Events], width: int, height: int) -> int:
    """Writes a .raw file of EVT 3.0 and returns the number of events.

    Raises:
        InputError: events that it cannot hold, or a file that exists.
    """
    encoder = Evt3Encoder(width, height)
    count, is_first = 0, True
    with new_file(path) as part, part.open("wb") as file:
        for events in pieces:
            payload, time_base_ns = encoder.encode(events)
            if is_first and payload:
                file.write(_header_text(width, height, time_base_ns).encode())
                is_first = False
            file.write(payload)
            count += len(events)
        if is_first:
            file.write(_header_text(width, height, 0).encode())
    return count


def _header_text(width: int, height: int, time_base_ns: int) -> str:
    lines = {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}",
        "evt": "3.0",
        "format": f"EVT3;height={height};width={width}",
        "geometry": f"{width}x{height}",
        **({TIME_BASE_KEY: str(time_base_ns)} if time_base_ns else {}),
    }
    return "".join(f"% {key} {value}\n" for key, value in lines.items()) + "% end\n"
