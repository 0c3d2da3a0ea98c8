"""Recording on a thread: full disks, slow disks, and nothing that ever raises at the producer."""

import errno
import os
import resource
import subprocess
import sys
import threading
import time
from io import FileIO
from pathlib import Path

import pytest
from bag_samples import TYPES, WRENCH, serialised

from touchloop.data.bag_background import BackgroundBagWriter
from touchloop.data.bag_file import AppendFile, DiskReserve
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_recovery import needs_recovery, recover_bag
from touchloop.errors import InputError

DATA = serialised(WRENCH)


def wait_for(condition, timeout_s=10.0):
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        os.sched_yield()


class FullDisk:
    """Fails as a full disk does once files have grown by a number of bytes; a bag's reserve gives some back."""

    def __init__(self, monkeypatch, free_bytes):
        self.free_bytes = free_bytes
        real_commit = AppendFile.commit
        real_release = DiskReserve.release

        def commit(file):
            needed = file.tell() - file._committed
            if needed > self.free_bytes:
                file.drop()
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            self.free_bytes -= needed
            real_commit(file)

        def release(reserve):
            self.free_bytes += reserve._reserved
            real_release(reserve)

        monkeypatch.setattr(AppendFile, "commit", commit)
        monkeypatch.setattr(DiskReserve, "release", release)


def test_a_full_disk_ends_the_bag_cleanly_and_keeps_everything_before(tmp_path, monkeypatch):
    FullDisk(monkeypatch, 200_000)
    writer = BackgroundBagWriter(tmp_path / "bag", TYPES, flush_period_s=0.05)
    writer.add_topic("/wrench", WRENCH)
    pause = threading.Event()
    sent = 0
    while not writer.status.failure:
        assert sent < 100_000
        writer.put("/wrench", sent, DATA)
        sent += 1
        pause.wait(0.0001)
    writer.put("/wrench", sent, DATA)
    status = writer.close()
    assert status.closed
    assert "No space left on device" in status.failure
    assert str(tmp_path / "bag") in status.failure
    assert status.messages + status.dropped == sent + 1
    assert not needs_recovery(tmp_path / "bag")
    with BagReader(tmp_path / "bag") as bag:
        times = [message.time_ns for message in bag.messages()]
    assert times == list(range(status.messages))
    assert len(times) > 200_000 / 200


LIMITED_RECORDER = """
import sys, time, resource
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from bag_samples import TYPES, WRENCH, serialised
from touchloop.data.bag_background import BackgroundBagWriter
limit = 4 * 2**20
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
writer = BackgroundBagWriter(Path(sys.argv[1]), TYPES)
writer.add_topic("/wrench", WRENCH)
data = serialised(WRENCH) + bytes(10_000)
deadline = time.monotonic() + 30
count = 0
while not writer.status.failure and time.monotonic() < deadline:
    writer.put("/wrench", count, data)
    count += 1
    time.sleep(0.001)
status = writer.close()
print(status.messages, status.closed, status.failure)
"""


def test_a_real_limit_on_the_file_size_leaves_a_bag_that_recovers(tmp_path):
    command = [sys.executable, "-c", LIMITED_RECORDER, str(tmp_path / "bag"), str(Path(__file__).parent)]
    result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    assert "File too large" in result.stdout, result.stderr
    if needs_recovery(tmp_path / "bag"):
        recover_bag(tmp_path / "bag")
    with BagReader(tmp_path / "bag") as bag:
        times = [message.time_ns for message in bag.messages()]
    assert times == list(range(len(times)))
    assert len(times) * 10_100 > 2.5 * 2**20


def test_a_slow_disk_costs_messages_but_never_the_producer(tmp_path):
    writer = BackgroundBagWriter(tmp_path / "bag", TYPES, max_cache_bytes=20 * len(DATA))
    writer.add_topic("/wrench", WRENCH)
    start = time.monotonic()
    for index in range(1000):
        writer.put("/wrench", index, DATA)
    assert time.monotonic() - start < 1.0
    status = writer.close()
    assert status.dropped > 0
    assert status.messages + status.dropped == 1000
    assert not status.failure


def test_messages_reach_the_disk_within_the_flush_period(tmp_path):
    writer = BackgroundBagWriter(tmp_path / "bag", TYPES, flush_period_s=0.1)
    writer.add_topic("/wrench", WRENCH)
    writer.put("/wrench", 1, DATA)
    wait_for(lambda: DATA in (tmp_path / "bag/bag.mcap").read_bytes(), 2.0)
    writer.close()


def test_a_failed_append_leaves_the_file_as_it_was(tmp_path):
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = AppendFile(FileIO(tmp_path / "file", "w"))
    file.write(b"first")
    file.commit()
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100, limit[1]))
        file.write(bytes(1000))
        with pytest.raises(OSError, match="File too large"):
            file.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert (tmp_path / "file").read_bytes() == b"first"
    file.write(b", second")
    file.close()
    assert (tmp_path / "file").read_bytes() == b"first, second"


def test_a_folder_that_cannot_be_written_is_refused():
    with pytest.raises(InputError, match="Cannot create the bag folder /proc/bag"):
        BackgroundBagWriter(Path("/proc/bag"), TYPES)
