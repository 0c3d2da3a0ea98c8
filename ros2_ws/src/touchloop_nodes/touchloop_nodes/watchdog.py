"""Whether the node that moves the arms still lives."""

import time

from rclpy.node import Node
from touchloop_msgs.msg import Heartbeat

from touchloop.control.process_life import ProcessName

ASLEEP_S = 0.2
"""Between two looks of a watchdog that was itself kept from looking; heartbeats of that time may still wait."""


class Watchdog:
    """Listens to one node's heartbeat.

    Args:
        node: that listens.
        timeout_s: silence after which the other one is lost; one on this machine whose process is gone is lost at once.
    """

    def __init__(self, node: Node, timeout_s: float) -> None:
        self._timeout_s, self._name = timeout_s, ""
        self._heard_s = self._looked_s = 0.0
        self._process = ProcessName(0, "")
        node.create_subscription(Heartbeat, "heartbeat", self._hear, 10)

    def watch(self, name: str) -> None:
        """Whose heartbeat counts; empty for nobody's."""
        self._name, self._process = name, ProcessName(0, "")
        self._heard_s = self._looked_s = time.monotonic()

    def problem(self) -> str:
        """What is wrong; empty while nothing is. To be asked often."""
        now_s = time.monotonic()
        asleep_s, self._looked_s = now_s - self._looked_s, now_s
        if asleep_s > ASLEEP_S:
            self._heard_s += asleep_s
        if not self._name:
            return ""
        if self._process.runs() is False:
            return f"{self._name} has died"
        silent_s = now_s - self._heard_s
        return f"{self._name} is silent for {silent_s:.1f} s" if silent_s > self._timeout_s else ""

    def _hear(self, message: Heartbeat) -> None:
        if message.node == self._name:
            self._heard_s = time.monotonic()
            self._process = ProcessName(message.process_id, message.machine)
