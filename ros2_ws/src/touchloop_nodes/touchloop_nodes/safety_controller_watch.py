"""Whether the node that commands lives: its heartbeat, and its process where that can be seen."""

import time

from rclpy.node import Node
from touchloop_msgs.msg import Heartbeat

from touchloop.control.process_life import ProcessName
from touchloop.errors import InputError
from touchloop_nodes.conversions import decoded

SILENT_S = 0.3
"""Without a heartbeat for so long, a controller on another machine is lost."""
HANGS_S = 1.0
"""The same if its process is seen to run: a busy machine may keep it from speaking."""
_PATIENCE_S = {True: HANGS_S, None: SILENT_S}


class ControllerWatch:
    """Listens to one node's heartbeat; asked from the loop's thread.

    Args:
        node: that listens.
        topic: of the heartbeats.
        name: of the controller in its heartbeats, as ``left/fast_controller``. Of a full name, as that of a bridge
            which sends in its place, the last part counts.
    """

    def __init__(self, node: Node, topic: str, name: str) -> None:
        self._name, self._heard_s = name.rpartition("/")[2] if name.startswith("/") else name, -1.0
        self._process = ProcessName(0, "")
        self._node = node
        self._subscription = node.create_subscription(Heartbeat, topic, self._hear, 10, raw=True)
        self.died = False

    def close(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._subscription)

    def problem(self, now_s: float) -> str:
        """What is wrong; empty if nothing is."""
        if self._heard_s < 0.0:
            return f"no heartbeat of {self._name} yet"
        runs = self._process.runs()
        self.died = runs is False
        if self.died:
            return f"{self._name} has died or was stopped"
        silent_s = now_s - self._heard_s
        return f"{self._name} is silent for {silent_s:.1f} s" if silent_s > _PATIENCE_S[runs] else ""

    def _hear(self, data: bytes) -> None:
        try:
            message: Heartbeat = decoded(data, Heartbeat)
        except InputError:
            return  # A damaged one is none.
        if message.node == self._name:
            self._heard_s = time.monotonic()
            self._process = ProcessName(message.process_id, message.machine)
