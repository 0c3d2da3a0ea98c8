"""Fast and repeatable serialisation of messages as ROS 2 sends them (plain CDR, little-endian).

rclpy leaves the padding between fields uninitialised, so equal messages differ in their bytes; here padding is zero.
Building and converting a message object costs rclpy 30 us, patching prepared bytes 1 us.
"""

import struct
from typing import Any

import numpy as np
from rosidl_parser.definition import AbstractSequence, AbstractString, Array, BasicType, NamespacedType

ENCAPSULATION = b"\x00\x01\x00\x00"
"""Plain CDR, little-endian; alignment counts from behind it."""
STAMP_OFFSET = len(ENCAPSULATION)
NS_PER_S = 1_000_000_000

_FORMATS = {
    "boolean": "?",
    "octet": "c",
    "char": "B",
    "uint8": "B",
    "int8": "b",
    "uint16": "H",
    "int16": "h",
    "uint32": "I",
    "int32": "i",
    "uint64": "Q",
    "int64": "q",
    "float": "f",
    "double": "d",
}
_STAMP = struct.Struct("<iI")
_LENGTH = struct.Struct("<I")


def encode(message: Any) -> bytes:
    """Serialises any message object; the same message always gives the same bytes."""
    body = bytearray()
    _put_message(body, message)
    return ENCAPSULATION + bytes(body)


def _put_message(body: bytearray, message: Any) -> None:
    for name, slot_type in zip(message.get_fields_and_field_types(), message.SLOT_TYPES, strict=True):
        _put(body, slot_type, getattr(message, name))


def _put(body: bytearray, slot_type: Any, value: Any) -> None:
    if isinstance(slot_type, BasicType):
        _put_basic(body, _FORMATS[slot_type.typename], [value])
    elif isinstance(slot_type, AbstractString):
        text = value.encode() + b"\0"
        _put_basic(body, "I", [len(text)])
        body += text
    elif isinstance(slot_type, NamespacedType):
        _put_message(body, value)
    elif isinstance(slot_type, (Array, AbstractSequence)):
        if isinstance(slot_type, AbstractSequence):
            _put_basic(body, "I", [len(value)])
        _put_elements(body, slot_type.value_type, value)
    else:
        raise TypeError(f"cannot serialise a field of type {slot_type}")


def _put_elements(body: bytearray, element_type: Any, values: Any) -> None:
    if isinstance(element_type, BasicType):
        code = _FORMATS[element_type.typename]
        if struct.calcsize(code) == 1 and code != "c":
            body += bytes(values)
        else:
            _put_basic(body, code, values)
    else:
        for value in values:
            _put(body, element_type, value)


def _put_basic(body: bytearray, code: str, values: Any) -> None:
    body += b"\0" * (-len(body) % struct.calcsize(code))
    body += struct.pack(f"<{len(values)}{code}", *values)


def stamp_of(data: bytes) -> int:
    """Nanoseconds of a serialised message that begins with a stamp (every message with a header, and Clock).

    Raises:
        ValueError: the message is too short for one.
    """
    try:
        seconds, nanoseconds = _STAMP.unpack_from(data, STAMP_OFFSET)
    except struct.error as error:
        raise ValueError(f"a message of {len(data)} bytes has no stamp") from error
    return seconds * NS_PER_S + nanoseconds


def _frame_length(data: bytes) -> int:
    """Bytes of the header's frame_id with its closing zero; raises ValueError for a message that has no header."""
    try:
        return _LENGTH.unpack_from(data, STAMP_OFFSET + _STAMP.size)[0]
    except struct.error as error:
        raise ValueError(f"a message of {len(data)} bytes has no header") from error


class Template:
    """A serialised message that begins with a stamp, of which the stamp and equally long tails change.

    Args:
        message: with everything that stays as it is; the changing tail holds as many elements as it always will.
    """

    def __init__(self, message: Any) -> None:
        self._buffer = bytearray(encode(message))

    def __len__(self) -> int:
        return len(self._buffer)

    def view(self, dtype: str, count: int, end: int = 0) -> np.ndarray:
        """A writable view (count,) of numbers inside the message, the last of them ``end`` bytes before its end."""
        size = count * np.dtype(dtype).itemsize
        return np.frombuffer(self._buffer, dtype, count, len(self._buffer) - end - size)

    def stamped(self, stamp_ns: int) -> bytes:
        """The message's bytes as of now, with this stamp."""
        _STAMP.pack_into(self._buffer, STAMP_OFFSET, *divmod(stamp_ns, NS_PER_S))
        return bytes(self._buffer)


class DoublesTemplate(Template):
    """A stamped message that ends with ``count`` doubles: PoseStamped, TwistStamped, WrenchStamped."""

    def __init__(self, message: Any, count: int) -> None:
        super().__init__(message)
        self._values = self.view("<f8", count)

    def filled(self, stamp_ns: int, values: np.ndarray) -> bytes:
        """The message's bytes with this stamp and these doubles (count,)."""
        self._values[:] = values
        return self.stamped(stamp_ns)


class StampedDoubles:
    """Reads a stamped message with a header whose other fields are exactly ``count`` doubles."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._size = 8 * count

    def stamp_and_values(self, data: bytes) -> tuple[int, np.ndarray]:
        """Stamp in nanoseconds and an array (count,).

        Raises:
            ValueError: the message is of another length.
        """
        offset = len(data) - self._size
        after_frame = 12 + _frame_length(data)
        if offset != STAMP_OFFSET + after_frame + (-after_frame % 8):
            raise ValueError(f"a message of {len(data)} bytes does not hold a header and {self._count} doubles")
        # A copy, since compiled functions would be compiled anew for a read-only array.
        return stamp_of(data), np.frombuffer(data, "<f8", self._count, offset).copy()


def frame_of(data: bytes) -> str:
    """The header's frame_id of a serialised message; raises ValueError for one that has no header."""
    return data[16 : 15 + _frame_length(data)].decode(errors="replace")
