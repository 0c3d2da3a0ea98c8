"""The overview camera's pictures, and what a vision-language model says of them beside a run."""

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import Image

from touchloop.monitor.evidence.pictures import Judge, PictureAnswer
from touchloop.monitor.run.picture_checks import PictureChecks
from touchloop.monitor.run.pictures_aside import PicturesAside
from touchloop_nodes import qos


class MonitorPictures:
    """Of one monitor.

    Args:
        node: the monitor.
        judge: asked in a thread of its own.
    """

    def __init__(self, node: Node, judge: Judge) -> None:
        self._node = node
        self._picture: np.ndarray | None = None
        self._aside = PicturesAside(judge, lambda: self._picture)
        self._input = node.create_subscription(
            Image, "camera/overview/image_raw", self._on_picture, qos.stream_input(False, 1)
        )

    def close(self) -> None:
        """Ends subscription and thread."""
        self._aside.close()
        self._node.destroy_subscription(self._input)

    def checks(self) -> PictureChecks:
        """For one run."""
        return PictureChecks(self._aside.look)

    def answers(self) -> list[PictureAnswer]:
        """What has come since the last call."""
        return self._aside.answers()

    def _on_picture(self, message: Image) -> None:
        if message.encoding == "rgb8" and len(message.data) == 3 * message.width * message.height:
            self._picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
