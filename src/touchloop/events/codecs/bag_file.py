"""Bags with event packets: rosbag2 in SQLite or MCAP, and rosbag 1, through rosbags."""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rosbags.interfaces import Connection
from rosbags.rosbag1 import Reader as Reader1
from rosbags.rosbag1 import ReaderError as ReaderError1
from rosbags.rosbag2 import Reader as Reader2
from rosbags.rosbag2 import StoragePlugin, Writer
from rosbags.rosbag2.errors import ReaderError as ReaderError2
from rosbags.serde import SerdeError
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from touchloop.errors import InputError
from touchloop.events.codecs.codec import Decoder
from touchloop.events.codecs.reader import EventReader
from touchloop.events.codecs.registry import ENCODINGS, make_decoder, make_encoder
from touchloop.events.codecs.whole_file import new_file
from touchloop.events.packet import EventPacket
from touchloop.events.stream import Events

PACKET_TYPE = "event_camera_msgs/msg/EventPacket"
ARRAY_TYPE = "event_array_msgs/msg/EventArray"
"""Its name and package until 2023; the fields are the same."""
PACKET_DEFINITION = """
std_msgs/Header header
uint32 height
uint32 width
uint64 seq
uint64 time_base
string encoding
bool is_bigendian
uint8[] events
"""
TOPIC = "/event_camera/events"
FRAME_ID = "event_camera"
_DAMAGE = (
    ReaderError1,
    ReaderError2,
    SerdeError,
    AssertionError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    OverflowError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)
"""What rosbags and its decompressors raise on damaged bytes."""


class BagEventReader(EventReader):
    """Reads the event packets of one topic of a bag; see `EventReader`.

    Args:
        path: bag folder, or a .mcap, .db3 or .bag file.
        topic: where the bag has several with events.

    Raises:
        InputError: no such bag, a damaged one, no events in it, or several topics to choose from.
    """

    def __init__(self, path: Path, topic: str | None = None) -> None:
        self.path = path
        self._ros1_types, self._types = event_types(Stores.ROS1_NOETIC), event_types()
        files = _storage_files(path)
        self._parts = files
        topics = {c.topic for file in files for c in self._connections(file)}
        if topic is None and len(topics) > 1:
            raise InputError(f"{path} has events on several topics; name one of {', '.join(sorted(topics))}")
        if not topics or (topic is not None and topic not in topics):
            raise InputError(
                f"{path} has no events{f' on {topic}' if topic else ''}; topics with events: "
                f"{', '.join(sorted(topics)) or 'none'}"
            )
        self.topic = topic or topics.pop()
        self.damaged = 0
        first = next((packet for packet in self.packets() if packet.width and packet.height), None)
        if first is None:
            raise InputError(f"{path} has no readable event packet on {self.topic}")
        make_decoder(first.encoding, first.width, first.height)
        super().__init__(path, first.width, first.height, first.encoding)

    def __iter__(self) -> Iterator[Events]:
        self.damaged = 0
        decoders: dict[str, Decoder] = {}
        for packet in self.packets():
            if (packet.width, packet.height) != (self.width, self.height) or packet.encoding not in ENCODINGS:
                self.damaged += 1
                continue
            if packet.encoding not in decoders:
                decoders[packet.encoding] = make_decoder(packet.encoding, self.width, self.height)
            decoder = decoders[packet.encoding]
            before = decoder.damaged
            events = decoder.decode(packet.payload, packet.time_base_ns)
            self.damaged += decoder.damaged - before
            yield events

    def packets(self) -> Iterator[EventPacket]:
        """The packets as they are; what is no packet adds to ``damaged``."""
        for file in self._parts:
            reader = _opened(file)
            try:
                connections = [c for c in reader.connections if is_event_topic(c) and c.topic == self.topic]
                messages = reader.messages(connections)
                while True:
                    try:
                        connection, _, data = next(messages)
                    except StopIteration:
                        break
                    except _DAMAGE:
                        self.damaged += 1
                        break  # behind it nothing has a known start
                    packet = self._packet(data, connection.msgtype, isinstance(reader, Reader1))
                    if packet is not None:
                        yield packet
            finally:
                reader.close()

    def _packet(self, data: bytes, msgtype: str, is_ros1: bool) -> EventPacket | None:
        try:
            read = self._ros1_types.deserialize_ros1 if is_ros1 else self._types.deserialize_cdr
            message: Any = read(data, msgtype)
            stamp = message.header.stamp
            return EventPacket(
                stamp_ns=stamp.sec * 1_000_000_000 + stamp.nanosec,
                sequence=message.seq,
                width=message.width,
                height=message.height,
                encoding=message.encoding,
                time_base_ns=message.time_base,
                payload=message.events,
            )
        except _DAMAGE:
            self.damaged += 1
            return None

    def _connections(self, file: Path) -> list[Connection]:
        reader = _opened(file)
        try:
            return [connection for connection in reader.connections if is_event_topic(connection)]
        finally:
            reader.close()


def event_types(release: Stores = Stores.ROS2_JAZZY) -> Typestore:
    """Message types of a ROS release with both packet types, whether or not their packages are installed."""
    store = get_typestore(release)
    for name in (PACKET_TYPE, ARRAY_TYPE):
        store.register(get_types_from_msg(PACKET_DEFINITION, name))
    return store


def is_event_topic(connection: Connection) -> bool:
    """If packets are on it."""
    return connection.msgtype in (PACKET_TYPE, ARRAY_TYPE)


def _storage_files(path: Path) -> list[Path]:
    """A bag folder where it opens as one; else its storage files, so that one without usable metadata is read too."""
    if path.is_file():
        return [path]
    try:
        _opened(path).close()
    except InputError:
        files = sorted(file for file in path.iterdir() if file.suffix in (".mcap", ".db3"))
        if not files:
            raise
        return files
    return [path]


def _opened(path: Path) -> Reader1 | Reader2:
    try:
        reader = Reader1(path) if path.suffix == ".bag" else Reader2(path)
        reader.open()
    except _DAMAGE as error:
        raise InputError(f"{path} cannot be read as a bag; it may be damaged or not closed: {error}") from error
    return reader


def write_bag(path: Path, pieces: Iterable[Events], width: int, height: int, encoding: str) -> int:
    """Writes a bag folder (rosbag2, MCAP) with one topic of event packets and returns the number of events.

    Raises:
        InputError: events that the encoding cannot hold, or a folder that exists.
    """
    types = event_types()
    encoder = make_encoder(encoding, width, height)
    count, sequence = 0, 0
    message_type, header_type = types.types[PACKET_TYPE], types.types["std_msgs/msg/Header"]
    time_type = types.types["builtin_interfaces/msg/Time"]
    with new_file(path) as part, Writer(part, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        connection = writer.add_connection(TOPIC, PACKET_TYPE, typestore=types)
        for events in pieces:
            if not len(events):
                continue
            payload, time_base_ns = encoder.encode(events)
            stamp_ns = int(events.t_ns[0])
            message = message_type(
                header=header_type(stamp=time_type(*divmod(stamp_ns, 1_000_000_000)), frame_id=FRAME_ID),
                height=height,
                width=width,
                seq=sequence,
                time_base=time_base_ns,
                encoding=encoding,
                is_bigendian=False,
                events=np.frombuffer(payload, np.uint8),
            )
            writer.write(connection, stamp_ns, types.serialize_cdr(message, PACKET_TYPE))
            count += len(events)
            sequence += 1
    return count
