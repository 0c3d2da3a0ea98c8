"""The safety supervisor's publishers."""

import numpy as np
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from touchloop_msgs.msg import SafetyState

from touchloop_nodes import qos
from touchloop_nodes.cdr import encode
from touchloop_nodes.controller_outputs import FORCE_PERIOD_NS
from touchloop_nodes.conversions import ArmFrames, header, pose_template, wrench_template

SAFE_TARGET, SAFE_FORCE, SHOWN = "safe/target_pose", "safe/target_wrench", "safe/shown_pose"
STATE = "safety_state"


class SafetyOutputs:
    """Publishes on ``node``; in a dry run targets go to ``safe/shown_pose`` and nothing to the arm.

    Args:
        node: in the arm's namespace.
        frames: the arm's.
        dry_run: show, do not send.
    """

    def __init__(self, node: Node, frames: ArmFrames, dry_run: bool) -> None:
        self._node, self._frames = node, frames
        command = qos.command(lockstep=False)
        self._state = node.create_publisher(SafetyState, STATE, qos.stream(lockstep=False))
        if dry_run:
            self._target, self._force = node.create_publisher(PoseStamped, SHOWN, command), None
        else:
            self._target = node.create_publisher(PoseStamped, SAFE_TARGET, command)
            self._force = node.create_publisher(WrenchStamped, SAFE_FORCE, qos.stream(lockstep=False))
        self._force_ns = -FORCE_PERIOD_NS
        self._pose_message, self._wrench_message = pose_template(frames.base), wrench_template(frames.tcp)

    def close(self) -> None:
        """Ends the publishers."""
        for publisher in (self._state, self._target, self._force):
            if publisher is not None:
                self._node.destroy_publisher(publisher)

    def target(self, stamp_ns: int, pose: np.ndarray, wrench: np.ndarray) -> None:
        """Sends a pose (7,) in base and the planned wrench (6,) in tcp, which goes at most every 3 ms."""
        if self._force is not None and abs(stamp_ns - self._force_ns) >= FORCE_PERIOD_NS:
            self._force_ns = stamp_ns
            self._force.publish(self._wrench_message.filled(stamp_ns, wrench))
        self._target.publish(self._pose_message.filled(stamp_ns, pose))

    def state(self, stamp_ns: int, **values: object) -> None:
        """Sends what the supervisor does and why; the values are fields of SafetyState."""
        self._state.publish(encode(SafetyState(header=header(stamp_ns, self._frames.base), **values)))
