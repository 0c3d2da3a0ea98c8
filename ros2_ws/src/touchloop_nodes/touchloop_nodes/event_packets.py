"""EventPacket messages to the library's packets and back, without a copy of the events where that is possible."""

import struct

import numpy as np

from touchloop.events.packet import EventPacket
from touchloop_nodes.cdr import ENCAPSULATION, NS_PER_S

_STAMP = struct.Struct("<iI")
_LENGTH = struct.Struct("<I")
_SIZES = struct.Struct("<II")
_COUNTERS = struct.Struct("<QQ")


def packet_bytes(packet: EventPacket, frame_id: str) -> bytes:
    """The serialised message."""
    frame, encoding = (text.encode() + b"\0" for text in (frame_id, packet.encoding))
    body = bytearray(_STAMP.pack(*divmod(packet.stamp_ns, NS_PER_S)))
    body += _LENGTH.pack(len(frame)) + frame
    body += b"\0" * (-len(body) % 4) + _SIZES.pack(packet.height, packet.width)
    body += b"\0" * (-len(body) % 8) + _COUNTERS.pack(packet.sequence, packet.time_base_ns)
    body += _LENGTH.pack(len(encoding)) + encoding
    body += b"\0"
    body += b"\0" * (-len(body) % 4) + _LENGTH.pack(len(packet.payload))
    return b"".join((ENCAPSULATION, body, packet.payload.tobytes()))


def read_packet(data: bytes | memoryview) -> EventPacket:
    """The packet of a serialised message; its payload is a view of ``data``.

    Raises:
        ValueError: the message is truncated, or of a big-endian machine.
    """
    try:
        return _read(data)
    except (struct.error, UnicodeDecodeError, IndexError) as error:
        raise ValueError(f"a message of {len(data)} bytes is no EventPacket ({error})") from error


def _read(data: bytes | memoryview) -> EventPacket:
    if data[:2] != ENCAPSULATION[:2]:
        raise ValueError("an EventPacket in another byte order; expected little-endian")
    body = memoryview(data)[len(ENCAPSULATION) :]
    seconds, nanoseconds = _STAMP.unpack_from(body, 0)
    (length,) = _LENGTH.unpack_from(body, 8)
    at = 12 + length
    at += -at % 4
    height, width = _SIZES.unpack_from(body, at)
    at += 8
    at += -at % 8
    sequence, time_base_ns = _COUNTERS.unpack_from(body, at)
    at += 16
    (length,) = _LENGTH.unpack_from(body, at)
    encoding = bytes(body[at + 4 : at + 3 + length]).decode()
    at += 4 + length
    if body[at]:
        raise ValueError("events encoded on a big-endian machine; expected little-endian")
    at += 1
    at += -at % 4
    (length,) = _LENGTH.unpack_from(body, at)
    at += 4
    if at + length > len(body):
        raise ValueError(f"an EventPacket of {len(body) - at} bytes of events; its header says {length}")
    payload = np.frombuffer(body, np.uint8, length, at)
    return EventPacket(seconds * NS_PER_S + nanoseconds, sequence, width, height, encoding, time_base_ns, payload)
