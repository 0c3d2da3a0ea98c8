"""A stand-in's topics: the simulated arm's streams in and, late and with losses, the driver's out; commands in."""

from collections.abc import Callable
from functools import partial
from typing import Any

from rclpy.node import Node

from touchloop.control.deadline import prefer_all_threads
from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.link import Link, LinkFaults
from touchloop.robots.stand_ins.stand_in import Measured, StandIn
from touchloop.robots.wire import JointSample, PoseSample, TwistSample, Wire, WrenchSample
from touchloop_nodes import matching, qos
from touchloop_nodes.wire_messages import COMMAND_KINDS, KINDS, WirePublisher, read_wire

ARM = "simulated_arm"
"""Namespace of the simulated arm's own topics."""
JUMP_NS = 500_000_000
_KINDS = {"tcp_pose": PoseSample, "tcp_twist": TwistSample, "wrench": WrenchSample, "joint_states": JointSample}
"""What the arm publishes each tick; the last of them completes it."""
PRIORITY = 5
"""Of the process; as the world's loop."""


class StandInStreams:
    """Connects a stand-in on ``node``; each way has a line with the same faults.

    Attributes:
        ignored: command topics with a second publisher, whose messages are ignored, as CRISP does.
    """

    def __init__(
        self, node: Node, config: RobotConfig, stand_in: StandIn, faults: LinkFaults, seed: int, lockstep: bool
    ) -> None:
        self._node, self._stand_in = node, stand_in
        self._joints, self._single = config.joints, config.family == "crisp"
        topics = config.topics
        names = {"tcp_pose": topics.pose, "tcp_twist": topics.twist, "wrench": topics.wrench}
        names["joint_states"] = topics.joint_states
        stream, command = qos.stream(lockstep), qos.command(lockstep)
        self._outputs = {
            name: WirePublisher(node, _KINDS[name], topic, stream) for name, topic in names.items() if topic
        }
        kind, name = (PoseSample, "target_pose") if stand_in.drive == "pose" else (JointSample, "target_joints")
        self._drive = WirePublisher(node, kind, f"{ARM}/{name}", command)
        self._commands: Link[tuple[str, Wire]] = Link(faults, seed)
        self._measurements: dict[str, Link[Wire]] = {
            name: Link(faults, seed + 1 + number) for number, name in enumerate(self._outputs)
        }
        self._newest: dict[str, Any] = {}
        self._now_ns = -1
        self.ignored: dict[str, str] = {}
        self._topics = {name: topic for name, topic in topics.commands.items() if name in COMMAND_KINDS}
        inputs: list[tuple[type, str, Any, Callable[[Any], None]]] = [
            (kind, f"{ARM}/{name}", qos.stream_input(lockstep), partial(self._measure, name))
            for name, kind in _KINDS.items()
        ]
        inputs += [
            (COMMAND_KINDS[name], topic, command, partial(self._command, name)) for name, topic in self._topics.items()
        ]
        prefer_all_threads(PRIORITY)
        self._inputs = [
            node.create_subscription(KINDS[kind], topic, partial(self._hear, kind, use), profile, raw=True)
            for kind, topic, profile, use in inputs
        ]

    def close(self) -> None:
        """Ends all publishers and subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)
        for publisher in (*self._outputs.values(), self._drive):
            publisher.close()

    def check(self) -> None:
        """To be called a few times a second: looks who publishes the commands."""
        if self._single:
            counts = {name: matching.other_publishers(self._node, topic) for name, topic in self._topics.items()}
            self.ignored = {name: ", ".join(nodes) for name, nodes in counts.items() if len(nodes) > 1}

    def _hear(self, kind: type, use: Callable[[Any], None], data: bytes) -> None:
        try:
            sample = read_wire(kind, data)
        except ValueError:
            return
        use(sample)

    def _command(self, name: str, message: Wire) -> None:
        if name not in self.ignored:
            self._commands.send(self._now_ns, (name, message))

    def _measure(self, name: str, sample: Any) -> None:
        self._newest[name] = sample
        if name in self._outputs:
            self._measurements[name].send(sample.stamp_ns, sample)
        if name == "joint_states" and len(self._newest) == len(_KINDS):
            self._tick(sample)

    def _tick(self, joints: JointSample) -> None:
        now_ns, before_ns = joints.stamp_ns, self._now_ns
        self._now_ns = now_ns
        pose, wrench = self._newest["tcp_pose"].pose, self._newest["wrench"].wrench
        measured = Measured(now_ns, joints.positions, joints.velocities, pose, wrench)
        if before_ns < 0 or not 0 < now_ns - before_ns < JUMP_NS:
            # A new episode, or a world that was started again: as a controller that is switched off and on.
            self._commands.arrived(1 << 62)
            self._stand_in.start(measured)
            before_ns = now_ns
        for name, link in self._measurements.items():
            for sample in link.arrived(now_ns):
                self._outputs[name].publish(sample)
        for name, message in self._commands.arrived(now_ns):
            self._stand_in.receive(now_ns, name, message)
        moved_by = self._stand_in.step(measured, max(1e-3, (now_ns - before_ns) * 1e-9))
        if self._stand_in.drive == "pose":
            self._drive.publish(PoseSample(now_ns, self._newest["tcp_pose"].frame, moved_by))
        else:
            self._drive.publish(JointSample(now_ns, self._joints, moved_by))
