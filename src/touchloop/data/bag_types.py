"""Message definitions for bags, found without ROS: in the share folders of the installed packages."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from struct import Struct
from typing import TYPE_CHECKING, NamedTuple

from rosbags.interfaces import Nodetype
from rosbags.typesys import Stores, TypesysError, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from touchloop.errors import InputError

if TYPE_CHECKING:
    from rosbags.interfaces.typing import FieldDesc

CDR_HEADER_BYTES = 4
TIME_TYPE = "builtin_interfaces/msg/Time"
_TIME = {1: Struct("<iI"), 0: Struct(">iI")}
_COUNT = {1: Struct("<I"), 0: Struct(">I")}

StampReader = Callable[[bytes], int | None]


class TypeDefinition(NamedTuple):
    """The text of a message definition (with all nested ones) and its RIHS01 hash, as both go into a bag."""

    text: str
    type_hash: str


def message_folders() -> tuple[Path, ...]:
    """Folders that hold `share/PACKAGE/msg`: AMENT_PREFIX_PATH first, then the Python environment's own prefix."""
    named = [Path(entry) for entry in os.environ.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if entry]
    return tuple(dict.fromkeys([*named, Path(sys.prefix)]))


class MessageTypes:
    """Looks message types up by name, registers them with all that they contain, and describes them.

    Installed definitions win over those that ship with rosbags, so that hashes match what is on the wire.

    Args:
        prefixes: Installation prefixes to search; default `message_folders()`.
    """

    def __init__(self, prefixes: Sequence[Path] | None = None) -> None:
        self.prefixes = tuple(message_folders() if prefixes is None else prefixes)
        self.store: Typestore = get_typestore(Stores.EMPTY)
        self._described: dict[str, TypeDefinition] = {}

    def ensure(self, msgtype: str) -> None:
        """Registers a type and those that it contains.

        Raises:
            InputError: No package with such a message is installed.
        """
        if msgtype not in self.store.fielddefs:
            found: dict = {}
            self._collect(msgtype, found, needed_by=None)
            self.store.register(found)

    def register_text(self, msgtype: str, text: str) -> None:
        """Registers a type from the definition that a bag carries; types already known stay as they are."""
        try:
            found = get_types_from_msg(text, msgtype)
            self.store.register({name: fields for name, fields in found.items() if name not in self.store.fielddefs})
        except TypesysError as error:
            raise InputError(f"The definition of {msgtype} in the bag cannot be parsed: {error}") from error

    def describe(self, msgtype: str) -> TypeDefinition:
        """Gives the definition and the hash of a type; raises InputError for an unknown one."""
        if msgtype not in self._described:
            self.ensure(msgtype)
            text, _ = self.store.generate_msgdef(msgtype, ros_version=2)
            self._described[msgtype] = TypeDefinition(text, self.store.hash_rihs01(msgtype))
        return self._described[msgtype]

    def stamp_reader(self, msgtype: str) -> StampReader:
        """Makes a function that reads a message's stamp in ns straight from its CDR bytes, or None without one.

        A message has a stamp when its first field leads to a time: a header, a bare stamp (`/clock`), or a
        sequence whose first element has one (`/tf`). A stamp of zero counts as none.
        """
        self.ensure(msgtype)
        fields = self.store.fielddefs[msgtype][1]
        first = fields[0][1]
        if self._leads_to_time(first):
            return lambda data: _time_at(data, CDR_HEADER_BYTES)
        if first[0] == Nodetype.SEQUENCE and self._leads_to_time(first[1][0]):
            return _time_of_first_element
        return lambda _: None

    def _leads_to_time(self, field: "FieldDesc") -> bool:
        if field[0] != Nodetype.NAME:
            return False
        return field[1] == TIME_TYPE or self._leads_to_time(self.store.fielddefs[field[1]][1][0][1])

    def _collect(self, msgtype: str, found: dict, needed_by: str | None) -> None:
        if msgtype in found or msgtype in self.store.fielddefs:
            return
        found[msgtype] = self._fields_of(msgtype, needed_by)
        for _, (kind, detail) in found[msgtype][1]:
            kind, detail = detail[0] if kind in (Nodetype.ARRAY, Nodetype.SEQUENCE) else (kind, detail)
            if kind == Nodetype.NAME:
                self._collect(detail, found, msgtype)

    def _fields_of(self, msgtype: str, needed_by: str | None) -> tuple:
        package, _, name = msgtype.partition("/msg/")
        for prefix in self.prefixes:
            path = prefix / "share" / package / "msg" / f"{name}.msg"
            if path.is_file():
                return get_types_from_msg(path.read_text(), msgtype)[msgtype]
        shipped = get_typestore(Stores.ROS2_KILTED).fielddefs
        if msgtype in shipped:
            return shipped[msgtype]
        owner = f", needed by {needed_by}" if needed_by else ""
        searched = ", ".join(str(prefix / "share") for prefix in self.prefixes)
        raise InputError(
            f"No definition of the message type {msgtype!r}{owner}: "
            f"expected PACKAGE/msg/NAME.msg under one of {searched}"
        )


def _time_at(data: bytes, offset: int) -> int | None:
    if len(data) < offset + 8:
        return None
    seconds, nanoseconds = _TIME[data[1] & 1].unpack_from(data, offset)
    return seconds * 1_000_000_000 + nanoseconds or None


def _time_of_first_element(data: bytes) -> int | None:
    if len(data) < CDR_HEADER_BYTES + 4 or not _COUNT[data[1] & 1].unpack_from(data, CDR_HEADER_BYTES)[0]:
        return None
    return _time_at(data, CDR_HEADER_BYTES + 4)
