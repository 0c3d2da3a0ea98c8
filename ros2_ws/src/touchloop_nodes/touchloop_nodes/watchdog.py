"""Whether the node that moves the arms still lives."""

import time

from rclpy.node import Node
from touchloop_msgs.msg import Heartbeat

from touchloop.control.process_life import ProcessName


class Watchdog:
    """Listens to one node's heartbeat.

    Args:
        node: that listens.
        timeout_s: silence after which the other one is lost; one on this machine whose process is gone is lost at once.
    """

    def __init__(self, node: Node, timeout_s: float) -> None:
        self._timeout_s, self._name = timeout_s, ""
        self._heard_s, self._process = 0.0, ProcessName(0, "")
        node.create_subscription(Heartbeat, "heartbeat", self._hear, 10)

    def watch(self, name: str) -> None:
        """Whose heartbeat counts; empty for nobody's."""
        self._name, self._heard_s, self._process = name, time.monotonic(), ProcessName(0, "")

    def problem(self) -> str:
        """What is wrong; empty while nothing is."""
        if not self._name:
            return ""
        if self._process.runs() is False:
            return f"{self._name} has died"
        silent_s = time.monotonic() - self._heard_s
        return f"{self._name} is silent for {silent_s:.1f} s" if silent_s > self._timeout_s else ""

    def _hear(self, message: Heartbeat) -> None:
        if message.node == self._name:
            self._heard_s = time.monotonic()
            self._process = ProcessName(message.process_id, message.machine)
