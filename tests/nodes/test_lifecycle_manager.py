"""The lifecycle manager with real nodes in real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import ChangeState
from node_processes import ACTIVATE, DEACTIVATE, Observer, Processes, end, stage, text_of
from std_srvs.srv import Trigger
from touchloop_msgs.msg import Heartbeat, Hold

from touchloop.control.process_life import this_machine

pytestmark = pytest.mark.nodes
NAMES = ("recorder", "controller", "world")
MANAGED = "managed_nodes:=[recorder, controller, world]"
HOLD_LIMIT_S = 0.2

Holds = list[tuple[float, Any]]


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Processes, Observer]]:
    with stage(tmp_path) as scene:
        yield scene


def is_active(observer: Observer) -> tuple[bool, str]:
    response = observer.call(Trigger, "lifecycle_manager/is_active", Trigger.Request())
    return response.success, response.message


def released(observer: Observer, holds: Holds) -> None:
    observer.until(lambda: holds and not holds[-1][1].hold, 30.0, "the release of hold")


def test_kills_are_answered_by_hold_and_returns_by_release(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    holds = observer.listen(Hold, "hold")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    nodes = {name: processes.probe(name) for name in NAMES}
    processes.manager(MANAGED)
    released(observer, holds)
    assert [observer.state(name) for name in NAMES] == ["active"] * 3
    assert is_active(observer) == (True, "all nodes are active")
    activated = [nodes[name].log.stat().st_mtime_ns for name in NAMES]
    assert activated == sorted(activated)
    for name in NAMES:
        holds.clear()
        os.kill(nodes[name].pid, signal.SIGKILL)
        killed_s = time.monotonic()
        observer.until(lambda: any(message.hold for _, message in holds), 2.0, "hold")
        arrived_s, message = next((when, message) for when, message in holds if message.hold)
        assert arrived_s - killed_s < HOLD_LIMIT_S
        assert message.reason == f"missing: {name}"
        assert is_active(observer) == (False, f"missing: {name}")
        nodes[name].wait(5)
        nodes[name] = processes.probe(name)
        released(observer, holds)
        assert observer.state(name) == "active"
    observer.spin_for(1.0)
    holds.clear()
    observer.spin_for(2.0)
    assert 18 <= len(holds) / 2.0 <= 22
    assert not any(message.hold for _, message in holds)
    (status,) = next(
        message.status for _, message in reversed(diagnoses) if message.status[0].name == "lifecycle_manager"
    )
    assert status.message == "all nodes are active"
    assert {value.key: value.value for value in status.values} == dict.fromkeys(NAMES, "active")


def test_people_are_not_overruled_and_a_new_manager_takes_over(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    holds = observer.listen(Hold, "hold")
    nodes = {name: processes.probe(name) for name in NAMES}
    manager = processes.manager(MANAGED)
    released(observer, holds)
    assert observer.change("controller", DEACTIVATE)
    observer.until(lambda: holds[-1][1].reason == "controller is inactive")
    observer.spin_for(0.5)
    assert observer.state("controller") == "inactive"
    assert observer.change("controller", ACTIVATE)
    released(observer, holds)
    end(manager, signal.SIGKILL)
    observer.spin_for(0.2)
    holds.clear()
    observer.spin_for(0.5)
    assert holds == []
    assert [observer.state(name) for name in NAMES] == ["active"] * 3
    manager = processes.manager(MANAGED)
    released(observer, holds)
    assert [text_of(nodes[name]).count("configured") for name in NAMES] == [1] * 3
    # Files are stamped by a clock that advances every few milliseconds.
    before_ns = time.time_ns() - 10_000_000
    assert end(manager) == 0
    times = [nodes[name].log.stat().st_mtime_ns for name in NAMES]
    # A request whose answer was lost comes twice, and ROS warns of the second one.
    assert all("deactivated" in text_of(nodes[name]).splitlines()[-4:] for name in NAMES)
    assert times == sorted(times, reverse=True)
    assert min(times) > before_ns


def test_a_node_that_cannot_be_configured_is_given_up(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    holds = observer.listen(Hold, "hold")
    nodes = [processes.probe(name, *(["-p", "fail:=input"] if name == "controller" else [])) for name in NAMES]
    manager = processes.manager(MANAGED, "max_attempts:=2")
    expected = "controller is unconfigured after 2 failed attempts, see its log"
    observer.until(lambda: holds and expected in holds[-1][1].reason)
    success, message = is_active(observer)
    assert not success
    assert message.startswith("failed: ")
    assert expected in message
    assert "gave up" in text_of(manager)
    assert text_of(nodes[1]).count("cannot configure: the weights are damaged") >= 2
    assert observer.state("world") == "inactive"


def test_a_node_that_never_appears_is_named(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    processes.probe("recorder")
    processes.manager(MANAGED, "start_timeout_s:=2.0")
    observer.until(lambda: is_active(observer)[1].startswith("failed: missing: controller, world"))


def test_lockstep_polls_and_says_nothing(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    lockstep = ["-p", "lockstep:=true"]
    nodes = {name: processes.probe(name, *lockstep, "-p", "configure_s:=1.5") for name in NAMES}
    processes.manager(MANAGED, "lockstep:=true")
    observer.until(lambda: is_active(observer)[0], 30.0, "all nodes")
    topics = dict(observer.node.get_topic_names_and_types())
    assert "/hold" not in topics
    assert "/diagnostics" not in topics
    end(nodes["controller"], signal.SIGKILL)
    # Slow, so that the time without it is long enough to be asked about.
    processes.probe("controller", *lockstep, "-p", "configure_s:=1.5")
    observer.until(lambda: not is_active(observer)[0], 30.0, "the loss of a node")
    observer.until(lambda: is_active(observer)[0], 30.0, "its return")
    assert observer.state("controller") == "active"
    assert [text_of(nodes[name]).count("configured") for name in NAMES] == [1] * 3


def test_a_stranger_does_not_matter(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    holds = observer.listen(Hold, "hold")
    publisher = observer.node.create_publisher(Heartbeat, "heartbeat", 1)
    processes.probe("recorder")
    processes.manager("managed_nodes:=[recorder]")
    released(observer, holds)
    stranger = Heartbeat(node="stranger", lifecycle_state=77, process_id=os.getpid(), machine=this_machine())
    publisher.publish(stranger)
    observer.spin_for(0.3)
    assert not holds[-1][1].hold
    # Whoever hears this would wait for the stranger's return when it ends.
    assert list(holds[-1][1].nodes) == ["recorder"]


@pytest.mark.slow
def test_a_node_that_speaks_but_hears_no_request_is_ended(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    # Its service is there, and nobody ever looks at what comes in.
    deaf = rclpy.create_node("recorder", context=observer.node.context)
    deaf.create_service(ChangeState, "recorder/change_state", lambda _, response: response)
    words = (sys.executable, "-c", "input()", "touchloop_nodes/recorder")
    with subprocess.Popen(words, stdin=subprocess.PIPE) as process:
        beat = Heartbeat(node="recorder", lifecycle_state=1, process_id=process.pid, machine=this_machine())
        publisher = observer.node.create_publisher(Heartbeat, "heartbeat", 1)
        observer.node.create_timer(0.05, lambda: publisher.publish(beat))
        manager = processes.manager("managed_nodes:=[recorder]")
        observer.until(lambda: process.poll() is not None, 60.0, "the end of a node that hears nothing")
        assert process.returncode == -signal.SIGTERM
    assert "recorder heard none of 6 requests" in text_of(manager)
    deaf.destroy_node()


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("managed_nodes:=[a, b, a]", "a name is there twice in a, b, a"),
        ("managed_nodes:=a", "expecting type 'STRING_ARRAY'"),
        ("heartbeat_timeout_s:=0.01", "Min: 0.06, Max: 10.0"),
        ("max_attempts:=0", "Min: 1, Max: 100"),
        (
            "hartbeat_timeout_s:=0.1",
            "lifecycle_manager has no parameter hartbeat_timeout_s; it has: heartbeat_timeout_s",
        ),
    ],
)
def test_bad_parameters(scene: tuple[Processes, Observer], parameter: str, message: str) -> None:
    manager = scene[0].manager(parameter)
    assert manager.wait(20) == 2
    assert message in text_of(manager)
    assert "Traceback" not in text_of(manager)
