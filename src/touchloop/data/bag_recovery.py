"""Repairs bags whose recorder was killed, and bags with damaged bytes."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from errno import ENOSPC
from pathlib import Path

from rosbags.typesys import TypesysError

from touchloop.data.bag_reader import BagReader, BagTopic
from touchloop.data.bag_scan import McapScan
from touchloop.data.bag_storage import RESERVE_NAME
from touchloop.data.bag_types import MessageTypes, TypeDefinition
from touchloop.data.bag_writer import METADATA_NAME, BagWriter, Compression
from touchloop.errors import InputError

_KEPT_SUFFIX = ".damaged"


@dataclass(frozen=True)
class Recovery:
    """The outcome of a repair.

    Attributes:
        directory: The bag, now complete.
        messages: Messages in it.
        truncated: Its file ended in mid-record, as after SIGKILL.
        damaged_pieces: Chunks or records that had to be left out; the damaged file is kept beside the new one.
    """

    directory: Path
    messages: int
    truncated: bool
    damaged_pieces: int

    def __str__(self) -> str:
        damage = f", {self.damaged_pieces} damaged pieces left out" if self.damaged_pieces else ""
        return f"recovered {self.messages} messages{damage}"


def needs_recovery(directory: Path) -> bool:
    """Tells whether a folder is a bag that was never closed or that cannot be opened."""
    if not directory.is_dir():
        return False
    if not any(directory.glob("*.mcap")):
        return False
    if not (directory / METADATA_NAME).is_file():
        return True
    try:
        with BagReader(directory):
            return False
    except InputError:
        return True


def is_intact(directory: Path) -> bool:
    """Tells whether every message of a bag can be read; reads the whole bag."""
    try:
        with BagReader(directory) as bag:
            for _ in bag.messages():
                pass
    except InputError:
        return False
    return True


def being_recorded(directory: Path) -> bool:
    """Tells whether one of our recorders has the bag open right now."""
    for path in directory.glob("*.mcap"):
        with path.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False


def recover_bag(directory: Path) -> Recovery:
    """Rewrites a broken bag with everything that can still be read, and its metadata.

    The bag stays as it is until the new file is complete. Files with damaged bytes are kept with the suffix
    `.damaged`; files that were only cut off are replaced.

    Raises:
        InputError: No bag, still being recorded, or no space for the new file.
    """
    directory = Path(directory)
    if not directory.is_dir():
        raise InputError(f"There is no bag folder {directory}")
    sources = sorted(directory.glob("*.mcap"), key=_part_order)
    if not sources:
        what = "SQLite keeps nothing of an unfinished bag" if any(directory.glob("*.db3*")) else "no *.mcap file in it"
        raise InputError(f"The bag {directory} cannot be recovered: {what}")
    if being_recorded(directory):
        raise InputError(f"The bag {directory} is being recorded; stop the recorder first")
    try:
        with _workplace(directory) as fresh:
            return _rewrite(directory, sources, fresh)
    except OSError as error:
        raise InputError(f"Cannot recover {directory}: {error.strerror}; nothing was changed") from error


def _rewrite(directory: Path, sources: list[Path], fresh: Path) -> Recovery:
    scans = [McapScan(path) for path in sources]
    writer = BagWriter(fresh, compression=_compression_of(sources[0]))
    try:
        _copy(scans, writer)
        if writer.close():
            raise OSError(ENOSPC, os.strerror(ENOSPC))
    except BaseException:
        writer.abort()
        raise
    damaged = sum(scan.report.damaged_pieces for scan in scans)
    _replace(directory, sources, fresh, keep=damaged > 0)
    return Recovery(directory, writer.message_count, any(scan.report.truncated for scan in scans), damaged)


def _copy(scans: list[McapScan], writer: BagWriter) -> None:
    definitions = _Definitions()

    def know(topic: BagTopic) -> None:
        if topic.name not in writer.topics:
            writer.add_topic(topic.name, topic.msgtype, topic.qos, definitions.of(topic))

    for scan in scans:
        for message in scan.messages():
            know(scan.topics[message.topic])
            writer.write(message.topic, message.time_ns, message.data)
        for topic in scan.topics.values():
            know(topic)


class _Definitions:
    """Definitions and hashes as the broken bag carries them, else the installed ones; the hash is computed anew."""

    def __init__(self) -> None:
        self._installed = MessageTypes()
        self._carried = MessageTypes(prefixes=())

    def of(self, topic: BagTopic) -> TypeDefinition:
        if topic.definition:
            try:
                self._carried.register_text(topic.msgtype, topic.definition)
                return TypeDefinition(topic.definition, self._carried.describe(topic.msgtype).type_hash)
            except (InputError, TypesysError, LookupError, AttributeError):
                # The definition itself is damaged.
                return self._installed.describe(topic.msgtype)
        return self._installed.describe(topic.msgtype)


@contextmanager
def _workplace(directory: Path) -> Iterator[Path]:
    # The new file takes its name from its folder, so the folder inside is called like the bag.
    parent = Path(tempfile.mkdtemp(prefix=".recovering-", dir=directory.resolve().parent))
    try:
        yield parent / directory.resolve().name
    finally:
        shutil.rmtree(parent, ignore_errors=True)


def _replace(directory: Path, sources: list[Path], fresh: Path, *, keep: bool) -> None:
    (new_file,) = fresh.glob("*.mcap")
    (directory / METADATA_NAME).unlink(missing_ok=True)
    if keep:
        for path in sources:
            path.replace(path.with_name(path.name + _KEPT_SUFFIX))
    target = directory / new_file.name
    new_file.replace(target)
    for path in sources:
        if path != target:
            path.unlink(missing_ok=True)
    (fresh / METADATA_NAME).replace(directory / METADATA_NAME)
    (directory / RESERVE_NAME).unlink(missing_ok=True)


def _part_order(path: Path) -> tuple[int, str]:
    number = path.stem.rpartition("_")[2]
    return (int(number) if number.isdigit() else 0, path.name)


def _compression_of(path: Path) -> Compression:
    with path.open("rb") as file:
        return "zstd" if b"\x04\x00\x00\x00zstd" in file.read(2**16) else "none"
