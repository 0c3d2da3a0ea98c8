"""Stamps read from serialised messages, log times made of them, and definitions found in packages."""

import pytest
from bag_samples import CLOCK, POSE, STRING, TYPES, WRENCH, serialised
from hypothesis import given, settings
from hypothesis import strategies as st
from rosbags.typesys import Stores, get_typestore

from touchloop.data.bag_times import SimulatedTimes
from touchloop.data.bag_types import MessageTypes
from touchloop.errors import InputError

TF = "tf2_msgs/msg/TFMessage"
stamps = st.integers(1, 2**31 * 10**9 - 1)


@settings(deadline=None)
@given(stamp_ns=stamps, msgtype=st.sampled_from([WRENCH, POSE, CLOCK]))
def test_the_stamp_is_read_from_the_bytes(stamp_ns, msgtype):
    assert TYPES.stamp_reader(msgtype)(serialised(msgtype, stamp_ns)) == stamp_ns


@settings(deadline=None)
@given(stamp_ns=stamps, little_endian=st.booleans())
def test_transforms_have_the_stamp_of_their_first_element(stamp_ns, little_endian):
    TYPES.ensure(TF)
    types = TYPES.store.types
    time = types["builtin_interfaces/msg/Time"](sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    header = types["std_msgs/msg/Header"](stamp=time, frame_id="world")
    zero = types["geometry_msgs/msg/Vector3"](0.0, 0.0, 0.0)
    transform = types["geometry_msgs/msg/Transform"](zero, types["geometry_msgs/msg/Quaternion"](0.0, 0.0, 0.0, 1.0))
    stamped = types["geometry_msgs/msg/TransformStamped"](header, "tcp", transform)
    for elements, expected in (([stamped, stamped], stamp_ns), ([], None)):
        data = TYPES.store.serialize_cdr(types[TF](elements), TF, little_endian=little_endian)
        assert TYPES.stamp_reader(TF)(bytes(data)) == expected


@pytest.mark.parametrize("data", [b"", b"\x00\x01\x00\x00", serialised(WRENCH)])
def test_no_stamp_where_there_is_none(data):
    assert TYPES.stamp_reader(WRENCH)(data) is None
    assert TYPES.stamp_reader(STRING)(data) is None


def test_log_times_depend_on_the_messages_alone():
    put = []
    times = SimulatedTimes(TYPES, lambda topic, time_ns, _: put.append((topic, time_ns)), by_stamps=True)
    for topic, msgtype in (("/wrench", WRENCH), ("/clock", CLOCK), ("/text", STRING)):
        times.add_topic(topic, msgtype)
    times.take("/text", serialised(STRING))
    times.take("/wrench", serialised(WRENCH, 4))
    assert put == [("/wrench", 4)]
    times.take("/clock", serialised(CLOCK, 8))
    times.take("/text", serialised(STRING))
    times.take("/wrench", serialised(WRENCH, 6))
    assert put[1:] == [("/text", 8), ("/clock", 8), ("/text", 8), ("/wrench", 6)]


def test_without_stamps_the_clock_alone_counts():
    put = []
    times = SimulatedTimes(TYPES, lambda topic, time_ns, _: put.append((topic, time_ns)), by_stamps=False)
    for topic, msgtype in (("/wrench", WRENCH), ("/clock", CLOCK)):
        times.add_topic(topic, msgtype)
    times.take("/wrench", serialised(WRENCH, 4))
    times.take("/clock", serialised(CLOCK, 8))
    times.take("/wrench", serialised(WRENCH, 6))
    assert put == [("/wrench", 8), ("/clock", 8), ("/wrench", 8)]


def test_waiting_for_a_clock_that_never_comes_is_bounded():
    put = []
    times = SimulatedTimes(TYPES, lambda *entry: put.append(entry), by_stamps=False)
    for _ in range(5000):
        times.take("/text", b"data")
    assert len(put) == 5000


def test_what_never_saw_a_clock_is_released_at_the_end():
    put = []
    times = SimulatedTimes(TYPES, lambda *entry: put.append(entry), by_stamps=False)
    times.take("/text", b"data")
    times.release()
    assert put == [("/text", 0, b"data")]


def test_definitions_come_from_packages_and_win_over_shipped_ones(tmp_path):
    folder = tmp_path / "share/own_msgs/msg"
    folder.mkdir(parents=True)
    (folder / "Outer.msg").write_text("# A comment\nuint8 LIMIT=3\nInner[] parts\ngeometry_msgs/Point place\n")
    (folder / "Inner.msg").write_text("float64 value\n")
    changed = tmp_path / "share/geometry_msgs/msg"
    changed.mkdir(parents=True)
    (changed / "Point.msg").write_text("float32 x\n")
    types = MessageTypes([tmp_path])
    text, type_hash = types.describe("own_msgs/msg/Outer")
    assert "uint8 LIMIT=3" in text
    assert "MSG: own_msgs/Inner\nfloat64 value" in text
    assert "MSG: geometry_msgs/Point\nfloat32 x" in text
    assert type_hash.startswith("RIHS01_")
    (folder / "Bad.msg").write_text("gone_msgs/Thing thing\n")
    with pytest.raises(InputError, match="'gone_msgs/msg/Thing', needed by own_msgs/msg/Bad"):
        types.describe("own_msgs/msg/Bad")


@pytest.mark.parametrize("msgtype", [WRENCH, "sensor_msgs/msg/Image", "diagnostic_msgs/msg/DiagnosticArray"])
def test_hashes_are_those_of_the_distribution(msgtype):
    assert TYPES.describe(msgtype).type_hash == get_typestore(Stores.ROS2_KILTED).hash_rihs01(msgtype)
