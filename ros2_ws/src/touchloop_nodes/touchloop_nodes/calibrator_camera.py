"""The newest picture of a camera and its info, for a calibration."""

import time

import numpy as np
from rclpy.node import Node
from sensor_msgs.msg import CameraInfo, Image

from touchloop.calibration.pictures import rgb_of
from touchloop.errors import InputError
from touchloop_nodes import qos


class CalibratorCamera:
    """Listens to ``BASE/image_raw`` and ``BASE/camera_info``.

    Attributes:
        info: as ``poses.yaml`` has it; None before it came.
        problem: why the last picture is of no use.
    """

    def __init__(self, node: Node, base: str) -> None:
        self.topic = f"{base}/image_raw"
        node.create_subscription(Image, self.topic, self._hear, qos.stream_input(False, 1))
        node.create_subscription(CameraInfo, f"{base}/camera_info", self._know, qos.stream_input(False, 1))
        self._picture: np.ndarray | None = None
        self._heard_s = -1.0
        self.info: dict[str, object] | None = None
        self.problem = "no picture yet"

    def newest(self, within_s: float) -> np.ndarray | None:
        """The picture (h, w, 3) RGB that came last, if that was within so many seconds."""
        return self._picture if time.monotonic() - self._heard_s <= within_s else None

    def _hear(self, message: Image) -> None:
        try:
            step, size = message.step, (message.height, message.width)
            self._picture = rgb_of(message.data, *size, step, message.encoding)
            self._heard_s, self.problem = time.monotonic(), ""
        except InputError as error:
            self.problem = str(error)

    def _know(self, message: CameraInfo) -> None:
        k, d = ([float(v) for v in values] for values in (message.k, message.d))
        self.info = {"k": k, "d": d, "distortion_model": message.distortion_model or "plumb_bob"}
