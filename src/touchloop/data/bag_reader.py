"""Reads bags: ours and those of `ros2 bag record`, MCAP or SQLite, one folder or several parts of one run."""

import heapq
import struct
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Self

from backports.zstd import ZstdError
from rosbags.interfaces import Connection, MessageDefinitionFormat, Qos
from rosbags.rosbag2 import Reader
from rosbags.rosbag2.errors import ReaderError

from touchloop.data.bag_types import MessageTypes, TypeDefinition
from touchloop.errors import InputError

# What rosbags and its decompressors raise on damaged bytes, as tried with random damage.
DAMAGE = (
    ReaderError,
    ZstdError,
    OSError,
    EOFError,
    AssertionError,
    LookupError,
    MemoryError,
    OverflowError,
    RuntimeError,
    struct.error,
    TypeError,
    ValueError,
)


class BagMessage(NamedTuple):
    """One recorded message: log time in ns of the ROS clock, and its serialised bytes with CDR header."""

    time_ns: int
    topic: str
    msgtype: str
    data: bytes


class BagTopic(NamedTuple):
    """What a bag knows about a topic."""

    name: str
    msgtype: str
    messages: int
    qos: tuple[Qos, ...]
    type_hash: str
    serialisation: str
    definition: str


class BagReader:
    """Reads one bag, or several that continue each other, in order of log time. Use it as a context manager.

    Args:
        paths: Bag folder or file, or several (see `bag_parts`).

    Raises:
        InputError: On entering: no such bag, or it is damaged or was never closed (see `recover_bag`).
    """

    def __init__(self, paths: Path | str | Sequence[Path]) -> None:
        many = [paths] if isinstance(paths, Path | str) else paths
        self.paths = tuple(Path(path) for path in many)
        if not self.paths:
            raise InputError("No bag was named")
        self.types = MessageTypes(prefixes=())
        self.topics: dict[str, BagTopic] = {}
        self._installed = MessageTypes()
        self._readers: list[Reader] = []
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        try:
            for path in self.paths:
                reader = _opened(path)
                self._stack.callback(reader.close)
                self._readers.append(reader)
        except BaseException:
            self._stack.close()
            raise
        for reader in self._readers:
            for connection in reader.connections:
                self._add(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._readers.clear()
        self._stack.close()

    @property
    def message_count(self) -> int:
        """Messages on all topics."""
        return sum(reader.message_count for reader in self._readers)

    @property
    def start_ns(self) -> int:
        """Log time of the first message; 0 for an empty bag."""
        return min((reader.start_time for reader in self._readers if reader.message_count), default=0)

    @property
    def end_ns(self) -> int:
        """Log time of the last message; 0 for an empty bag."""
        return max((reader.end_time - 1 for reader in self._readers if reader.message_count), default=0)

    def messages(
        self, topics: Collection[str] | None = None, start_ns: int | None = None, stop_ns: int | None = None
    ) -> Iterator[BagMessage]:
        """Gives messages in order of log time.

        Args:
            topics: Only these; all by default.
            start_ns: Only from this log time on.
            stop_ns: Only before this log time.

        Raises:
            InputError: A topic is not in the bag, or the bag is damaged further on.
        """
        if topics is not None and (unknown := sorted(set(topics) - set(self.topics))):
            raise InputError(f"Not in the bag: {', '.join(unknown)}; it has {', '.join(sorted(self.topics))}")
        streams = [self._stream(reader, topics, start_ns, stop_ns) for reader in self._readers]
        return heapq.merge(*streams, key=lambda message: message.time_ns) if len(streams) > 1 else streams[0]

    def decode(self, message: BagMessage) -> object:
        """Deserialises a message by the definition in the bag; fields as attributes, arrays as numpy."""
        self._know(message.topic)
        return self.types.store.deserialize_cdr(message.data, message.msgtype)

    def stamp_reader(self, topic: str):
        """As `MessageTypes.stamp_reader`, for a topic of this bag."""
        self._know(topic)
        return self.types.stamp_reader(self.topics[topic].msgtype)

    def type_definition(self, topic: str) -> TypeDefinition:
        """The definition and hash that the bag carries for a topic's type, or the installed ones."""
        entry = self.topics[topic]
        if entry.definition and entry.type_hash:
            return TypeDefinition(entry.definition, entry.type_hash)
        self._know(topic)
        return self.types.describe(entry.msgtype)

    def _know(self, topic: str) -> None:
        msgtype = self.topics[topic].msgtype
        if msgtype in self.types.store.fielddefs:
            return
        text = self.topics[topic].definition or self._installed.describe(msgtype).text
        self.types.register_text(msgtype, text)

    def _stream(
        self, reader: Reader, topics: Collection[str] | None, start_ns: int | None, stop_ns: int | None
    ) -> Iterator[BagMessage]:
        wanted = [entry for entry in reader.connections if topics is None or entry.topic in topics]
        if not wanted:
            return
        try:
            for connection, time_ns, data in reader.messages(wanted, start_ns, stop_ns):
                yield BagMessage(time_ns, connection.topic, connection.msgtype, data)
        except DAMAGE as error:
            raise InputError(f"The bag {reader.path} is damaged: {error}; `touchloop bag recover` may help") from error

    def _add(self, connection: Connection) -> None:
        before = self.topics.get(connection.topic)
        if before is not None and before.msgtype != connection.msgtype:
            raise InputError(
                f"Topic {connection.topic} has two types in {', '.join(map(str, self.paths))}: "
                f"{before.msgtype} and {connection.msgtype}; expected one"
            )
        is_text = connection.msgdef.format == MessageDefinitionFormat.MSG
        qos: list[Qos] = getattr(connection.ext, "offered_qos_profiles", [])
        self.topics[connection.topic] = BagTopic(
            connection.topic,
            connection.msgtype,
            connection.msgcount + (before.messages if before else 0),
            tuple(qos) or (before.qos if before else ()),
            connection.digest or (before.type_hash if before else ""),
            getattr(connection.ext, "serialization_format", "cdr"),
            connection.msgdef.data if is_text else "",
        )


def _opened(path: Path) -> Reader:
    if path.is_dir() and not (path / "metadata.yaml").is_file():
        raise InputError(
            f"The bag {path} has no metadata.yaml: its recorder was killed, or it is no bag; "
            f"run `touchloop bag recover {path}`"
        )
    try:
        reader = Reader(path)
        reader.open()
    except FileNotFoundError as error:
        raise InputError(f"There is no bag {path}") from error
    except DAMAGE as error:
        raise InputError(f"The bag {path} cannot be read: {error}; `touchloop bag recover` may help") from error
    return reader
