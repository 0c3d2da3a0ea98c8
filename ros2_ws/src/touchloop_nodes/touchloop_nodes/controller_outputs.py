"""The fast controller's publishers."""

import numpy as np
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from touchloop_msgs.msg import ControllerState

from touchloop.control.fast_controller import FastCommand
from touchloop_nodes import matching, qos
from touchloop_nodes.conversions import ArmFrames, controller_state, pose_template, wrench_template

FORCE_PERIOD_NS = 3_000_000
"""The planned force changes slowly, and each message that is sent costs a tenth of a tick."""


class ControllerOutputs:
    """Publishes on ``node``; the target goes last, since in lock-step the world goes on with it."""

    def __init__(self, node: Node, lockstep: bool, frames: ArmFrames) -> None:
        self._node, self._base_frame = node, frames.base
        stream, command = qos.stream(lockstep), qos.command(lockstep)
        self._target = node.create_publisher(PoseStamped, "target_pose", command)
        self._force = node.create_publisher(WrenchStamped, "target_wrench", stream)
        self._state = node.create_publisher(ControllerState, "controller_state", stream)
        self._bias = node.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
        self._publishers = [self._target, self._force, self._state, self._bias]
        self._target_message = pose_template(frames.base)
        self._force_message = wrench_template(frames.tcp)
        self._bias_message = wrench_template(frames.sensor)
        self._planned, self._force_ns = np.zeros(6), -FORCE_PERIOD_NS

    def close(self) -> None:
        """Ends the publishers."""
        for publisher in self._publishers:
            self._node.destroy_publisher(publisher)

    def all_matched(self) -> bool:
        """Whether every known subscription receives."""
        return matching.all_matched(self._node, self._publishers)

    def bias(self, stamp_ns: int, wrench_bias: np.ndarray) -> None:
        """A new bias (6,) was measured."""
        self._bias.publish(self._bias_message.filled(stamp_ns, wrench_bias))

    def state(
        self, stamp_ns: int, command: FastCommand, reason: str, tick: int, lateness_s: float, missed: int
    ) -> None:
        """What the controller does and why."""
        self._state.publish(controller_state(stamp_ns, self._base_frame, command, reason, tick, lateness_s, missed))

    def target(self, stamp_ns: int, command: FastCommand) -> None:
        """The tick's command; nothing as long as there is none. The planned force goes at most every 3 ms."""
        if command.target_in_base is None:
            return
        # What the environment is to do to the tool: pressing gives a negative force.z.
        if abs(stamp_ns - self._force_ns) >= FORCE_PERIOD_NS:
            self._force_ns = stamp_ns
            self._planned[2] = -command.planned_force_n
            self._force.publish(self._force_message.filled(stamp_ns, self._planned))
        self._target.publish(self._target_message.filled(stamp_ns, command.target_in_base))
