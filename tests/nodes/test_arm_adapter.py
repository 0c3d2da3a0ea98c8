"""The arm adapter over real DDS, between senders of targets and a controller: whom it obeys, and when it stops."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import rclpy
from diagnostic_msgs.msg import DiagnosticArray
from geometry_msgs.msg import PoseStamped
from node_processes import Observer, Processes, stage, text_of
from nodes_under_test import bring_up, start, status_of
from sensor_msgs.msg import JointState
from std_msgs.msg import Header, String

from touchloop.robots.kinematics import Kinematics
from touchloop.robots.load import load_robot
from touchloop.sim.arm import HOME_JOINT_POSITIONS, JOINT_NAMES, urdf_path
from touchloop_nodes import qos
from touchloop_nodes.conversions import from_pose, to_pose

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(120)]
ROBOT = Path(__file__).parents[2] / "config" / "robots" / "panda.yaml"
URDF = Path(urdf_path()).read_text()
AT_HOME = Kinematics(load_robot(ROBOT)[0], URDF).tcp_in_base(HOME_JOINT_POSITIONS)
PERIOD_S = 0.02
STRANGER_M = 0.05


class Line:
    """An arm that stands, its adapter, and who sends targets."""

    def __init__(self, processes: Processes, observer: Observer, urdf: str = URDF) -> None:
        self.observer = observer
        self.driver = self.node("driver")
        self._joints = self.driver.create_publisher(JointState, "driver/joint_states", 10)
        self._pose = self.driver.create_publisher(PoseStamped, "driver/current_pose", 10)
        self.description = self.driver.create_publisher(String, "robot_description", qos.latched())
        self.driver.create_timer(PERIOD_S, self._measure)
        self.owner = self.node("safety_supervisor")
        self._target = self.owner.create_publisher(PoseStamped, "target_pose", qos.command(lockstep=False))
        self.sends = True
        self.owner.create_timer(PERIOD_S, self._send)
        self.sent = observer.listen(PoseStamped, "controller/target_pose")
        self.diagnoses = observer.listen(DiagnosticArray, "/diagnostics")
        self.adapter = start(processes, "arm_adapter", f"robot:={ROBOT}", "follows:=safety_supervisor")
        bring_up(observer, "arm_adapter", self.adapter)
        self.description.publish(String(data=urdf))

    def node(self, name: str) -> Any:
        node = rclpy.create_node(name, context=self.observer.context)
        self.observer.executor.add_node(node)
        return node

    def pose(self, x_m: float = 0.0, frame: str = "base_link") -> PoseStamped:
        now = self.driver.get_clock().now().to_msg()
        shifted = np.concatenate([AT_HOME[:3] + np.array([x_m, 0.0, 0.0]), AT_HOME[3:]])
        return PoseStamped(header=Header(stamp=now, frame_id=frame), pose=to_pose(shifted))

    def _measure(self) -> None:
        now = self.driver.get_clock().now().to_msg()
        positions = HOME_JOINT_POSITIONS.tolist()
        self._joints.publish(JointState(header=Header(stamp=now), name=JOINT_NAMES, position=positions))
        self._pose.publish(self.pose())

    def _send(self) -> None:
        if self.sends:
            self._target.publish(self.pose())

    def drives(self) -> None:
        count = len(self.sent)
        self.observer.until(lambda: len(self.sent) > count + 5, 20.0, f"commands; {text_of(self.adapter)}")

    def says(self, words: str) -> None:
        def said() -> bool:
            status = status_of(self.diagnoses, "arm_adapter")
            return status is not None and words in status.message

        self.observer.until(said, 20.0, f"'{words}'; {text_of(self.adapter)}")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with stage(tmp_path) as (processes, observer):
        yield Line(processes, observer)


def test_a_second_sender_of_targets_is_named_and_not_obeyed(line: Line) -> None:
    line.drives()
    stranger = line.node("stranger")
    targets = stranger.create_publisher(PoseStamped, "target_pose", qos.command(lockstep=False))
    stranger.create_timer(PERIOD_S / 2, lambda: targets.publish(line.pose(STRANGER_M)))
    line.says("/stranger also publishes target_pose")
    line.drives()
    ways_m = [abs(from_pose(message.pose)[0] - AT_HOME[0]) for _, message in line.sent]
    assert max(ways_m) < STRANGER_M / 2


def test_while_somebody_else_commands_the_controller_nothing_is_sent(line: Line) -> None:
    line.drives()
    stranger = line.node("stranger")
    commands = stranger.create_publisher(PoseStamped, "controller/target_pose", qos.command(lockstep=False))
    line.says("/stranger also publishes")
    count = len(line.sent)
    line.observer.spin_for(0.5)
    assert len(line.sent) == count
    stranger.destroy_publisher(commands)
    line.drives()


def test_silence_stops_the_arm_where_it_is(line: Line) -> None:
    line.drives()
    line.sends = False
    line.says("no target_pose for")
    line.observer.spin_for(0.3)
    count = len(line.sent)
    line.observer.spin_for(0.5)
    assert len(line.sent) == count, "it was told to stop once"
    np.testing.assert_allclose(from_pose(line.sent[-1][1].pose)[:3], AT_HOME[:3], atol=1e-6)
    line.sends = True
    line.drives()


def test_a_description_that_does_not_fit_moves_nothing(tmp_path: Path) -> None:
    with stage(tmp_path) as (processes, observer):
        wrong = URDF.replace('xyz="0 -0.316 0"', 'xyz="0 -0.346 0"')
        assert wrong != URDF
        line = Line(processes, observer, wrong)
        line.says("the robot's description does not fit")
        assert line.sent == []
