"""What is written into a bag comes out again, in our reader and in that of rosbags."""

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from bag_samples import STRING, TYPES, WRENCH, serialised, write_wrenches
from hypothesis import given, settings
from hypothesis import strategies as st
from rosbags.rosbag2 import Reader, StoragePlugin, Writer

from touchloop.data.bag_folders import bag_parts, next_folder
from touchloop.data.bag_qos import offer_for, request_for, stored_qos
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_writer import BagWriter
from touchloop.errors import InputError

TOPICS = ("/a", "/left/b", "/c_1")
qos_profiles = st.builds(stored_qos, reliable=st.booleans(), latched=st.booleans(), depth=st.integers(0, 1000))
entries = st.lists(
    st.tuples(st.sampled_from(TOPICS), st.integers(0, 2**62), st.binary(min_size=4, max_size=200), st.booleans()),
    max_size=60,
)


@settings(max_examples=25, deadline=None)
@given(entries=entries, compression=st.sampled_from(["none", "zstd"]), qos=st.lists(qos_profiles, max_size=3))
def test_every_message_comes_back_in_order_of_time(entries, compression, qos):
    with TemporaryDirectory() as folder:
        writer = BagWriter(Path(folder) / "bag", TYPES, compression)
        for topic in TOPICS:
            writer.add_topic(topic, WRENCH, qos)
        for topic, time_ns, data, flush in entries:
            writer.write(topic, time_ns, data)
            if flush:
                writer.flush()
        assert writer.close() == 0
        with BagReader(Path(folder) / "bag") as bag:
            read = [(message.topic, message.time_ns, message.data) for message in bag.messages()]
            assert bag.message_count == len(entries)
            assert all(bag.topics[topic].qos == tuple(qos) for topic in TOPICS)
            if entries:
                assert (bag.start_ns, bag.end_ns) == (min(e[1] for e in entries), max(e[1] for e in entries))
        assert [time for _, time, _ in read] == sorted(time for _, time, _ in read)
        for topic in TOPICS:
            written = sorted(e[1] for e in entries if e[0] == topic)
            assert [time for name, time, _ in read if name == topic] == written
        assert sorted(read) == sorted(e[:3] for e in entries)


@pytest.mark.parametrize("compression", ["none", "zstd"])
def test_rosbags_opens_it_and_finds_types_hashes_and_qos(tmp_path, compression):
    write_wrenches(tmp_path / "bag", 100, compression=compression)
    with Reader(tmp_path / "bag") as reader:
        wrench, description = sorted(reader.connections, key=lambda entry: entry.msgcount, reverse=True)
        assert (wrench.topic, wrench.msgtype, wrench.msgcount) == ("/wrench", WRENCH, 100)
        assert wrench.digest == TYPES.describe(WRENCH).type_hash
        assert "geometry_msgs/Vector3 force" in wrench.msgdef.data
        assert description.ext.offered_qos_profiles == [stored_qos(reliable=True, latched=True, depth=1)]
        _, time_ns, data = next(iter(reader.messages([wrench], start=40_000_000)))
        assert (time_ns, data) == (40_000_000, serialised(WRENCH, 40_000_000, 10.0))
    assert not (tmp_path / "bag/.reserve").exists()


def test_an_empty_bag_is_complete(tmp_path):
    writer = BagWriter(tmp_path / "bag", TYPES)
    writer.add_topic("/text", STRING)
    writer.close()
    assert sorted(path.name for path in (tmp_path / "bag").iterdir()) == ["bag.mcap", "metadata.yaml"]
    with BagReader(tmp_path / "bag") as bag:
        assert list(bag.messages()) == []
        assert (bag.start_ns, bag.end_ns, list(bag.topics)) == (0, 0, ["/text"])


def test_sqlite_bags_are_read(tmp_path):
    with Writer(tmp_path / "bag", version=8, storage_plugin=StoragePlugin.SQLITE3) as writer:
        connection = writer.add_connection("/text", STRING, typestore=_store(STRING))
        writer.write(connection, 5, serialised(STRING, value=2.0))
    with BagReader(tmp_path / "bag") as bag:
        (message,) = bag.messages()
        assert bag.decode(message).data == "2.0"


def test_several_parts_are_read_as_one(tmp_path):
    for name, offset in (("run", 0), ("run_1", 1), ("run_2", 2), ("run_10", 3)):
        writer = BagWriter(tmp_path / name, TYPES)
        writer.add_topic("/text", STRING)
        for index in range(5):
            writer.write("/text", 10 * index + offset, serialised(STRING, value=float(offset)))
        writer.close()
    (tmp_path / "run_backup").mkdir()
    parts = bag_parts(tmp_path / "run")
    assert [part.name for part in parts] == ["run", "run_1", "run_2", "run_10"]
    assert next_folder(tmp_path / "run").name == "run_3"
    with BagReader(parts) as bag:
        times = [message.time_ns for message in bag.messages()]
    assert times == sorted(times)
    assert len(times) == 20


def test_user_errors_say_what_is_wrong(tmp_path):
    write_wrenches(tmp_path / "bag", 3)
    with pytest.raises(InputError, match="exists already"):
        BagWriter(tmp_path / "bag", TYPES)
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="Cannot create the bag folder"):
        BagWriter(tmp_path / "file/bag", TYPES)
    with pytest.raises(InputError, match="'none' or 'zstd'"):
        BagWriter(tmp_path / "other", TYPES, "lz4")  # pyright: ignore[reportArgumentType]
    writer = BagWriter(tmp_path / "new", TYPES)
    with pytest.raises(InputError, match="No definition of the message type 'no_msgs/msg/Such'"):
        writer.add_topic("/x", "no_msgs/msg/Such")
    with pytest.raises(InputError, match="was not added"):
        writer.write("/x", 0, b"")
    writer.close()
    with pytest.raises(InputError, match="There is no bag"), BagReader(tmp_path / "nowhere"):
        pass
    with BagReader(tmp_path / "bag") as bag, pytest.raises(InputError, match=r"/gone; it has /robot_description"):
        bag.messages(["/gone"])


def test_qos_connects_to_every_publisher_and_replays_what_was_offered():
    strong = stored_qos(reliable=True, latched=True)
    weak = stored_qos(reliable=False, latched=False)
    assert request_for([strong, strong]) == (True, True)
    assert request_for([strong, weak]) == (False, False)
    assert offer_for([strong]) == (True, True)
    assert offer_for([weak]) == (False, False)
    assert offer_for([]) == (True, False)


def _store(msgtype):
    TYPES.ensure(msgtype)
    return TYPES.store
