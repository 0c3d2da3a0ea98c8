"""The base of all nodes, as a real process."""

import itertools
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from diagnostic_msgs.msg import DiagnosticArray
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes, end, stage, text_of
from rcl_interfaces.srv import DescribeParameters, SetParameters
from rclpy.parameter import Parameter
from touchloop_msgs.msg import Heartbeat

pytestmark = pytest.mark.nodes
UNCONFIGURED, ACTIVE = 1, 3


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[tuple[Processes, Observer]]:
    with stage(tmp_path) as scene:
        yield scene


def set_parameter(observer: Observer, name: str, value: object) -> str:
    """Returns the reason against it, empty where it was set."""
    request = SetParameters.Request(parameters=[Parameter(name, value=value).to_parameter_msg()])
    (result,) = observer.call(SetParameters, "probe/set_parameters", request).results
    return "" if result.successful else result.reason


@pytest.mark.parametrize("executor", ["events", "single"])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_life(scene: tuple[Processes, Observer], executor: str, number: int) -> None:
    processes, observer = scene
    beats = observer.listen(Heartbeat, "heartbeat")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    probe = processes.probe("probe", "-p", "rate_hz:=100", "-p", "weights:=[3, 4]", TOUCHLOOP_EXECUTOR=executor)
    observer.until(lambda: beats, what="a heartbeat before the node is configured")
    assert beats[0][1].lifecycle_state == UNCONFIGURED
    assert beats[0][1].node == "probe"
    assert observer.change("probe", CONFIGURE)
    assert observer.change("probe", ACTIVATE)
    beats.clear()
    observer.spin_for(1.5)
    assert beats[-1][1].lifecycle_state == ACTIVE
    assert 15 <= len(beats) / 1.5 <= 25
    status = diagnoses[-1][1].status[0]
    assert (status.name, status.level, status.message) == ("probe", b"\x01", "probing")
    assert [(v.key, v.value) for v in status.values] == [("rate_hz", "100"), ("lateness_s", "1.23457e-05")]
    assert end(probe, number) == 0
    words = text_of(probe).splitlines()
    assert words[0] == "configured 100.0 [3.0, 4.0]"
    assert words[1:] == ["activated", "deactivated", "cleaned up"]


def test_parameters_say_what_is_valid(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    processes.probe("probe")
    request = DescribeParameters.Request(names=["rate_hz", "mode"])
    rate, mode = observer.call(DescribeParameters, "probe/describe_parameters", request).descriptors
    assert (rate.floating_point_range[0].from_value, rate.floating_point_range[0].to_value) == (1.0, 1000.0)
    assert mode.additional_constraints == "one of: a, b"
    assert set_parameter(observer, "rate_hz", 100) == ""
    assert "Min: 1.0, Max: 1000.0" in set_parameter(observer, "rate_hz", 5000.0)
    assert set_parameter(observer, "mode", "c") == "mode is 'c'; it can be one of: a, b"
    assert set_parameter(observer, "even", 3) == "even is 3; it must be even"
    assert "read-only" in set_parameter(observer, "lockstep", True)
    assert observer.change("probe", CONFIGURE)
    assert set_parameter(observer, "mode", "b") == ""
    assert set_parameter(observer, "rate_hz", 50.0).startswith("rate_hz takes effect when probe is configured")


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        ("rate_hz:=0.5", "Min: 1.0, Max: 1000.0"),
        ("rate_hz:=fast", "expecting type 'DOUBLE'"),
        ("mode:=c", "it can be one of: a, b"),
        ("even:=3", "it must be even"),
    ],
)
def test_a_bad_parameter_at_the_start_ends_the_process(
    scene: tuple[Processes, Observer], assignment: str, message: str
) -> None:
    probe = scene[0].probe("probe", "-p", assignment)
    assert probe.wait(20) == 2
    assert text_of(probe).startswith("error: probe: parameter ")
    assert message in text_of(probe)
    assert "Traceback" not in text_of(probe)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-p", "fail:=input"], "cannot configure: the weights are damaged"),
        (["-p", "fail:=bug"], "cannot configure: 'surprise'\nTraceback"),
        (
            ["-p", "rat_hz:=1.0"],
            "probe has no parameter rat_hz; it has: arm, cleanup_s, configure_s, count, even, fail, lockstep, mode",
        ),
    ],
)
def test_a_failing_configure_is_logged_and_can_be_repeated(
    scene: tuple[Processes, Observer], arguments: list[str], message: str
) -> None:
    processes, observer = scene
    probe = processes.probe("probe", *arguments)
    for _ in range(2):
        assert not observer.change("probe", CONFIGURE)
        assert observer.state("probe") == "unconfigured"
    assert text_of(probe).count(message) == 2
    assert text_of(probe).count("cleaned up") == 2
    assert end(probe) == 0


def test_a_failing_activate_releases_everything(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    probe = processes.probe("probe", "-p", "fail:=activate")
    assert observer.change("probe", CONFIGURE)
    assert not observer.change("probe", ACTIVATE)
    assert observer.state("probe") == "unconfigured"
    assert "cannot activate: no power" in text_of(probe)


def test_a_failing_callback_ends_the_process_safely(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    probe = processes.probe("probe", "-p", "fail:=callback")
    assert observer.change("probe", CONFIGURE)
    assert observer.change("probe", ACTIVATE)
    assert probe.wait(20) == 1
    assert "ZeroDivisionError" in text_of(probe)
    assert text_of(probe).splitlines()[-2:] == ["deactivated", "cleaned up"]


def test_heartbeat_survives_a_long_configure_but_not_a_hung_executor(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    beats = observer.listen(Heartbeat, "heartbeat")
    processes.probe("probe", "-p", "fail:=hang", "-p", "configure_s:=2.0")
    assert observer.change("probe", CONFIGURE)
    assert max(later - earlier for (earlier, _), (later, _) in itertools.pairwise(beats)) < 0.5
    assert observer.change("probe", ACTIVATE)
    observer.until(lambda: not observer.spin_for(0.5) and observer.node.get_clock(), what="a pause")
    observer.spin_for(1.5)
    beats.clear()
    observer.spin_for(0.5)
    assert beats == []


def test_lockstep_sends_nothing_with_wall_time(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    processes.probe("probe", "-p", "lockstep:=true")
    assert observer.change("probe", CONFIGURE)
    topics = dict(observer.node.get_topic_names_and_types())
    assert "/heartbeat" not in topics
    assert "/diagnostics" not in topics


def test_an_unknown_executor_is_refused(scene: tuple[Processes, Observer]) -> None:
    probe = scene[0].probe("probe", TOUCHLOOP_EXECUTOR="fast")
    assert probe.wait(20) == 2
    assert "executor 'fast' is unknown; TOUCHLOOP_EXECUTOR can be: events, single" in text_of(probe)


def test_two_ctrl_c_in_a_row_are_one(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    probe = processes.probe("probe", "-p", "cleanup_s:=1.0")
    assert observer.change("probe", CONFIGURE)
    os.kill(probe.pid, signal.SIGINT)
    observer.spin_for(0.2)
    assert end(probe) == 0
    assert text_of(probe).splitlines()[-1] == "cleaned up"


def test_sigterm_ends_a_node_that_hangs_in_its_farewell(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    probe = processes.probe("probe", "-p", "cleanup_s:=60.0")
    assert observer.change("probe", CONFIGURE)
    os.kill(probe.pid, signal.SIGINT)
    observer.spin_for(0.2)
    assert end(probe, signal.SIGTERM) == 128 + signal.SIGTERM
