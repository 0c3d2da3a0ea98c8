"""A bag writer on its own thread, so that nobody who records ever waits for the disk."""

import threading
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from rosbags.interfaces import Qos

from touchloop.data.bag_types import MessageTypes
from touchloop.data.bag_writer import BagWriter, Compression

_DRAIN_PERIOD_S = 0.05


class _Message(NamedTuple):
    topic: str
    time_ns: int
    data: bytes


class _NewTopic(NamedTuple):
    topic: str
    msgtype: str
    qos: tuple[Qos, ...]


@dataclass(frozen=True)
class RecordingStatus:
    """How a recording stands.

    Attributes:
        directory: The bag folder.
        messages: Messages handed to the disk or about to be.
        size_bytes: Size of the file so far.
        dropped: Messages given up: the cache was full, or the disk failed.
        failure: Why recording ended early; empty while all is well.
        closed: The bag is complete.
    """

    directory: Path
    messages: int = 0
    size_bytes: int = 0
    dropped: int = 0
    failure: str = ""
    closed: bool = False


class BackgroundBagWriter:
    """Takes messages from one thread and writes them on another.

    Failures of the disk never raise in `put`: the bag is closed cleanly at once with all that fitted, the
    status says why, and later messages only count as dropped.

    Args:
        directory: The bag folder to create.
        types: Where definitions of message types come from.
        compression: As for `BagWriter`.
        flush_period_s: SIGKILL loses at most this and a twentieth of a second more.
        max_cache_bytes: Messages beyond this, while the disk is slow, are dropped.

    Raises:
        InputError: The folder exists already or cannot be created.
    """

    def __init__(
        self,
        directory: Path,
        types: MessageTypes | None = None,
        compression: Compression = "none",
        flush_period_s: float = 0.25,
        max_cache_bytes: int = 256 * 2**20,
    ) -> None:
        self._writer = BagWriter(directory, types, compression)
        self._flush_period_s = flush_period_s
        self._max_cache_bytes = max_cache_bytes
        self._queue: deque[_Message | _NewTopic] = deque()
        # Each counter has one writing thread, so none needs a lock.
        self._bytes_in = 0
        self._bytes_out = 0
        self._dropped_full = 0
        self._dropped_failed = 0
        self._status = RecordingStatus(self._writer.directory)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="bag_writer", daemon=True)
        self._thread.start()

    @property
    def status(self) -> RecordingStatus:
        """The state as of the last round of the writing thread."""
        return replace(self._status, dropped=self._dropped_full + self._dropped_failed)

    def add_topic(self, topic: str, msgtype: str, qos: Sequence[Qos] = ()) -> None:
        """Adds a topic; its type must be known (`MessageTypes.describe`), which the caller checks first."""
        self._queue.append(_NewTopic(topic, msgtype, tuple(qos)))

    def put(self, topic: str, time_ns: int, data: bytes) -> None:
        """Takes a serialised message; returns at once."""
        size = len(data)
        if self._bytes_in - self._bytes_out + size > self._max_cache_bytes:
            self._dropped_full += 1
            return
        self._bytes_in += size
        self._queue.append(_Message(topic, time_ns, data))

    def close(self, timeout_s: float = 30.0) -> RecordingStatus:
        """Writes what is left, ends the bag and gives the final state.

        Raises:
            TimeoutError: The disk did not take the rest in time; the bag can be recovered later.
        """
        self._stop.set()
        self._thread.join(timeout_s)
        if self._thread.is_alive():
            raise TimeoutError(f"The bag {self._writer.directory} could not be closed within {timeout_s:g} s")
        return self.status

    def _run(self) -> None:
        flushed_at = time.monotonic()
        while True:
            stopping = self._stop.wait(_DRAIN_PERIOD_S)
            try:
                self._drain()
                if time.monotonic() - flushed_at >= self._flush_period_s - _DRAIN_PERIOD_S and not stopping:
                    self._writer.flush()
                    flushed_at = time.monotonic()
            except OSError as error:
                self._finish(f"cannot write {self._writer.directory}: {error.strerror}")
                self._discard_until_stopped()
                return
            if stopping:
                self._finish("")
                return
            self._status = replace(
                self._status, messages=self._writer.message_count, size_bytes=self._writer.bytes_written
            )

    def _drain(self) -> None:
        while self._queue:
            item = self._queue.popleft()
            if isinstance(item, _NewTopic):
                self._writer.add_topic(*item)
            else:
                self._bytes_out += len(item.data)
                self._writer.write(*item)

    def _finish(self, failure: str) -> None:
        size_bytes = self._writer.bytes_written
        try:
            lost = self._writer.close()
            closed = True
        except OSError as error:
            lost, closed = 0, False
            failure = f"{failure or self._writer.directory}; the bag is not complete ({error.strerror}): recover it"
        self._dropped_failed += lost
        self._status = replace(
            self._status,
            messages=self._writer.message_count,
            size_bytes=size_bytes,
            failure=failure,
            closed=closed,
        )

    def _discard_until_stopped(self) -> None:
        stopped = False
        while not stopped:
            stopped = self._stop.wait(_DRAIN_PERIOD_S)
            while self._queue:
                item = self._queue.popleft()
                if isinstance(item, _Message):
                    self._bytes_out += len(item.data)
                    self._dropped_failed += 1
