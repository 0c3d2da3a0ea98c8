"""The arm adapter's topics: the driver's streams in, the project's out; targets in, the controller's commands out."""

from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile

from touchloop.control.deadline import prefer_all_threads
from touchloop.robots.bridge import ArmBridge
from touchloop.robots.config import RobotConfig
from touchloop.robots.wire import Command, JointSample, PoseSample, TwistSample, WrenchSample
from touchloop_nodes import matching, qos
from touchloop_nodes.conversions import ArmFrames, read_wrench
from touchloop_nodes.owned_input import OwnedInput
from touchloop_nodes.wire_messages import COMMAND_KINDS, KINDS, WirePublisher, read_wire

STREAMS = {"joint_states": JointSample, "tcp_pose": PoseSample, "tcp_twist": TwistSample, "wrench": WrenchSample}
TARGET, TARGET_DEPTH = "target_pose", 32
"""Deep, so that a stranger's targets do not crowd out the owner's."""
PRIORITY = 8
"""Of the process: it is on the way from the controller, which comes first, to the arm."""


class AdapterStreams:
    """Connects a bridge on ``node``.

    Args:
        node: in the arm's namespace.
        config: the robot.
        bridge: that translates.
        frames: the arm's.
        follows: full name of the node whose targets count; empty for the first who sends.
        lockstep: simulated time waits for the nodes.

    Attributes:
        other: who else publishes the controller's commands; while somebody does nothing is sent.
        faults: topic to what is wrong with it.
    """

    def __init__(
        self, node: Node, config: RobotConfig, bridge: ArmBridge, frames: ArmFrames, follows: str, lockstep: bool
    ) -> None:
        self._node, self._bridge, self._frames = node, bridge, frames
        self.faults: dict[str, str] = {}
        self._command_topics = {name: config.topics.commands[name] for name in bridge.commands}
        self._outputs = {name: WirePublisher(node, kind, name, qos.stream(lockstep)) for name, kind in STREAMS.items()}
        self._commands = {
            name: WirePublisher(node, COMMAND_KINDS[name], topic, qos.command(lockstep))
            for name, topic in self._command_topics.items()
        }
        self.other = self.find_others()
        topics, stream = config.topics, qos.stream_input(lockstep)
        prefer_all_threads(PRIORITY)
        self._inputs = [
            node.create_subscription(KINDS[kind], topic, self._hearer(kind, topic, use), profile, raw=True)
            for kind, topic, profile, use in (
                (JointSample, topics.joint_states, stream, self._joints),
                (PoseSample, topics.pose, stream, self._pose),
                (TwistSample, topics.twist, stream, self._twist),
                (WrenchSample, topics.wrench, stream, self._wrench),
                (WrenchSample, "target_wrench", stream, self._planned),
            )
            if topic
        ]
        self._targets = OwnedInput(node, KINDS[PoseSample], TARGET, QoSProfile(depth=TARGET_DEPTH), follows)
        self._take_target = self._hearer(PoseSample, TARGET, self._target)
        # It only tells that a target has come; who sent it is seen where it is taken.
        wake = node.create_subscription(KINDS[PoseSample], TARGET, self._wake, qos.command(lockstep), raw=True)
        self._inputs.append(wake)
        latched = qos.latched()
        self._inputs.append(node.create_subscription(WrenchStamped, "wrench_bias", self._bias, latched, raw=True))

    def close(self) -> None:
        """Ends all publishers and subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)
        self._targets.close()
        for publisher in (*self._outputs.values(), *self._commands.values()):
            publisher.close()

    def check(self) -> None:
        """To be called often: stops the arm when no target comes, and looks who else commands it."""
        self._targets.look()
        self._send(self._bridge.stop_if_silent())
        self.other = self.find_others()

    @property
    def strangers(self) -> str:
        """Who else sends targets, which are passed over; empty for nobody."""
        return self._targets.strangers

    def find_others(self) -> str:
        """Who else publishes the controller's commands; empty for nobody."""
        found = {topic: matching.other_publishers(self._node, topic) for topic in self._command_topics.values()}
        return "; ".join(f"{', '.join(names)} also publishes {topic}" for topic, names in found.items() if names)

    def _hearer(self, kind: type, topic: str, use: Callable[[Any], None]) -> Callable[[bytes], None]:
        def hear(data: bytes) -> None:
            try:
                use(read_wire(kind, data))
                self.faults.pop(topic, None)
            except ValueError as error:
                self.faults[topic] = f"{topic}: {error}"

        return hear

    def _wake(self, _: bytes) -> None:
        for data in self._targets.take():
            self._take_target(data)

    def _joints(self, sample: JointSample) -> None:
        self._wake(b"")
        _, velocities = self._bridge.joints(sample)
        self._outputs["joint_states"].publish(sample)
        computed = self._bridge.pose_by_joints(velocities)
        if computed is not None:
            pose, twist = computed
            self._outputs["tcp_pose"].publish(PoseSample(sample.stamp_ns, self._frames.base, pose))
            self._outputs["tcp_twist"].publish(TwistSample(sample.stamp_ns, self._frames.base, twist))

    def _pose(self, sample: PoseSample) -> None:
        pose = self._bridge.pose(sample)
        self._outputs["tcp_pose"].publish(PoseSample(sample.stamp_ns, self._frames.base, pose))

    def _twist(self, sample: TwistSample) -> None:
        twist = self._bridge.twist(sample)
        self._outputs["tcp_twist"].publish(TwistSample(sample.stamp_ns, self._frames.base, twist))

    def _wrench(self, sample: WrenchSample) -> None:
        wrench = self._bridge.wrench(sample)
        self._outputs["wrench"].publish(WrenchSample(sample.stamp_ns, self._frames.sensor, wrench))

    def _planned(self, sample: WrenchSample) -> None:
        self._bridge.plan_wrench(sample.wrench)

    def _bias(self, data: bytes) -> None:
        self._bridge.tare(read_wrench(data)[1])

    def _target(self, sample: PoseSample) -> None:
        self._send(self._bridge.target(sample))

    def _send(self, commands: list[Command]) -> None:
        # With a second owner on a command topic the arm would get two wishes in turn: better none.
        if not self.other:
            for name, command in commands:
                self._commands[name].publish(command)
