"""A file that grows by whole pieces only, so that a full disk never leaves half a record behind."""

import fcntl
import os
from io import FileIO
from pathlib import Path

_INITIAL_RESERVE_BYTES = 2 * 2**20


class AppendFile:
    """Collects bytes in memory and appends them in one go.

    Implements the part of a binary file that the MCAP writer uses. Holds a lock as long as it is open, which
    tells a recovery that the file still has a writer.

    Args:
        file: An open, unbuffered, writable file at its end; owned from now on.
    """

    def __init__(self, file: FileIO) -> None:
        self._file = file
        self._committed = file.tell()
        self._pending = bytearray()
        fcntl.flock(file.fileno(), fcntl.LOCK_EX)

    def write(self, data: bytes | memoryview) -> int:
        """Adds bytes; they reach the file with the next commit."""
        self._pending += data
        return len(data)

    def tell(self) -> int:
        """Gives the position after the bytes added last."""
        return self._committed + len(self._pending)

    def patch(self, position: int, data: bytes) -> None:
        """Overwrites bytes that are not committed yet."""
        start = position - self._committed
        self._pending[start : start + len(data)] = data

    def drop(self) -> None:
        """Forgets what is not committed yet."""
        self._pending = bytearray()

    def commit(self) -> None:
        """Hands everything to the operating system; on failure the file is as before and the bytes are dropped.

        Raises:
            OSError: The disk is full, broken or gone.
        """
        pending, self._pending = self._pending, bytearray()
        try:
            view = memoryview(pending)
            while view:
                view = view[self._file.write(view) :]
        except OSError:
            self._file.truncate(self._committed)
            self._file.seek(self._committed)
            raise
        self._committed += len(pending)

    def close(self) -> None:
        """Commits and closes; the file is closed even when the commit fails."""
        try:
            self.commit()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()


class DiskReserve:
    """Space kept aside on disk, given back when a bag is closed, so that its index fits on a full disk.

    Args:
        path: A file to create for it.

    Raises:
        OSError: Not enough space even for the start.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserved = 0
        self._released = False
        self.ensure(1)

    def ensure(self, wanted_bytes: int) -> None:
        """Grows the reserve to at least this size; raises OSError when the disk has no more."""
        if wanted_bytes <= self._reserved or self._released:
            return
        size = max(_INITIAL_RESERVE_BYTES, 2 * wanted_bytes)
        descriptor = os.open(self._path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o644)
        try:
            os.posix_fallocate(descriptor, 0, size)
        finally:
            os.close(descriptor)
        self._reserved = size

    def release(self) -> None:
        """Gives the space back for good."""
        self._path.unlink(missing_ok=True)
        self._reserved, self._released = 0, True
