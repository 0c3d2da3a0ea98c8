"""Between ROS messages and ``touchloop.robots.wire``."""

from collections.abc import Callable
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray, Header
from trajectory_msgs.msg import JointTrajectory, JointTrajectoryPoint

from touchloop.errors import InputError
from touchloop.robots.wire import JointPath, JointSample, Numbers, PoseSample, TwistSample, Wire, WrenchSample
from touchloop_nodes.cdr import NS_PER_S, DoublesTemplate, frame_of
from touchloop_nodes.conversions import (
    decoded,
    from_time,
    header,
    pose_template,
    read_pose,
    read_wrench,
    wrench_template,
)

KINDS: dict[type, Any] = {
    PoseSample: PoseStamped,
    TwistSample: TwistStamped,
    WrenchSample: WrenchStamped,
    JointSample: JointState,
    JointPath: JointTrajectory,
    Numbers: Float64MultiArray,
}
COMMAND_KINDS: dict[str, type] = {
    "target_pose": PoseSample,
    "target_frame": PoseSample,
    "pose_target_cmds": PoseSample,
    "delta_twist_cmds": TwistSample,
    "target_wrench": WrenchSample,
    "ft_sensor_wrench": WrenchSample,
    "target_joint": JointSample,
    "robot_joint_command": JointSample,
    "joint_trajectory": JointPath,
    "commands": Numbers,
    "target_stiffness": Numbers,
}
"""What the adapters' commands are."""


class WirePublisher:
    """Publishes samples of one kind on a topic."""

    def __init__(self, node: Node, kind: type, topic: str, profile: QoSProfile) -> None:
        self._node = node
        self.publisher = node.create_publisher(KINDS[kind], topic, profile)
        self._templates: dict[str, DoublesTemplate] = {}

    def publish(self, sample: Wire) -> None:
        """Sends one."""
        self.publisher.publish(self._message(sample))

    def close(self) -> None:
        """Ends the publisher."""
        self._node.destroy_publisher(self.publisher)

    def _message(self, sample: Wire) -> Any:
        if isinstance(sample, PoseSample):
            return self._template(sample.frame, pose_template).filled(sample.stamp_ns, sample.pose)
        if isinstance(sample, WrenchSample):
            return self._template(sample.frame, wrench_template).filled(sample.stamp_ns, sample.wrench)
        if isinstance(sample, TwistSample):
            return self._template(sample.frame, _twist_template).filled(sample.stamp_ns, sample.twist)
        if isinstance(sample, JointSample):
            return JointState(
                header=header(sample.stamp_ns, ""),
                name=list(sample.names),
                position=sample.positions.tolist(),
                velocity=sample.velocities.tolist(),
                effort=sample.efforts.tolist(),
            )
        if isinstance(sample, JointPath):
            return _trajectory(sample)
        return Float64MultiArray(data=sample.values.tolist())

    def _template(self, frame: str, make: Callable[[str], DoublesTemplate]) -> DoublesTemplate:
        if frame not in self._templates:
            self._templates[frame] = make(frame)
        return self._templates[frame]


def read_wire(kind: type, data: bytes) -> Any:
    """A serialised message as a sample of ``kind``; raises ValueError when it is not one."""
    if kind is PoseSample:
        return PoseSample(*_framed(data, read_pose))
    if kind in (WrenchSample, TwistSample):
        return kind(*_framed(data, read_wrench))
    try:
        message = decoded(data, KINDS[kind])
    except InputError as error:
        raise ValueError(str(error)) from error
    if kind is JointSample:
        values = (np.array(numbers, dtype=float) for numbers in (message.position, message.velocity, message.effort))
        return JointSample(from_time(message.header.stamp), tuple(message.name), *values)
    if kind is JointPath:
        points = message.points
        return JointPath(
            from_time(message.header.stamp),
            tuple(message.joint_names),
            tuple(p.time_from_start.sec + p.time_from_start.nanosec / NS_PER_S for p in points),
            np.array([p.positions for p in points], dtype=float),
            np.array([p.velocities for p in points], dtype=float),
        )
    return Numbers(np.array(message.data, dtype=float))


def _framed(data: bytes, read: Callable[[bytes], tuple[int, np.ndarray]]) -> tuple[int, str, np.ndarray]:
    stamp_ns, values = read(data)
    return stamp_ns, frame_of(data), values


def _twist_template(frame: str) -> DoublesTemplate:
    return DoublesTemplate(TwistStamped(header=Header(frame_id=frame)), 6)


def _trajectory(path: JointPath) -> JointTrajectory:
    message = JointTrajectory(header=header(path.stamp_ns, ""), joint_names=list(path.names))
    for number, time_s in enumerate(path.times_s):
        time_ns = round(time_s * NS_PER_S)
        point = JointTrajectoryPoint(
            positions=path.positions[number].tolist(),
            time_from_start=Duration(sec=time_ns // NS_PER_S, nanosec=time_ns % NS_PER_S),
        )
        if path.velocities.size:
            point.velocities = path.velocities[number].tolist()
        message.points.append(point)
    return message
