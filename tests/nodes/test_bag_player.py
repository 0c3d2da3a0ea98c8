"""The player node with real subscribers over DDS."""

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bag_processes import Processes, end, wait_for

from touchloop.data.bag_compare import compare_bags
from touchloop.data.bag_qos import stored_qos
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_writer import BagWriter

sys.path.insert(0, str(Path(__file__).parents[1] / "unit/data"))

from bag_samples import CLOCK, POSE, TYPES, WRENCH, serialised, write_wrenches

pytestmark = pytest.mark.nodes
TICK_NS = 4_000_000
FOREIGN = ("/rosout", "/parameter_events", "/diagnostics", "/heartbeat", ".*/transition_event")


@pytest.fixture
def processes(tmp_path):
    processes = Processes(tmp_path)
    yield processes
    processes.close()


def replayed(processes, bag, *words):
    """Plays a bag into a recorder; gives the recorded bag."""
    recorder = processes.record(bag.with_name("replayed"), "--exclude", *FOREIGN)
    player = processes.bag("play", bag, *words)
    assert player.wait(60) == 0, player.log.read_text()
    end(recorder)
    return bag.with_name("replayed")


def test_everything_comes_out_as_it_was_at_twice_the_rate(processes, tmp_path):
    write_wrenches(tmp_path / "bag", 500)
    copy = replayed(processes, tmp_path / "bag", "--rate", "2", "--wait-for-topics", "/wrench", "/robot_description")
    assert [result for result in compare_bags(tmp_path / "bag", copy) if not result.equal] == []
    with BagReader(copy) as reader:
        assert reader.topics["/robot_description"].qos[0].durability.name == "TRANSIENT_LOCAL"
        times = np.array([message.time_ns for message in reader.messages(["/wrench"])]) / 1e9
    assert times[-1] - times[0] == pytest.approx(1.0, abs=0.15)
    assert np.median(np.diff(times)) == pytest.approx(0.002, abs=0.001)


def test_topics_are_chosen_shifted_and_remapped(processes, tmp_path):
    write_wrenches(tmp_path / "bag", 500)
    words = ("--topics", "/wrench", "--start-offset-s", "1.0", "--remap", "/wrench:=/left/wrench")
    copy = replayed(processes, tmp_path / "bag", *words, "--wait-for-topics", "/left/wrench", "--rate", "0")
    with BagReader(copy) as reader:
        assert list(reader.topics) == ["/left/wrench"]
        first = next(iter(reader.messages()))
        assert reader.decode(first).wrench.force.x == 250.0
        assert reader.message_count == 250


def test_services_pause_step_and_resume(processes, tmp_path):
    write_wrenches(tmp_path / "bag", 250)
    recorder = processes.record(tmp_path / "replayed", "--topics", "/wrench")
    player = processes.bag("play", tmp_path / "bag", "--start-paused", "--topics", "/wrench")
    services = [f"/bag_player/{name}" for name in ("pause", "resume", "toggle_paused", "play_next")]
    caller = processes.peer("Caller", stdin=subprocess.PIPE, services=services)
    answers = 0

    def call(name):
        nonlocal answers
        caller.stdin.write(f"/bag_player/{name}\n".encode())
        caller.stdin.flush()
        answers += 1
        return wait_for(lambda: caller.log.read_text().splitlines()[answers : answers + 1], what=name)[0] == "true"

    assert call("pause")
    assert call("play_next")
    assert call("play_next")
    assert player.poll() is None
    assert call("toggle_paused")
    assert not call("play_next")
    assert player.wait(20) == 0
    end(recorder)
    with BagReader(tmp_path / "replayed") as reader:
        values = [reader.decode(message).wrench.force.x for message in reader.messages()]
        times = [message.time_ns for message in reader.messages()]
    assert values == list(map(float, range(250)))
    assert times[-1] - times[2] == pytest.approx(247 * TICK_NS, rel=0.2)


def world_bag(path, count=200):
    """What a lock-step run of a world and its controller leaves."""
    writer = BagWriter(path, TYPES)
    for topic, msgtype in {"/clock": CLOCK, "/wrench": WRENCH, "/target_pose": POSE}.items():
        writer.add_topic(topic, msgtype, [stored_qos(reliable=True, latched=False)])
    for tick in range(1, count + 1):
        stamp_ns = tick * TICK_NS
        writer.write("/wrench", stamp_ns, serialised(WRENCH, stamp_ns, tick / 7))
        writer.write("/clock", stamp_ns, serialised(CLOCK, stamp_ns))
        writer.write("/target_pose", stamp_ns, serialised(POSE, stamp_ns, tick / 7))
    writer.close()


def test_lockstep_reproduces_the_answers_exactly(processes, tmp_path):
    world_bag(tmp_path / "bag")
    processes.peer("Answerer")
    recorder = processes.record(tmp_path / "replayed", "--lockstep")
    player = processes.bag("play", tmp_path / "bag", "--lockstep", "--rate", "0", "--wait-for-nodes", "bag_recorder")
    assert player.wait(60) == 0, player.log.read_text()
    end(recorder)
    answers, *others = sorted(
        compare_bags(tmp_path / "bag", tmp_path / "replayed", with_times=True), key=_answers_first
    )
    assert [result.what for result in others if not result.equal] == []
    assert answers.count_b == 200
    # The answerer has another frame than the sample, and an identity turn by default; stamps and values must agree.
    with BagReader(tmp_path / "bag") as a, BagReader(tmp_path / "replayed") as b:
        before, after = (
            [(m.time_ns, bag.decode(m).pose.position.x) for m in bag.messages(["/target_pose"])] for bag in (a, b)
        )
    assert before == after


def test_lockstep_says_who_is_silent(processes, tmp_path):
    world_bag(tmp_path / "bag", count=3)
    words = ("play", tmp_path / "bag", "--lockstep", "--rate", "0", "--wait-timeout-s")
    player = processes.bag(*words, "0.5")
    assert player.wait(30) == 1
    assert "nobody publishes target_pose" in player.log.read_text()
    processes.peer("Answerer", mute=True)
    player = processes.bag(*words, "10")
    assert player.wait(30) == 1
    assert "target_pose is silent for 5 s at 0.004 s of simulated time: peer" in player.log.read_text()


def test_bad_input_ends_the_player_with_a_reason(processes, tmp_path):
    write_wrenches(tmp_path / "bag", 5)
    world_bag(tmp_path / "clocked", count=3)
    for words, code, reason in (
        (("--ros-args",), 2, "needs the parameter bag"),
        (("--ros-args", "-p", f"bag:={tmp_path}/none"), 2, "There is no bag"),
        (("--ros-args", "-p", f"bag:={tmp_path}/bag", "-p", "lockstep:=true"), 2, "needs the recorded /clock"),
        (("--ros-args", "-p", f"bag:={tmp_path}/bag", "-p", "topics:=['/x']"), 2, "no topic is left to play"),
        (("--ros-args", "-p", f"bag:={tmp_path}/bag", "-p", "start_offset_s:=9.0"), 2, "lasts only 0.016 s"),
        (("--ros-args", "-p", f"bag:={tmp_path}/bag", "-p", "rate:=-1.0"), 2, "rate"),
        (
            (
                "--ros-args",
                "-p",
                f"bag:={tmp_path}/clocked",
                "-p",
                "wait_for_nodes:=[gone]",
                "-p",
                "wait_timeout_s:=0.5",
            ),
            1,
            "not active: gone",
        ),
    ):
        player = processes.start("-m", "touchloop_nodes.bag_player", *words)
        assert player.wait(20) == code, player.log.read_text()
        assert reason in player.log.read_text()


def test_ctrl_c_ends_the_player_at_once(processes, tmp_path):
    write_wrenches(tmp_path / "bag", 5000)
    player = processes.bag("play", tmp_path / "bag", "--delay-s", "0")
    caller = processes.peer("Caller", services=["/bag_player/pause"])
    end(player, signal.SIGINT)
    end(caller, signal.SIGTERM)


def _answers_first(result):
    return result.topic != "/target_pose"
