"""The recorder node with real publishers over DDS."""

import resource
import signal
import time

import numpy as np
import pytest
from bag_processes import Processes, end, recorded, wait_for

from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_recovery import needs_recovery, recover_bag

pytestmark = pytest.mark.nodes


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def test_sigkill_loses_at_most_a_second_and_a_successor_goes_on(processes, tmp_path):
    bag = tmp_path / "bag"
    sensors = processes.peer("Sensors", wrenches=4)
    recorder = processes.record(bag)
    wait_for(lambda: recorded(bag) > 5_000_000, what="two seconds of pictures")
    killed_ns = time.time_ns()
    end(recorder, signal.SIGKILL, -signal.SIGKILL)
    second = processes.start(
        *("-m", "touchloop_nodes.bag_recorder", "--ros-args", "-p", f"output:={bag}", "-p", "autostart:=true")
    )
    wait_for(lambda: (tmp_path / "bag_1/bag_1.mcap").exists() and recorded(tmp_path / "bag_1") > 1_000_000)
    end(second)
    end(sensors, signal.SIGTERM)
    assert needs_recovery(bag)
    recover_bag(bag)
    assert not needs_recovery(tmp_path / "bag_1")
    with BagReader(bag) as reader:
        wrenches = list(reader.messages(["/wrench_3"]))
        counts = np.array([reader.decode(m).wrench.force.x for m in wrenches])
        stamps = np.array([reader.stamp_reader("/wrench_3")(m.data) for m in wrenches])
        assert killed_ns - stamps[-1] < 1_000_000_000
        assert np.all(np.diff(counts) == 1)
        assert np.median(np.array([m.time_ns for m in wrenches]) - stamps) < 20_000_000
    with BagReader(bag_parts(bag)) as both:
        assert len(both.paths) == 2
        assert both.topics["/wrench_3"].messages > len(wrenches)


def test_late_topics_are_found_with_the_qos_of_their_publishers(processes, tmp_path):
    bag = tmp_path / "bag"
    recorder = processes.record(bag, "--exclude", "/rosout", "/parameter_events")
    processes.peer("Sensors", wrenches=1)
    wait_for(lambda: recorded(bag) > 3_000_000, what="pictures")
    end(recorder)
    with BagReader(bag) as reader:
        assert {"/wrench_0", "/camera/image_raw", "/robot_description", "/loose", "/diagnostics"} <= set(reader.topics)
        assert not {"/rosout", "/parameter_events"} & set(reader.topics)
        (description,) = reader.messages(["/robot_description"])
        assert reader.decode(description).data == "<robot/>"
        qos = {name: [(q.reliability.name, q.durability.name) for q in t.qos] for name, t in reader.topics.items()}
        assert qos["/robot_description"] == [("RELIABLE", "TRANSIENT_LOCAL")]
        assert qos["/loose"] == [("BEST_EFFORT", "VOLATILE")]
        assert qos["/wrench_0"] == [("RELIABLE", "VOLATILE")]
        counts = [reader.decode(message).wrench.force.x for message in reader.messages(["/wrench_0"])]
        assert np.all(np.diff(counts) == 1)
        assert reader.topics["/loose"].messages > 0


def test_a_topic_with_two_types_is_reported_and_one_is_recorded(processes, tmp_path):
    bag = tmp_path / "bag"
    processes.peer("TwoTypes", type="string")
    recorder = processes.record(bag)
    wait_for(lambda: b"/disputed" in (bag / "bag.mcap").read_bytes(), what="the topic")
    processes.peer("TwoTypes", type="clock")
    wait_for(lambda: "/disputed: only its std_msgs/msg/String" in recorder.log.read_text(), what="the report")
    wait_for(lambda: b"refused /disputed" in (bag / "bag.mcap").read_bytes(), what="the diagnosis")
    end(recorder)
    with BagReader(bag) as reader:
        assert reader.topics["/disputed"].msgtype == "std_msgs/msg/String"
        reports = [reader.decode(message).status[0] for message in reader.messages(["/diagnostics"])]
    assert any(pair.key == "refused /disputed" for report in reports for pair in report.values)


def test_a_full_disk_is_reported_and_stops_nobody(processes, tmp_path):
    processes.peer("Sensors", wrenches=1)
    recorder = processes.record(tmp_path / "bag")
    limit = 3 * 2**20
    resource.prlimit(recorder.pid, resource.RLIMIT_FSIZE, (limit, limit))
    wait_for(lambda: "recording ended: cannot write" in recorder.log.read_text(), what="the full disk")
    # What it says about itself is seen by another recorder.
    witness = tmp_path / "witness"
    observer = processes.record(witness, "--topics", "/diagnostics")
    wait_for(lambda: b"File too large" in (witness / "witness.mcap").read_bytes(), what="the diagnosis")
    assert recorder.poll() is None
    end(recorder)
    end(observer)
    if needs_recovery(tmp_path / "bag"):
        recover_bag(tmp_path / "bag")
    with BagReader(tmp_path / "bag") as reader:
        counts = [reader.decode(message).wrench.force.x for message in reader.messages(["/wrench_0"])]
        pictures = reader.topics["/camera/image_raw"].messages
    assert np.all(np.diff(counts) == 1)
    assert pictures * 240 * 960 > limit - 2**20 - 2 * 240 * 960


def test_bad_parameters_end_the_recorder_with_a_reason(processes, tmp_path):
    (tmp_path / "file").write_text("")
    for parameter, reason in (
        (f"output:={tmp_path}/file/bag", "Cannot create the bag folder"),
        ("compression:=lz4", "it can be one of: none, zstd"),
        ("topics:=['(']", "is no regular expression"),
        ("expected_topics:=['wrench']", "expected '/NAME PACKAGE/msg/TYPE'"),
    ):
        words = ("--ros-args", "-p", f"output:={tmp_path}/new", "-p", "autostart:=true", "-p", parameter)
        recorder = processes.start("-m", "touchloop_nodes.bag_recorder", *words)
        assert recorder.wait(20) == 2
        assert reason in recorder.log.read_text()
