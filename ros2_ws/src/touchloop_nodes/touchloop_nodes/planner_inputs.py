"""The slow planner's subscriptions: raw bytes until a plan is due, so that fast streams cost little."""

import time
from collections.abc import Callable
from typing import Any

from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from sensor_msgs.msg import Image, PointCloud2
from touchloop_msgs.msg import Episode

from touchloop.errors import InputError
from touchloop.policy.plan_schedule import PlanSchedule
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.conversions import (
    read_episode,
    read_marker_displacements,
    read_pose,
    read_wrench,
    read_wrist_picture,
)

PICTURE, EPISODE, BIAS = "camera/wrist/image_raw", "episode", "wrench_bias"
_TYPES: dict[str, Any] = {
    "tcp_pose": PoseStamped,
    "wrench": WrenchStamped,
    "tactile/markers": PointCloud2,
    PICTURE: Image,
    EPISODE: Episode,
    BIAS: WrenchStamped,
}
_TYPE_NAMES = {
    "tcp_pose": "geometry_msgs/msg/PoseStamped",
    "wrench": "geometry_msgs/msg/WrenchStamped",
    "tactile/markers": "sensor_msgs/msg/PointCloud2",
    PICTURE: "sensor_msgs/msg/Image",
    EPISODE: "touchloop_msgs/msg/Episode",
    BIAS: "geometry_msgs/msg/WrenchStamped",
}
WAKING_TOPICS = (PICTURE, EPISODE, BIAS, "tactile/markers")
"""After one of these a plan may be due; the others come too often to wake anybody."""
FREE_RUNNING_DEPTH = 50


class PlannerInputs:
    """Subscribes on ``node`` and hands each message's bytes to ``receive`` with its topic.

    Attributes:
        faults: topic to what is wrong with it, empty when nothing is.
    """

    def __init__(self, node: Node, lockstep: bool, receive: Callable[[str, bytes], None]) -> None:
        self._node = node
        self.faults: dict[str, str] = {}
        self.heard_s = time.monotonic()
        stream = qos.stream_input(lockstep, FREE_RUNNING_DEPTH)
        self._inputs = [
            node.create_subscription(
                msgtype,
                topic,
                lambda data, topic=topic: receive(topic, data),
                qos.latched() if topic in (EPISODE, BIAS) else stream,
                raw=True,
            )
            for topic, msgtype in _TYPES.items()
        ]

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)

    def check_graph(self) -> dict[str, str]:
        """Topics that somebody publishes as another type, which DDS would ignore without a word."""
        return matching.wrong_types(self._node, _TYPE_NAMES)

    def hand_over(self, topic: str, data: bytes, schedule: PlanSchedule) -> None:
        """Parses a message into the schedule; ``faults`` says what is wrong with one that is unusable."""
        try:
            self._parse(topic, data, schedule)
            self.faults.pop(topic, None)
        except (InputError, ValueError) as error:
            self.faults[topic] = f"{topic}: {error}"

    @staticmethod
    def _parse(topic: str, data: bytes, schedule: PlanSchedule) -> None:
        stamp_ns = stamp_of(data)
        if topic == EPISODE:
            schedule.begin_episode(stamp_ns, read_episode(data)[1].seed)
        elif topic == BIAS:
            schedule.set_bias(*read_wrench(data))
        elif topic == PICTURE:
            schedule.buffer.add_wrist_picture(stamp_ns, read_wrist_picture(data))
        elif topic == "tactile/markers":
            schedule.buffer.add_markers(stamp_ns, read_marker_displacements(data))
        elif topic == "wrench":
            schedule.buffer.add_wrench(*read_wrench(data))
        else:
            schedule.buffer.add_tcp_pose(*read_pose(data))
