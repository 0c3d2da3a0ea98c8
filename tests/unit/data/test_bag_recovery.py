"""Bags whose recorder died or whose bytes are damaged."""

import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from bag_samples import TYPES, WRENCH, serialised, write_wrenches
from hypothesis import given, settings
from hypothesis import strategies as st
from rosbags.rosbag2 import StoragePlugin, Writer

from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_recovery import being_recorded, needs_recovery, recover_bag
from touchloop.data.bag_scan import _CHUNK_PATTERN
from touchloop.errors import InputError

ENDLESS_RECORDER = """
import sys, time
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from bag_samples import TYPES, WRENCH, serialised
from touchloop.data.bag_background import BackgroundBagWriter
writer = BackgroundBagWriter(Path(sys.argv[1]), TYPES, compression=sys.argv[3])
writer.add_topic("/wrench", WRENCH)
while True:
    now = time.time_ns()
    writer.put("/wrench", now, serialised(WRENCH, now))
    print(now, flush=True)
    time.sleep(0.004)
"""


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_sigkill_loses_less_than_a_second(tmp_path, compression):
    bag = tmp_path / "bag"
    command = [sys.executable, "-c", ENDLESS_RECORDER, str(bag), str(Path(__file__).parent), compression]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        sent = []
        deadline = time.monotonic() + 30
        while (not sent or sent[-1] - sent[0] < 2_000_000_000) and time.monotonic() < deadline:
            sent.append(int(process.stdout.readline()))
        assert being_recorded(bag)
        with pytest.raises(InputError, match="is being recorded"):
            recover_bag(bag)
        process.send_signal(signal.SIGKILL)
        sent += [int(line) for line in process.stdout.read().splitlines()]
    assert needs_recovery(bag)
    with pytest.raises(InputError, match="touchloop bag recover"), BagReader(bag):
        pass
    recovery = recover_bag(bag)
    assert not needs_recovery(bag)
    with BagReader(bag) as reader:
        times = [message.time_ns for message in reader.messages()]
    assert times == sent[: len(times)]
    assert sent[-1] - times[-1] < 1_000_000_000
    assert recovery.messages == len(times)
    assert sorted(path.name for path in bag.iterdir()) == ["bag.mcap", "metadata.yaml"]


@pytest.fixture(scope="module", params=["none", "zstd"])
def intact(request, tmp_path_factory):
    directory = tmp_path_factory.mktemp("intact") / "bag"
    write_wrenches(directory, 300, compression=request.param)
    return directory


def read_all(directory):
    with BagReader(directory) as bag:
        return [(message.topic, message.time_ns, message.data) for message in bag.messages()]


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1))
def test_any_cut_gives_a_prefix(intact, share):
    whole = read_all(intact)
    with TemporaryDirectory() as folder:
        bag = Path(folder) / "bag"
        shutil.copytree(intact, bag)
        (bag / "metadata.yaml").unlink()
        file = bag / "bag.mcap"
        size = int(share * file.stat().st_size)
        with file.open("r+b") as stream:
            stream.truncate(size)
        recovery = recover_bag(bag)
        read = read_all(bag)
        assert read == whole[: len(read)]
        assert recovery.messages == len(read)
        assert recovery.damaged_pieces == 0
        # Not more than the chunk that the cut goes through is lost; uncompressed, only the cut message is.
        assert len(read) >= share * len(whole) - 60


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 20), with_metadata=st.booleans())
def test_damaged_bytes_give_intact_messages_or_an_error(intact, seed, count, with_metadata):
    whole = set(read_all(intact))
    chance = random.Random(seed)
    with TemporaryDirectory() as folder:
        bag = Path(folder) / "bag"
        shutil.copytree(intact, bag)
        if not with_metadata:
            (bag / "metadata.yaml").unlink()
        data = bytearray((bag / "bag.mcap").read_bytes())
        for _ in range(count):
            data[chance.randrange(len(data))] = chance.randrange(256)
        (bag / "bag.mcap").write_bytes(data)
        try:
            if needs_recovery(bag):
                recover_bag(bag)
            read = read_all(bag)
        except InputError:
            return
        assert [entry for entry in read if entry not in whole] == []


def test_a_damaged_chunk_costs_only_itself(intact, tmp_path):
    bag = tmp_path / "bag"
    shutil.copytree(intact, bag)
    data = bytearray((bag / "bag.mcap").read_bytes())
    chunk = _CHUNK_PATTERN.search(data, len(data) // 3)
    data[chunk.end() + 5 : chunk.end() + 45] = bytes(40)
    (bag / "bag.mcap").write_bytes(data)
    with BagReader(bag) as reader, pytest.raises(InputError, match="is damaged"):
        list(reader.messages())
    recovery = recover_bag(bag)
    assert recovery.damaged_pieces >= 1
    assert 301 - 3 * 50 <= recovery.messages < 301
    assert set(read_all(bag)) < set(read_all(intact))
    assert (bag / "bag.mcap.damaged").read_bytes() == bytes(data)


def test_bags_of_others_in_several_files_become_one(tmp_path):
    TYPES.ensure(WRENCH)
    (tmp_path / "bag").mkdir()
    for part in (0, 1, 10):
        with Writer(tmp_path / "part", version=9, storage_plugin=StoragePlugin.MCAP) as writer:
            connection = writer.add_connection("/wrench", WRENCH, typestore=TYPES.store)
            for index in range(5):
                writer.write(connection, part * 10 + index, serialised(WRENCH, value=float(part)))
        (tmp_path / "part/part.mcap").rename(tmp_path / f"bag/bag_{part}.mcap")
        shutil.rmtree(tmp_path / "part")
    assert recover_bag(tmp_path / "bag").messages == 15
    assert [time_ns for _, time_ns, _ in read_all(tmp_path / "bag")][::5] == [0, 10, 100]
    assert sorted(path.name for path in (tmp_path / "bag").iterdir()) == ["bag.mcap", "metadata.yaml"]


def test_what_is_no_bag_is_refused(tmp_path):
    with pytest.raises(InputError, match="no bag folder"):
        recover_bag(tmp_path / "nowhere")
    with pytest.raises(InputError, match=r"no \*.mcap file"):
        recover_bag(tmp_path)
    (tmp_path / "x.mcap").write_bytes(b"something else altogether")
    with pytest.raises(InputError, match="is no MCAP file"):
        recover_bag(tmp_path)
    (tmp_path / "x.mcap").unlink()
    (tmp_path / "x.db3").write_bytes(b"")
    with pytest.raises(InputError, match="SQLite keeps nothing"):
        recover_bag(tmp_path)
