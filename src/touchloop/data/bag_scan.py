"""Reads MCAP files that end in mid-air or are damaged: every record that is whole, and what had to be skipped."""

import mmap
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from struct import Struct, unpack_from
from zlib import crc32

from backports.zstd import ZstdDecompressor, ZstdError
from lz4.frame import LZ4FrameDecompressor
from rosbags.rosbag2.storage_mcap import get_qos

from touchloop.data.bag_reader import DAMAGE, BagMessage, BagTopic
from touchloop.errors import InputError

MAGIC = b"\x89MCAP0\r\n"
_SCHEMA, _CHANNEL, _MESSAGE, _CHUNK, _DATA_END = 3, 4, 5, 6, 15
_DATA_END_BYTES = 4
# From the end: magic, checksum, where the summary's offsets start, where the summary starts.
_FOOTER_BYTES = 8 + 4 + 8 + 8
_LARGEST_OPCODE = 15
_RECORD = Struct("<BQ")
_MESSAGE_HEAD = Struct("<HIQQ")
_CHUNK_HEAD = Struct("<QQQI")
# A chunk looks like this: opcode, length, times, sizes, checksum, name of a compression, length of its records.
_CHUNK_PATTERN = re.compile(rb"\x06.{36}(?:\x00{4}|\x04\x00{3}zstd|\x03\x00{3}lz4).{8}", re.DOTALL)
_Bytes = bytes | mmap.mmap


@dataclass
class ScanReport:
    """What a scan had to leave out.

    Attributes:
        truncated: The file ends in mid-record.
        damaged_pieces: Chunks or records whose bytes are wrong.
        skipped_bytes: Bytes that no message could be read from.
    """

    truncated: bool = False
    damaged_pieces: int = 0
    skipped_bytes: int = 0


class McapScan:
    """Reads a possibly broken MCAP file from front to back.

    Chunks with a wrong checksum are left out as a whole. In a file that was never closed, the chunk that its end
    cuts off gives the messages that are whole. After a damaged record it goes on at the next chunk.

    Args:
        path: An MCAP file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.report = ScanReport()
        self._schemas: dict[int, tuple[str, str, str]] = {}
        self._channels: dict[int, BagTopic] = {}

    @property
    def topics(self) -> dict[str, BagTopic]:
        """Topics met so far; counts and hashes are not filled in."""
        return {topic.name: topic for topic in self._channels.values()}

    def messages(self) -> Iterator[BagMessage]:
        """Gives the messages that can be read, in the order of the file.

        Raises:
            InputError: The file is no MCAP file, or it cannot be opened.
        """
        try:
            with self.path.open("rb") as file:
                if file.read(len(MAGIC)) != MAGIC[: self.path.stat().st_size]:
                    raise InputError(f"{self.path} is no MCAP file: expected it to start with {MAGIC!r}")
                if self.path.stat().st_size <= len(MAGIC):
                    self.report.truncated = True
                    return
                with closing(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)) as data:
                    yield from self._file(data)
        except OSError as error:
            raise InputError(f"Cannot read {self.path}: {error.strerror}") from error

    def _file(self, data: mmap.mmap) -> Iterator[BagMessage]:
        position = len(MAGIC)
        was_closed = data[-len(MAGIC) :] == MAGIC
        if was_closed:
            self._read_summary(data)
        while position < len(data):
            body, end = _body(data, position)
            if data[position] == _DATA_END and end == body + _DATA_END_BYTES:
                return
            if end is not None and 0 < data[position] <= _LARGEST_OPCODE:
                messages = self._record(data[position], data[body:end])
            else:
                found = _next_chunk(data, position + 1)
                end = len(data) if found is None else found
                is_cut = found is None and not was_closed
                self._note_broken(end - position, is_cut)
                messages = self._record(_CHUNK, data[body:], True) if is_cut and data[position] == _CHUNK else iter(())
            yield from messages
            position = end

    def _read_summary(self, data: mmap.mmap) -> None:
        """Learns all channels from the index at the end, in case the chunk that defines them is damaged."""
        position = int.from_bytes(data[-_FOOTER_BYTES : -_FOOTER_BYTES + 8], "little")
        while 0 < position < len(data) and data[position] in (_SCHEMA, _CHANNEL):
            body, end = _body(data, position)
            if end is None:
                return
            list(self._record(data[position], data[body:end]))
            position = end

    def _note_broken(self, size: int, is_cut: bool) -> None:
        self.report.truncated |= is_cut
        self.report.damaged_pieces += not is_cut
        self.report.skipped_bytes += size

    def _record(self, opcode: int, body: bytes, is_cut: bool = False) -> Iterator[BagMessage]:
        try:
            if opcode == _SCHEMA:
                self._read_schema(body)
            elif opcode == _CHANNEL:
                self._read_channel(body)
            elif opcode == _CHUNK:
                yield from self._chunk(body, is_cut)
            elif opcode == _MESSAGE:
                yield self._message(body)
        except DAMAGE:
            self._note_broken(len(body), is_cut)

    def _chunk(self, body: bytes, is_cut: bool) -> Iterator[BagMessage]:
        """Reads the records in a chunk; of one that the end of the file cuts off, as many as there are."""
        if len(body) < _CHUNK_HEAD.size + 4:
            return
        _, _, size, checksum = _CHUNK_HEAD.unpack_from(body)
        compression, position = _string(body, _CHUNK_HEAD.size)
        packed = body[position + 8 :]
        records = _unpack(packed, compression)
        if not is_cut and (
            records is None
            or len(records) != size
            or len(packed) != unpack_from("<Q", body, position)[0]
            or (checksum and crc32(records) != checksum)
        ):
            self._note_broken(len(body), is_cut=False)
            return
        yield from self._records(records or b"")

    def _records(self, records: bytes) -> Iterator[BagMessage]:
        position = 0
        while position < len(records):
            body, end = _body(records, position)
            if end is None:
                return
            yield from self._record(records[position] if records[position] != _CHUNK else 0, records[body:end])
            position = end

    def _message(self, body: bytes) -> BagMessage:
        if len(body) < _MESSAGE_HEAD.size:
            raise ValueError("a message record is too short")
        channel, _, time_ns, _ = _MESSAGE_HEAD.unpack_from(body)
        topic = self._channels[channel]
        return BagMessage(time_ns, topic.name, topic.msgtype, body[_MESSAGE_HEAD.size :])

    def _read_schema(self, body: bytes) -> None:
        name, position = _string(body, 2)
        encoding, position = _string(body, position)
        text, _ = _string(body, position)
        self._schemas[int.from_bytes(body[:2], "little")] = (name, encoding, text)

    def _read_channel(self, body: bytes) -> None:
        name, encoding, text = self._schemas[int.from_bytes(body[2:4], "little")]
        topic, position = _string(body, 4)
        serialisation, position = _string(body, position)
        extra = body[position + 4 : position + 4 + unpack_from("<I", body, position)[0]]
        self._channels[int.from_bytes(body[:2], "little")] = BagTopic(
            topic, name, 0, tuple(get_qos(extra)), "", serialisation, text if encoding == "ros2msg" else ""
        )


def _body(data: _Bytes, position: int) -> tuple[int, int | None]:
    """Start and end of the content of the record at a position; no end if the data ends before it."""
    start = position + _RECORD.size
    if start > len(data):
        return len(data), None
    end = start + _RECORD.unpack_from(data, position)[1]
    return start, end if end <= len(data) else None


def _string(data: bytes, position: int) -> tuple[str, int]:
    end = position + 4 + int.from_bytes(data[position : position + 4], "little")
    if end > len(data):
        raise ValueError("a string runs over the end of its record")
    return data[position + 4 : end].decode(), end


def _unpack(packed: bytes, compression: str) -> bytes | None:
    """Decompresses as much as there is; None when the bytes make no sense."""
    try:
        if compression == "zstd":
            return ZstdDecompressor().decompress(packed)
        if compression == "lz4":
            return LZ4FrameDecompressor().decompress(packed)
    except (ZstdError, RuntimeError, EOFError):
        return None
    return packed if compression == "" else None


def _next_chunk(data: mmap.mmap, position: int) -> int | None:
    """Finds the next record that is a chunk beyond doubt: its lengths agree with each other and with the file."""
    while match := _CHUNK_PATTERN.search(data, position):
        start = match.start()
        body, end = _body(data, start)
        if end is not None and end - body == match.end() - body + unpack_from("<Q", data, match.end() - 8)[0]:
            return start
        position = start + 1
    return None
