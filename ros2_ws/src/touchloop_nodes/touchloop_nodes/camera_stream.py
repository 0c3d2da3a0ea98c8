"""One camera of a robot: its driver's pictures in, the project's out."""

import time
from collections import deque

import numpy as np
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from std_msgs.msg import Header

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.robots.camera_feed import CameraFeed, Intrinsics
from touchloop.robots.config_sensors import Camera
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import Template
from touchloop_nodes.conversions import from_time, to_time
from touchloop_nodes.layouts import picture_message
from touchloop_nodes.managed_node import ManagedNode
from touchloop_nodes.picture_messages import kind_of, pixels_of

SILENCE_S = 1.0
"""Without pictures for so long a camera counts as silent; afterwards its stamps may begin anywhere."""
SHARED = ("scene",)
"""Cameras that all arms share; they look at the world, not along with an arm."""


class CameraStream:
    """One camera on ``node``. ``problem`` says what is wrong with its last picture."""

    def __init__(self, node: ManagedNode, name: str, config: Camera) -> None:
        self._node, self._config, self._feed = node, config, CameraFeed(config)
        self._intrinsics: Intrinsics | None = None
        self.problem, self._heard_at_s = "", time.monotonic()
        self._arrivals_s: deque[float] = deque(maxlen=30)
        shared = name in SHARED
        self._frame = f"{name}_camera" if shared else in_arm(node.arm, f"{name}_camera")
        topic = node.shared(f"camera/{name}") if shared else f"camera/{name}"
        self._picture = Template(picture_message(self._frame, *config.size))
        self._pixels = self._picture.view("u1", 3 * config.size[0] * config.size[1])
        self._outputs = [
            node.create_publisher(kind, f"{topic}/{part}", qos.stream(node.lockstep))
            for kind, part in ((Image, "image_raw"), (CameraInfo, "camera_info"))
        ]
        profile = qos.stream_input(node.lockstep, 2)
        self._inputs = [node.create_subscription(kind_of(config.compressed), config.topic, self._hear, profile)]
        if config.info:
            self._inputs.append(node.create_subscription(CameraInfo, config.info, self._learn, profile))

    def close(self) -> None:
        """Ends it."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)
        for publisher in self._outputs:
            self._node.destroy_publisher(publisher)

    @property
    def rate_hz(self) -> float:
        """Of the pictures that come."""
        times = self._arrivals_s
        return (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 and times[-1] > times[0] else 0.0

    def check(self) -> None:
        """Notices silence and wrong types; to be called now and then."""
        kind = "CompressedImage" if self._config.compressed else "Image"
        wrong = matching.wrong_types(self._node, {self._config.topic: f"sensor_msgs/msg/{kind}"})
        if wrong:
            self.problem = "; ".join(wrong.values())
        elif time.monotonic() - self._heard_at_s > SILENCE_S:
            self.problem = f"no pictures on {self._config.topic}"
            self._feed.forget_time()
            self._arrivals_s.clear()

    def _learn(self, message: CameraInfo) -> None:
        k = np.array(message.k)
        if k[0] > 0.0 and k[4] > 0.0 and np.isfinite(k).all():
            given = Intrinsics(k[0], k[4], k[2], k[5])
            try:
                self._intrinsics = self._feed.intrinsics(given, message.width, message.height)
            except InputError as error:
                self.problem = f"{self._config.info}: {error}"

    def _hear(self, message: Image | CompressedImage) -> None:
        self._heard_at_s = time.monotonic()
        self._arrivals_s.append(self._heard_at_s)
        try:
            now_ns = self._node.get_clock().now().nanoseconds
            stamp_ns = self._feed.stamp_ns(from_time(message.header.stamp), now_ns)
            self._pixels[:] = self._feed.picture(pixels_of(message)).ravel()
        except InputError as error:
            self.problem = f"{self._config.topic}: {error}"
            return
        self.problem = ""
        self._outputs[0].publish(self._picture.stamped(stamp_ns))
        if self._intrinsics is not None:
            self._outputs[1].publish(self._info(stamp_ns, self._intrinsics))

    def _info(self, stamp_ns: int, at: Intrinsics) -> CameraInfo:
        width, height = self._config.size
        # The driver's distortion is that of its own pictures and does not go on.
        k = [at.fx, 0.0, at.cx, 0.0, at.fy, at.cy, 0.0, 0.0, 1.0]
        p = [at.fx, 0.0, at.cx, 0.0, 0.0, at.fy, at.cy, 0.0, 0.0, 0.0, 1.0, 0.0]
        stamped = Header(stamp=to_time(stamp_ns), frame_id=self._frame)
        return CameraInfo(header=stamped, width=width, height=height, k=k, p=p)
