"""Tare by a driver's service over DDS, alone and in the arm adapter."""

from pathlib import Path

import pytest
import yaml
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes
from robot_yaml import FOLDER
from sensor_msgs.msg import JointState
from std_srvs.srv import SetBool, Trigger

from touchloop.launching.packages import package_executable
from touchloop.robots.config_sensors import Tare
from touchloop_nodes import qos
from touchloop_nodes.tare_service import TareService

pytestmark = pytest.mark.nodes


class Arm:
    """What the arm's streams say, 50 times a second."""

    def __init__(self, observer: Observer) -> None:
        node = observer.node
        self.force_n, self.speed_m_s, self.commanded = 0.0, 0.0, False
        self._wrench = node.create_publisher(WrenchStamped, "wrench", 10)
        self._twist = node.create_publisher(TwistStamped, "tcp_twist", 10)
        self._target = node.create_publisher(PoseStamped, "target_pose", 1)
        node.create_timer(0.02, self._tell)

    def _tell(self) -> None:
        wrench, twist = WrenchStamped(), TwistStamped()
        wrench.wrench.force.z, twist.twist.linear.x = self.force_n, self.speed_m_s
        self._wrench.publish(wrench)
        self._twist.publish(twist)
        if self.commanded:
            self._target.publish(PoseStamped())


def ask(observer: Observer) -> Trigger.Response:
    return observer.call(Trigger, "observer/tare", Trigger.Request(), patience_s=20.0)


def until_asked(observer: Observer, words: str) -> Trigger.Response:
    return observer.until(lambda: a if words in (a := ask(observer)).message else None, what=f"'{words}'")


@pytest.mark.parametrize("kind", ["trigger", "set_bool"])
def test_the_drivers_service_is_called_only_in_free_air_at_rest(scene: tuple[Processes, Observer], kind: str) -> None:
    _, observer = scene
    calls: list[object] = []

    def zero(request: object, response: object) -> object:
        calls.append(request)
        response.success = True
        return response

    service = TareService(observer.node, Tare(service="/zero", kind=kind), False)
    assert "silent" in ask(observer).message
    arm = Arm(observer)
    until_asked(observer, "the driver's service /zero is not there")
    arm.speed_m_s = 0.05
    observer.spin_for(0.2)
    observer.node.create_service(Trigger if kind == "trigger" else SetBool, "/zero", zero)
    assert not until_asked(observer, "the arm moves").success
    arm.speed_m_s, arm.commanded = 0.0, True
    until_asked(observer, "the controller commands the arm")
    arm.commanded = False
    bias = observer.node.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
    bias.publish(WrenchStamped())
    arm.force_n = 8.0
    until_asked(observer, "the tool is in contact, 8.0 N")
    assert calls == []
    arm.force_n = 0.0
    assert until_asked(observer, "/zero: done").success
    assert len(calls) == 1
    assert kind == "trigger" or calls[0].data
    service.close()


def test_a_driver_that_refuses_is_told(scene: tuple[Processes, Observer]) -> None:
    _, observer = scene

    def zero(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = False, "the robot is off"
        return response

    observer.node.create_service(Trigger, "/zero", zero)
    service = TareService(observer.node, Tare(service="/zero"), False)
    Arm(observer)
    assert not until_asked(observer, "/zero: the robot is off").success
    service.close()


def test_the_arm_adapter_serves_it(scene: tuple[Processes, Observer], tmp_path: Path) -> None:
    processes, observer = scene
    content = yaml.safe_load((FOLDER / "fr3.yaml").read_text()) | {"tare": {"service": "/zero"}}
    content["topics"] |= {"joint_states": "driver/joints", "pose": "", "twist": "", "wrench": "driver/wrench"}
    robot = tmp_path / "robot.yaml"
    robot.write_text(yaml.safe_dump(content))
    calls: list[object] = []

    def zero(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        calls.append(request)
        response.success = True
        return response

    observer.node.create_service(Trigger, "/zero", zero)
    joints = observer.node.create_publisher(JointState, "driver/joints", 10)
    wrench = observer.node.create_publisher(WrenchStamped, "driver/wrench", 10)
    posture = JointState(name=content["joints"], position=content["posture_rad"], velocity=[0.0] * 7)

    def tell() -> None:
        posture.header.stamp = observer.node.get_clock().now().to_msg()
        joints.publish(posture)
        wrench.publish(WrenchStamped(header=posture.header))

    observer.node.create_timer(0.02, tell)
    executable = package_executable("touchloop_nodes", "arm_adapter", processes.environment)
    processes.start(executable, "--ros-args", "-p", f"robot:={robot}")
    assert observer.change("arm_adapter", CONFIGURE)
    assert observer.change("arm_adapter", ACTIVATE)
    answered = observer.until(
        lambda: a if (a := observer.call(Trigger, "arm_adapter/tare", Trigger.Request(), 20.0)).success else None,
        what="the sensor to be set to zero",
    )
    assert "/zero: done" in answered.message
    assert len(calls) == 1
