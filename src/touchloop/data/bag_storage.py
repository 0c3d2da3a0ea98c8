"""MCAP storage whose chunks reach the disk whole, checked by a checksum, at any moment that the caller likes."""

from collections import defaultdict
from io import BufferedWriter, BytesIO
from pathlib import Path
from typing import cast
from zlib import crc32

from rosbags.rosbag2.enums import CompressionMode
from rosbags.rosbag2.storage_mcap import McapWriter, PendingChunk

from touchloop.data.bag_file import AppendFile, DiskReserve

RESERVE_NAME = ".reserve"
# A chunk record starts with its opcode (1), length (8), start, end and size (8 each); then comes the checksum.
_CHECKSUM_OFFSET = 1 + 8 + 3 * 8
_SUMMARY_MARGIN_BYTES = 2**18


class SafeMcapWriter(McapWriter):
    """The MCAP writer of rosbags, made safe against SIGKILL, full disks and damaged bytes.

    `close_chunk` either writes the whole pending chunk or leaves file and chunk as they were and raises OSError.
    """

    bio: AppendFile  # pyright: ignore[reportIncompatibleVariableOverride]

    def __init__(self, path: Path, compression: CompressionMode) -> None:
        super().__init__(path, compression)
        # What rosbags opened is a buffered file; its header is the only thing in the buffer so far.
        self.bio = AppendFile(cast("BufferedWriter", self.bio).detach())  # pyright: ignore[reportArgumentType]
        self.reserve = DiskReserve(path / RESERVE_NAME)
        self.bytes_written = self.bio.tell()
        self._index_bytes = 0
        self._spans: list[tuple[int, int]] = []

    def close_chunk(self) -> None:
        """Writes the pending chunk whole, or raises OSError and keeps it pending."""
        pending = self.chunk
        checksum = crc32(pending.bio.getvalue())
        start = self.bio.tell()
        super().close_chunk()
        self.bio.patch(start + _CHECKSUM_OFFSET, checksum.to_bytes(4, "little"))
        index_bytes = self._index_bytes + self.chunks[-1].tell() + 9
        try:
            self.reserve.ensure(index_bytes + _SUMMARY_MARGIN_BYTES)
            self.bio.commit()
        except OSError:
            self.bio.drop()
            self.chunk = pending
            self.chunks.pop()
            raise
        self._index_bytes = index_bytes
        self.bytes_written = self.bio.tell()
        if pending.msgs:
            self._spans.append((pending.message_start_time, pending.message_end_time))

    def flush(self) -> None:
        """Writes the pending messages, if any."""
        if self.chunk.msgs:
            self.close_chunk()

    def finish_data(self) -> dict[int, int]:
        """Writes the last chunk, with the help of the reserve where the disk is full.

        Returns:
            Messages per channel that had to be given up: none unless even the reserve was too small.
        """
        self.reserve.release()
        try:
            self.flush()
        except OSError:
            lost = {channel: len(entries) for channel, entries in self.chunk.msgs.items()}
            for channel, count in lost.items():
                self.channel_stats[channel] -= count
            self.message_start_time = min((start for start, _ in self._spans), default=2**63 - 1)
            self.message_end_time = max((end for _, end in self._spans), default=0)
            self.chunk = PendingChunk(0, 0, BytesIO(), defaultdict(list))
            return lost
        self.chunk.message_start_time = 0
        return {}
