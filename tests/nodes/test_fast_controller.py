"""The fast controller as a real process, fed by hand."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped, WrenchStamped
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes, end, text_of
from nodes_under_test import bring_up, change, figures, start, started, status_of
from std_msgs.msg import Header, String
from touchloop_msgs.msg import ControllerState, Heartbeat, Hold, LatentPlan, SafetyState

from touchloop.control.process_life import this_machine
from touchloop.policy.weights import read_card
from touchloop_nodes.conversions import to_pose

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(300)]
Scene = tuple[Processes, Observer]
FEED_PERIOD_S = 0.01
POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
NO_MANAGER = "require_manager:=false"


class Feed:
    """An arm that is where its target is: sends pose and wrench 100 times a second while the observer spins."""

    def __init__(self, observer: Observer) -> None:
        node = observer.node
        self.node = node
        self.force_z_n = -1.0
        self.pose_frame = "base_link"
        self._pose = to_pose(POSE)
        node.create_subscription(PoseStamped, "target_pose", self._follow, 1)
        self._poses = node.create_publisher(PoseStamped, "tcp_pose", 10)
        self._wrenches = node.create_publisher(WrenchStamped, "wrench", 10)
        self.plans = node.create_publisher(LatentPlan, "plan", 1)
        self._timer = node.create_timer(FEED_PERIOD_S, self._send)

    def _follow(self, target: PoseStamped) -> None:
        self._pose = target.pose

    def _send(self) -> None:
        stamp = self.node.get_clock().now().to_msg()
        self._poses.publish(PoseStamped(header=Header(stamp=stamp, frame_id=self.pose_frame), pose=self._pose))
        wrench = WrenchStamped(header=Header(stamp=stamp, frame_id="ft_sensor"))
        wrench.wrench.force.z = self.force_z_n
        self._wrenches.publish(wrench)

    def plan(self, weights_id: str, **change: Any) -> None:
        stamp = self.node.get_clock().now().to_msg()
        parts = {"horizon": 32, "latent_steps": 8, "latent_dim": 4, "latent": [0.0] * 32} | change
        plan = LatentPlan(header=Header(stamp=stamp, frame_id="base_link"), weights_id=weights_id, **parts)
        plan.base_pose = to_pose(POSE)
        plan.action_period.nanosec = 40_000_000
        self.plans.publish(plan)


class States:
    """What the controller says about itself."""

    def __init__(self, observer: Observer) -> None:
        self._observer = observer
        self.kept = observer.listen(ControllerState, "controller_state")

    def until(self, mode: int, said: str = "", timeout_s: float = 20.0) -> ControllerState:
        def there() -> bool:
            return bool(self.kept) and self.kept[-1][1].mode == mode and said in self.kept[-1][1].reason

        try:
            self._observer.until(there, timeout_s, f"mode {mode} because of '{said}'")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {self.kept[-1:]}") from error
        return self.kept[-1][1]


@pytest.fixture
def fed(scene: Scene) -> tuple[Observer, Feed, States]:
    _, observer = scene
    return observer, Feed(observer), States(observer)


def weights_id(weights: Path, which: str = "0") -> str:
    return read_card(weights / which).weights_id


def test_the_ladder_and_back(scene: Scene, fed: tuple[Observer, Feed, States], weights: Path) -> None:
    observer, feed, states = fed
    targets = observer.listen(PoseStamped, "target_pose")
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    biases = observer.listen(WrenchStamped, "wrench_bias")
    controller = started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    states.until(ControllerState.TARE, "measuring the wrench bias")
    states.until(ControllerState.HOLD, "no plan yet")
    observer.until(lambda: biases, what="the bias")
    assert biases[-1][1].wrench.force.z == pytest.approx(-1.0)
    assert biases[-1][1].header.frame_id == "ft_sensor"
    feed.plan(weights_id(weights))
    following = states.until(ControllerState.FOLLOW)
    assert following.reason == ""
    assert following.force_n == pytest.approx(0.0, abs=0.1)
    states.until(ControllerState.HOLD, "no plan for")
    feed.force_z_n = np.nan
    states.until(ControllerState.STOP, "wrench holds a NaN or an infinity")
    targets.clear()
    # The first ones may have been on their way before.
    observer.until(lambda: len(targets) > 60, what="frozen targets")
    assert len({(t.pose.position.x, t.pose.position.y, t.pose.position.z) for _, t in targets[10:]}) == 1
    feed.force_z_n = -1.0
    states.until(ControllerState.HOLD, "no plan for")
    feed.pose_frame = "world"
    states.until(ControllerState.STOP, "tcp_pose: is in frame 'world', expected 'base_link'")
    feed.pose_frame = "base_link"
    states.until(ControllerState.HOLD)
    first = states.kept[-1][1].tick
    observer.spin_for(2.0)
    assert states.kept[-1][1].tick - first > 250
    values = figures(status_of(diagnoses, "fast_controller"))
    assert float(values["kept_ratio"]) > 0.5
    assert values["scheduling"].startswith(("normal", "real-time"))
    loaded = Path(f"/proc/{controller.pid}/maps").read_text()
    assert "torch" not in loaded
    assert "onnxruntime" not in loaded
    assert end(controller) == 0


def test_plans_that_do_not_fit_are_refused(scene: Scene, fed: tuple[Observer, Feed, States], weights: Path) -> None:
    _, feed, states = fed
    started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    states.until(ControllerState.HOLD, "no plan yet")
    feed.plan(weights_id(weights, "1"))
    other = f"plan made by weights {weights_id(weights, '1')}, the controller has {weights_id(weights)}"
    states.until(ControllerState.HOLD, other)
    feed.plan(weights_id(weights), horizon=16)
    states.until(ControllerState.HOLD, "expected (8, 4) for 32")
    feed.plan(weights_id(weights), latent=[float("nan")] * 32)
    states.until(ControllerState.HOLD, "plan holds a NaN or an infinity")
    feed.plan(weights_id(weights), latent_steps=7)
    states.until(ControllerState.HOLD, "latent has 32 numbers, expected 28")
    feed.plan(weights_id(weights))
    states.until(ControllerState.FOLLOW)


def test_a_topic_of_the_wrong_type_is_named(scene: Scene, weights: Path) -> None:
    _, observer = scene
    states = States(observer)
    diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
    wrong = observer.node.create_publisher(String, "wrench", 1)
    poses = observer.node.create_publisher(PoseStamped, "tcp_pose", 1)

    def send() -> None:
        wrong.publish(String(data="5 N"))
        stamp = observer.node.get_clock().now().to_msg()
        poses.publish(PoseStamped(header=Header(stamp=stamp, frame_id="base_link"), pose=to_pose(POSE)))

    observer.node.create_timer(FEED_PERIOD_S, send)
    controller = started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    said = "wrench is published as std_msgs/msg/String by /observer, expected geometry_msgs/msg/WrenchStamped"
    states.until(ControllerState.STOP, said)
    assert said in text_of(controller)
    observer.until(
        lambda: (status := status_of(diagnoses, "fast_controller")) and said in status.message, what="the diagnosis"
    )


def test_it_holds_unless_the_manager_keeps_speaking(
    scene: Scene, fed: tuple[Observer, Feed, States], weights: Path
) -> None:
    observer, _, states = fed
    manager = observer.node.create_publisher(Hold, "hold", 1)
    started(scene, "fast_controller", f"weights:={weights / '0'}")
    states.until(ControllerState.HOLD, "no word from lifecycle_manager yet")
    speech = Hold()
    timer = observer.node.create_timer(0.05, lambda: manager.publish(speech))
    states.until(ControllerState.HOLD, "no plan yet")
    speech.hold, speech.reason = True, "missing: pybullet_world"
    states.until(ControllerState.HOLD, "missing: pybullet_world")
    timer.cancel()
    states.until(ControllerState.HOLD, "lifecycle_manager is silent for")


def test_the_wrench_of_a_stranger_is_not_believed(
    scene: Scene, fed: tuple[Observer, Feed, States], weights: Path
) -> None:
    observer, feed, states = fed
    started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    states.until(ControllerState.HOLD, "no plan yet")
    forged = observer.node.create_publisher(WrenchStamped, "wrench", 10)

    def forge() -> None:
        wrench = WrenchStamped(header=Header(stamp=feed.node.get_clock().now().to_msg(), frame_id="ft_sensor"))
        wrench.wrench.force.z = -11.0
        forged.publish(wrench)

    timer = observer.node.create_timer(FEED_PERIOD_S / 2.0, forge)
    states.kept.clear()
    observer.spin_for(1.5)
    assert max(abs(state.force_n) for _, state in states.kept) < 1.0
    timer.cancel()
    # The owner's own force counts as before.
    feed.force_z_n = -11.0
    observer.until(lambda: states.kept[-1][1].force_n > 9.0, what="the true force")


def test_it_sees_by_itself_that_a_node_beside_it_has_died(
    scene: Scene, fed: tuple[Observer, Feed, States], weights: Path
) -> None:
    observer, feed, states = fed
    manager = observer.node.create_publisher(Hold, "hold", 1)
    started(scene, "fast_controller", f"weights:={weights / '0'}")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as neighbour:
        # This manager never says so itself.
        speech = Hold(machine=this_machine(), nodes=["slow_planner"], process_ids=[neighbour.pid])
        speaking = observer.node.create_timer(0.05, lambda: manager.publish(speech))
        plans = observer.node.create_timer(0.2, lambda: feed.plan(weights_id(weights)))
        states.until(ControllerState.FOLLOW)
        neighbour.kill()
        states.until(ControllerState.HOLD, "missing: slow_planner")
        speech.process_ids = [os.getpid()]
        states.until(ControllerState.FOLLOW)
    plans.cancel()
    speaking.cancel()


def test_it_holds_while_the_safety_supervisor_does(
    scene: Scene, fed: tuple[Observer, Feed, States], weights: Path
) -> None:
    observer, feed, states = fed
    supervisor = observer.node.create_publisher(SafetyState, "safety_state", 10)
    started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    states.until(ControllerState.HOLD, "no plan yet")
    said = SafetyState(state=SafetyState.HOLDING, reason="wrench is silent")
    timer = observer.node.create_timer(0.05, lambda: supervisor.publish(said))
    plans = observer.node.create_timer(0.2, lambda: feed.plan(weights_id(weights)))
    states.until(ControllerState.HOLD, "the safety supervisor: wrench is silent")
    said.state, said.reason = SafetyState.RUNNING, ""
    states.until(ControllerState.FOLLOW)
    said.state = SafetyState.READY
    states.until(ControllerState.HOLD, "the safety supervisor: not started")
    # One that is gone is the manager's to notice.
    timer.cancel()
    states.until(ControllerState.FOLLOW)
    plans.cancel()


def test_one_arm_of_several_hears_what_all_share_above_its_namespace(scene: Scene, weights: Path) -> None:
    processes, observer = scene
    node = observer.node
    states = observer.listen(ControllerState, "stack/left/controller_state")
    beats = observer.listen(Heartbeat, "stack/heartbeat")
    poses = node.create_publisher(PoseStamped, "stack/left/tcp_pose", 10)
    holds = node.create_publisher(Hold, "stack/hold", 1)
    words = ("arm:=left", "task:=lift", f"weights:={weights / 'lift'}")
    child = start(processes, "fast_controller", *words, namespace="stack/left")
    bring_up(observer, "stack/left/fast_controller", child)

    def until_said(said: str, frame: str) -> None:
        def there() -> bool:
            stamp = node.get_clock().now().to_msg()
            poses.publish(PoseStamped(header=Header(stamp=stamp, frame_id=frame), pose=to_pose(POSE)))
            holds.publish(Hold(hold=True, reason="missing: slow_planner"))
            return bool(states) and said in states[-1][1].reason

        observer.until(there, what=said)

    until_said("tcp_pose: is in frame 'base_link', expected 'left/base_link'", "base_link")
    assert {beat.node for _, beat in beats} == {"left/fast_controller"}
    assert states[-1][1].header.frame_id == "left/base_link"
    stray = start(processes, "fast_controller", *words)
    assert stray.wait(60) == 2
    assert "arm is 'left', but the namespace is '/'" in text_of(stray)
    assert end(child) == 0


def test_a_second_controller_is_refused(scene: Scene, weights: Path) -> None:
    processes, observer = scene
    started(scene, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER)
    second = start(processes, "fast_controller", f"weights:={weights / '0'}", NO_MANAGER, name="second_controller")
    assert change(observer, "second_controller", CONFIGURE), text_of(second)
    assert not change(observer, "second_controller", ACTIVATE)
    assert "/fast_controller already publishes target_pose; only one node may command the arm" in text_of(second)


def test_bad_weights_and_times_are_refused_in_configure(scene: Scene, weights: Path, tmp_path: Path) -> None:
    processes, observer = scene
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in (weights / "0").iterdir():
        (damaged / file.name).write_bytes(file.read_bytes())
    content = bytearray((damaged / "decoder.safetensors").read_bytes())
    content[-1] ^= 1
    (damaged / "decoder.safetensors").write_bytes(content)
    expected = {
        "missing": ([f"weights:={tmp_path / 'nowhere'}"], "no weights here (card.json is missing)"),
        "damaged": ([f"weights:={damaged}"], "damaged (its SHA-256 is not the card's)"),
        "task": ([f"weights:={weights / '0'}", "task:=peel"], "weights for task 'wipe', expected 'peel'"),
        "arms": (
            [f"weights:={weights / 'lift'}", "task:=lift"],
            "weights of task 'lift' for 2 arms; this controller serves the only arm",
        ),
        "latency": (
            [f"weights:={weights / '0'}", "lockstep:=true", "plan_latency_s:=0.101"],
            "plan_latency_s is 0.101: that is 101 ms, and lock-step needs a multiple of 4 ms",
        ),
    }
    children = {
        name: start(processes, "fast_controller", *parameters, name=name) for name, (parameters, _) in expected.items()
    }
    for name, (_, said) in expected.items():
        done = change(observer, name, CONFIGURE) and change(observer, name, ACTIVATE)
        assert not done
        assert said in text_of(children[name])
