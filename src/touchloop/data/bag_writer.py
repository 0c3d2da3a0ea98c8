"""Writes bags in rosbag2's layout: a folder with one MCAP file and `metadata.yaml`."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from rosbags.interfaces import Connection, Qos
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin, Writer
from rosbags.rosbag2.errors import WriterError

from touchloop.data.bag_storage import SafeMcapWriter
from touchloop.data.bag_types import MessageTypes, TypeDefinition
from touchloop.errors import InputError

Compression = Literal["none", "zstd"]
METADATA_NAME = "metadata.yaml"


class _SafeWriter(Writer):
    STORAGE_PLUGINS = MappingProxyType({StoragePlugin.MCAP: SafeMcapWriter})


class BagWriter:
    """Writes serialised messages into a new bag folder.

    Not thread-safe; `BackgroundBagWriter` wraps it. What `flush` has written survives SIGKILL; a full disk
    costs at most the messages since the last flush.

    Args:
        directory: The bag folder to create; its parent is created too.
        types: Where definitions of message types come from.
        compression: `zstd` compresses whole chunks.

    Raises:
        InputError: The folder exists already or cannot be created.
    """

    def __init__(self, directory: Path, types: MessageTypes | None = None, compression: Compression = "none") -> None:
        if compression not in ("none", "zstd"):
            raise InputError(f"Unknown compression {compression!r}: expected 'none' or 'zstd'")
        self.directory = Path(directory)
        self.types = types or MessageTypes()
        self.message_count = 0
        self._topics: dict[str, Connection] = {}
        try:
            self._writer = _SafeWriter(self.directory, version=9, storage_plugin=StoragePlugin.MCAP)
        except WriterError as error:
            raise InputError(
                f"The bag folder {self.directory} exists already: choose another name, or remove it first"
            ) from error
        if compression == "zstd":
            self._writer.set_compression(CompressionMode.STORAGE, CompressionFormat.ZSTD)
        try:
            self._writer.open()
        except OSError as error:
            shutil.rmtree(self.directory, ignore_errors=True)
            raise InputError(
                f"Cannot create the bag folder {self.directory}: {error.strerror}; "
                "expected a folder that may be written, with some free space"
            ) from error

    @property
    def _storage(self) -> SafeMcapWriter:
        return cast("SafeMcapWriter", self._writer.storage)

    @property
    def topics(self) -> frozenset[str]:
        """Topics added so far."""
        return frozenset(self._topics)

    @property
    def bytes_written(self) -> int:
        """Bytes in the file so far."""
        return self._storage.bytes_written

    def add_topic(
        self, topic: str, msgtype: str, qos: Sequence[Qos] = (), definition: TypeDefinition | None = None
    ) -> None:
        """Adds a topic; needed before its first message.

        Args:
            topic: Full name, such as `/wrench`.
            msgtype: Such as `geometry_msgs/msg/WrenchStamped`.
            qos: What its publishers offer, for replays.
            definition: The type's definition where it is not an installed one, such as from another bag.

        Raises:
            InputError: The topic is there already, or the type is unknown.
        """
        if topic in self._topics:
            raise InputError(f"Topic {topic} was added to the bag before, as {self._topics[topic].msgtype}")
        text, type_hash = definition or self.types.describe(msgtype)
        self._topics[topic] = self._writer.add_connection(
            topic, msgtype, msgdef=text, rihs01=type_hash, offered_qos_profiles=qos
        )

    def write(self, topic: str, time_ns: int, data: bytes) -> None:
        """Adds a message; every megabyte goes to the disk by itself.

        Args:
            topic: One added before.
            time_ns: Log time, ROS clock.
            data: Serialised message with its CDR header.

        Raises:
            InputError: Unknown topic or negative time.
            OSError: The disk is full or gone; what was written before is safe: call `close`.
        """
        connection = self._topics.get(topic)
        if connection is None:
            raise InputError(f"Topic {topic} was not added to the bag; it has {', '.join(sorted(self._topics))}")
        if time_ns < 0:
            raise InputError(f"Log time {time_ns} ns of a message on {topic} is negative")
        self._writer.write(connection, time_ns, data)
        self.message_count += 1

    def flush(self) -> None:
        """Hands all messages so far to the operating system; raises OSError as `write` does."""
        self._storage.flush()

    def close(self) -> int:
        """Ends the bag with its index and metadata.

        Returns:
            Messages lost because the disk was full: 0 in most cases even then.

        Raises:
            OSError: Not even index and metadata could be written; the bag can be recovered later.
        """
        storage = self._storage
        try:
            lost = storage.finish_data()
            for channel, count in lost.items():
                self._writer.counts[channel] -= count
            self._writer.min_timestamp = storage.message_start_time
            self._writer.max_timestamp = storage.message_end_time
            self._writer.close()
        except OSError:
            self._writer.abort()
            raise
        self.message_count -= sum(lost.values())
        return sum(lost.values())

    def abort(self) -> None:
        """Closes the file without index and metadata, after an error."""
        self._writer.abort()
