"""Listens to the supervisor of the other arm."""

import time

from rclpy.node import Node
from touchloop_msgs.msg import SafetyState

from touchloop.safety.partner import Partner
from touchloop.safety.states import State
from touchloop_nodes import qos


class PartnerWatch(Partner):
    """Asked from the loop's thread.

    Args:
        node: that listens.
        name: of the other arm.
        topic: its ``safety_state``.
    """

    def __init__(self, node: Node, name: str, topic: str) -> None:
        super().__init__(name)
        self._node = node
        self._subscription = node.create_subscription(SafetyState, topic, self._take, qos.stream(lockstep=False))

    def close(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def _take(self, message: SafetyState) -> None:
        self.hear(State(message.state), message.clear, time.monotonic())
