"""What is wrong with a robot before it moves is refused by the safety supervisor, over real DDS; no target passes."""

import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
from geometry_msgs.msg import PoseStamped, TwistStamped, Vector3, Wrench, WrenchStamped
from node_processes import Observer, Processes, stage, text_of
from nodes_under_test import bring_up, start
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String
from std_srvs.srv import Trigger
from touchloop_msgs.msg import Heartbeat, SafetyState

from touchloop.control.process_life import ProcessName
from touchloop.geometry.pose import compose, quat_conjugate, rotate
from touchloop.safety.collision import CollisionGuard, movable_joints
from touchloop.sim.arm import HOME_JOINT_POSITIONS, urdf_path
from touchloop_nodes import qos
from touchloop_nodes.conversions import to_pose, to_time

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(180)]
URDF = Path(urdf_path()).read_text()
PERIOD_S = 0.01
PUSH = np.array([0.0, 6.0, 0.0])
TURN = np.array([0.0, 0.0, 0.0, 0.30, 0.0, 0.0, 0.954])
S = SafetyState


class Arm:
    """One arm's driver and controller, by the book unless a test spoils something: it stands and asks to stand."""

    def __init__(self, observer: Observer, arm: str = "") -> None:
        self.arm, prefix = arm, f"{arm}/" if arm else ""
        context = observer.context
        namespace = f"/{arm}" if arm else "/"
        self.driver = rclpy.create_node("driver", context=context, namespace=namespace)
        self.controller = rclpy.create_node("fast_controller", context=context, namespace=namespace)
        for node in (self.driver, self.controller):
            observer.executor.add_node(node)
        self.base, self.sensor = f"{prefix}base_link", f"{prefix}ft_sensor"
        joints = movable_joints(URDF)
        named = dict(zip([f"panda_joint{k}" for k in range(1, 8)], HOME_JOINT_POSITIONS, strict=True))
        self.joints, self.positions = joints, np.array([named[name] for name in joints])
        self.tcp_in_base = CollisionGuard(URDF, joints, self.positions, 0.01, None, []).tip_in_base(self.positions)
        self.wrench, self.bias = np.array([0.0, 0.0, -6.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, -6.0, 0.0, 0.0, 0.0])
        self.urdf, self.frame, self.tared = URDF, self.base, True
        reliable = qos.stream(lockstep=False)
        make = self.driver.create_publisher
        self._pose, self._twist = make(PoseStamped, "tcp_pose", reliable), make(TwistStamped, "tcp_twist", reliable)
        self._wrench = make(WrenchStamped, "wrench", reliable)
        self._joints = make(JointState, "joint_states", reliable)
        self._description = make(String, "robot_description", qos.latched())
        self._target = self.controller.create_publisher(PoseStamped, "target_pose", qos.command(lockstep=False))
        self._bias = self.controller.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
        self._beat = self.controller.create_publisher(Heartbeat, "/heartbeat", 1)
        self._said = False
        self.driver.create_timer(PERIOD_S, self._tick)

    def push(self, force_in_base: np.ndarray) -> None:
        """A person pushes the tool."""
        self.wrench = self.bias + np.concatenate(
            [rotate(quat_conjugate(self.tcp_in_base[3:]), force_in_base), np.zeros(3)]
        )

    def _tick(self) -> None:
        now = self.driver.get_clock().now().to_msg()
        if not self._said:
            self._description.publish(String(data=self.urdf))
            if self.tared:
                self._bias.publish(self._wrench_of(now, self.bias))
            self._said = True
        self._joints.publish(JointState(header=Header(stamp=now), name=self.joints, position=self.positions.tolist()))
        self._pose.publish(PoseStamped(header=Header(stamp=now, frame_id=self.frame), pose=to_pose(self.tcp_in_base)))
        self._twist.publish(TwistStamped(header=Header(stamp=now, frame_id=self.base)))
        self._wrench.publish(self._wrench_of(now, self.wrench))
        self._target.publish(PoseStamped(header=Header(stamp=now, frame_id=self.base), pose=to_pose(self.tcp_in_base)))
        own = ProcessName.own()
        name = f"{self.arm}/fast_controller" if self.arm else "fast_controller"
        stamp = to_time(self.driver.get_clock().now().nanoseconds)
        self._beat.publish(Heartbeat(stamp=stamp, node=name, process_id=own.process_id, machine=own.machine))

    def _wrench_of(self, stamp: Any, wrench: np.ndarray) -> WrenchStamped:
        parts = Wrench(force=_vector(wrench[:3]), torque=_vector(wrench[3:]))
        return WrenchStamped(header=Header(stamp=stamp, frame_id=self.sensor), wrench=parts)


def _vector(values: np.ndarray) -> Vector3:
    x, y, z = values.tolist()
    return Vector3(x=x, y=y, z=z)


class Scene:
    """Arms by the book and their supervisors."""

    def __init__(self, processes: Processes, observer: Observer) -> None:
        self.processes, self.observer = processes, observer
        self.passed: list[Any] = []

    def arm(self, name: str = "") -> Arm:
        return Arm(self.observer, name)

    def supervise(self, *parameters: str, arm: str = "") -> list[tuple[float, Any]]:
        prefix = f"{arm}/" if arm else ""
        states = self.observer.listen(SafetyState, f"{prefix}safety_state")
        self.observer.node.create_subscription(PoseStamped, f"{prefix}safe/target_pose", self.passed.append, 10)
        settings = ("upper_in_base_m:=[0.9, 0.5, 0.9]", "auto_start:=true", "latency_limit_s:=1.0", *parameters)
        own = (f"arm:={arm}",) if arm else ()
        child = start(self.processes, "safety_supervisor", *settings, *own, namespace=arm)
        bring_up(self.observer, f"{prefix}safety_supervisor", child)
        self.child = child
        return states

    def ask(self, service: str) -> Any:
        return self.observer.call(Trigger, service, Trigger.Request())

    def runs(self, states: list[tuple[float, Any]]) -> None:
        try:
            self.observer.until(lambda: states and states[-1][1].state == S.RUNNING, 30.0, "RUNNING")
        except AssertionError as error:
            last = [message for _, message in states[-1:]]
            raise AssertionError(f"{error}; the last state: {last}; log: {text_of(self.child)}") from error

    def refuses(self, service: str, words: str) -> None:
        """The checks say so, and nothing passes."""
        answers: list[str] = []

        def said() -> bool:
            answers.append(self.ask(service).message)
            return words in answers[-1]

        try:
            self.observer.until(said, 30.0, f"'{words}'")
        except AssertionError as error:
            raise AssertionError(f"{error}; the last answer: {answers[-1:]}; log: {text_of(self.child)}") from error
        self.observer.spin_for(1.0)
        assert self.passed == []


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with stage(tmp_path) as (processes, observer):
        yield Scene(processes, observer)


def test_an_arm_by_the_book_moves(scene: Scene) -> None:
    scene.arm()
    states = scene.supervise("watch_collisions:=arm", f"calibrated:='{datetime.datetime.now(tz=datetime.UTC).date()}'")
    scene.runs(states)
    scene.observer.until(lambda: scene.passed, 5.0, "a target that passes")


def by_the_book(arm: Arm) -> None:
    assert arm.tared


def wrong_frame(arm: Arm) -> None:
    arm.frame = "world"


def nobody_tares(arm: Arm) -> None:
    arm.tared = False


def wrong_tare(arm: Arm) -> None:
    arm.bias = np.array([0.0, 0.0, 9.0, 0.0, 0.0, 0.0])


def wrong_urdf(arm: Arm) -> None:
    arm.urdf = URDF.replace('xyz="0 -0.316 0"', 'xyz="0 -0.346 0"')
    assert arm.urdf != URDF


def another_robots_urdf(arm: Arm) -> None:
    arm.urdf = URDF.replace("panda_joint4", "elbow_joint")


@pytest.mark.parametrize(
    ("spoil", "parameters", "words"),
    [
        (wrong_frame, (), "tcp_pose is in frame 'world', expected 'base_link'"),
        (nobody_tares, (), "the sensor is not tared"),
        (wrong_tare, (), "15.0 N are felt before motion"),
        (wrong_urdf, ("watch_collisions:=arm",), "wrong URDF, tool or base frame"),
        (another_robots_urdf, ("watch_collisions:=arm",), "joint_states lack elbow_joint"),
        (
            by_the_book,
            ("calibrated:='2020-02-02'",),
            "days old, at most 90 are allowed: run `touchloop calibrate`",
        ),
    ],
    ids=["wrong frame", "not tared", "wrongly tared", "wrong URDF", "another robot's URDF", "stale calibration"],
)
def test_what_is_wrong_is_refused_before_motion(
    scene: Scene, spoil: Callable[[Arm], None], parameters: tuple[str, ...], words: str
) -> None:
    spoil(scene.arm())
    scene.supervise(*parameters)
    scene.refuses("safety_supervisor/preflight", words)


def test_swapped_arms_are_found_by_a_push(scene: Scene) -> None:
    # Somebody plugged the left sensor into the right arm's driver: the person pushes left, and right feels it.
    right = scene.arm("right")
    scene.arm("left")
    states = scene.supervise("guided:=touch", "partner:=''", arm="left")
    right.push(PUSH)
    scene.refuses("left/safety_supervisor/check_touch", "only 0.0 N were felt")
    scene.refuses("left/safety_supervisor/preflight", "FAILED guided touch")
    assert states[-1][1].state == S.PREFLIGHT


def test_a_guided_touch_and_two_tares_let_it_go(scene: Scene) -> None:
    arm = scene.arm()
    states = scene.supervise("guided:=touch and tare")
    scene.refuses("safety_supervisor/preflight", "push the tool along +y of base")
    arm.push(PUSH)
    scene.observer.until(lambda: scene.ask("safety_supervisor/check_touch").success, 10.0, "the push to be felt")
    arm.push(np.zeros(3))
    scene.observer.spin_for(0.3)
    assert "turn the tool" in scene.ask("safety_supervisor/check_tare").message
    assert states[-1][1].state == S.PREFLIGHT
    # The person turns the tool by hand: the arm is back-driven.
    arm.tcp_in_base = compose(arm.tcp_in_base, TURN / np.array([1, 1, 1, *[np.linalg.norm(TURN[3:])] * 4]))
    scene.observer.spin_for(0.3)
    assert scene.ask("safety_supervisor/check_tare").success
    scene.runs(states)


def test_a_push_against_the_told_direction_is_a_wrong_sign(scene: Scene) -> None:
    arm = scene.arm()
    scene.supervise("guided:=touch")
    arm.push(-PUSH)
    scene.refuses("safety_supervisor/check_touch", "the sensor's sign is turned round")
