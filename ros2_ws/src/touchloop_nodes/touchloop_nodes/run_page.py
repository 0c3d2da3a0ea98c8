"""The page of a run, from what the monitor says while it runs."""

from pathlib import Path

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image
from std_msgs.msg import String
from touchloop_msgs.msg import RunEvent

from touchloop.errors import InputError
from touchloop.report.monitor_messages import HeardRun
from touchloop_nodes import qos


class RunPage:
    """Of one instruction.

    Args:
        node: listens to the monitor and to the overview camera.
    """

    def __init__(self, node: Node) -> None:
        self._node, self._heard = node, HeardRun()
        self._inputs = [
            node.create_subscription(RunEvent, "evidence", self._heard.event, qos.stream(False)),
            node.create_subscription(String, "program", self._on_program, qos.latched()),
            node.create_subscription(Image, "camera/overview/image_raw", self._on_picture, qos.stream_input(False, 1)),
        ]

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)

    @property
    def over(self) -> bool:
        """The run's last event has come."""
        return self._heard.over

    def write(self, folder: Path, instruction: str, success: bool, status: str) -> str:
        """Writes ``report.html``; its path, or nothing where nothing was run."""
        page = self._heard.write(folder, instruction, success, status)
        return "" if page is None else str(page)

    def _on_program(self, message: String) -> None:
        try:
            self._heard.program(message.data)
        except InputError as error:
            self._node.get_logger().warning(f"program: {error}")

    def _on_picture(self, message: Image) -> None:
        if message.encoding == "rgb8" and len(message.data) == 3 * message.width * message.height:
            self._heard.picture(np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3))
