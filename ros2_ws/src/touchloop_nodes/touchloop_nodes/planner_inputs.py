"""The slow planner's subscriptions: raw bytes until a plan is due, so that fast streams cost little."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from sensor_msgs.msg import Image, PointCloud2
from touchloop_msgs.msg import Episode

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.policy.plan_schedule import PlanSchedule
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.conversions import ArmFrames, read_episode, read_pose, read_wrench
from touchloop_nodes.layouts import MarkerReader, WristReader

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
    """Subscribes on ``node`` and hands each message's bytes to ``receive`` with its arm's number and topic.

    Args:
        node: the planner's.
        lockstep: everything, in order; else the newest.
        arms: their names.
        receive: called with the number of the arm (0 for what all share), the topic without the arm, and the bytes.

    Attributes:
        faults: topic to what is wrong with it, empty when nothing is.
    """

    def __init__(
        self, node: Node, lockstep: bool, arms: Sequence[str], receive: Callable[[int, str, bytes], None]
    ) -> None:
        self._node, self._arms = node, arms
        self.faults: dict[str, str] = {}
        self._markers = [MarkerReader(ArmFrames.of(arm)) for arm in arms]
        self._pictures = [WristReader(ArmFrames.of(arm)) for arm in arms]
        stream = qos.stream_input(lockstep, FREE_RUNNING_DEPTH)
        self._inputs = [
            node.create_subscription(
                _TYPES[topic],
                self._name(arm, topic),
                partial(receive, arm, topic),
                qos.latched() if topic in (EPISODE, BIAS) else stream,
                raw=True,
            )
            for arm, topic in self._all()
        ]

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)

    def check_graph(self) -> dict[str, str]:
        """Topics that somebody publishes as another type, which DDS would ignore without a word."""
        return matching.wrong_types(self._node, {self._name(*key): _TYPE_NAMES[key[1]] for key in self._all()})

    def hand_over(self, arm: int, topic: str, data: bytes, schedule: PlanSchedule) -> None:
        """Parses a message into the schedule; ``faults`` says what is wrong with one that is unusable."""
        name = self._name(arm, topic)
        try:
            self._parse(arm, topic, data, schedule)
            self.faults.pop(name, None)
        except (InputError, ValueError) as error:
            self.faults[name] = f"{name}: {error}"

    def _parse(self, arm: int, topic: str, data: bytes, schedule: PlanSchedule) -> None:
        stamp_ns, buffer = stamp_of(data), schedule.buffers[arm]
        if topic == EPISODE:
            schedule.begin_episode(stamp_ns, read_episode(data)[1].seed)
        elif topic == BIAS:
            schedule.set_bias(*read_wrench(data), arm)
        elif topic == PICTURE:
            buffer.add_wrist_picture(stamp_ns, self._pictures[arm].picture(data))
        elif topic == "tactile/markers":
            buffer.add_markers(stamp_ns, self._markers[arm].displacements(data))
        elif topic == "wrench":
            buffer.add_wrench(*read_wrench(data))
        else:
            buffer.add_tcp_pose(*read_pose(data))

    def _all(self) -> list[tuple[int, str]]:
        """Number of the arm and topic of each subscription; what all arms share counts as the first one's."""
        return [(arm, topic) for topic in _TYPES for arm in range(1 if topic == EPISODE else len(self._arms))]

    def _name(self, arm: int, topic: str) -> str:
        return topic if topic == EPISODE else in_arm(self._arms[arm], topic)
