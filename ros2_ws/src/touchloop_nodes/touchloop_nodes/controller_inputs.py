"""The fast controller's subscriptions: raw bytes in, values out, and what is wrong with a topic."""

import time
from collections.abc import Callable
from typing import Any, NamedTuple

from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import PointCloud2
from touchloop_msgs.msg import Episode, Hold, LatentPlan

from touchloop.control.clock import ClockEstimate
from touchloop.control.process_life import ProcessName
from touchloop.errors import InputError
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import frame_of, stamp_of
from touchloop_nodes.conversions import ArmFrames, read_episode, read_plan, read_pose, read_wrench
from touchloop_nodes.layouts import MarkerReader

WRENCH, TCP_POSE, MARKERS, PLAN, EPISODE = "wrench", "tcp_pose", "tactile/markers", "plan", "episode"
_TYPES: dict[str, Any] = {
    WRENCH: WrenchStamped,
    TCP_POSE: PoseStamped,
    MARKERS: PointCloud2,
    PLAN: LatentPlan,
    EPISODE: Episode,
}
_TYPE_NAMES = {
    WRENCH: "geometry_msgs/msg/WrenchStamped",
    TCP_POSE: "geometry_msgs/msg/PoseStamped",
    MARKERS: "sensor_msgs/msg/PointCloud2",
    PLAN: "touchloop_msgs/msg/LatentPlan",
    EPISODE: "touchloop_msgs/msg/Episode",
}


class Sample(NamedTuple):
    """One message's content: an array, a plan, or None for an episode's start."""

    topic: str
    stamp_ns: int
    value: Any


class ControllerInputs:
    """Subscribes on ``node`` and hands each message's bytes to ``receive`` with its topic.

    Args:
        node: in the arm's namespace.
        shared: name of a topic that all arms share, seen from there.
        frames: the arm's.

    Attributes:
        faults: topic to what is wrong with it, empty when nothing is.
    """

    def __init__(
        self,
        node: Node,
        lockstep: bool,
        shared: Callable[[str], str],
        frames: ArmFrames,
        receive: Callable[[str, bytes], None],
    ) -> None:
        self._node, self._shared = node, shared
        self._read: dict[str, Callable[[bytes], Any]] = {
            WRENCH: lambda data: read_wrench(_in_frame(data, frames.sensor))[1],
            TCP_POSE: lambda data: read_pose(_in_frame(data, frames.base))[1],
            MARKERS: MarkerReader(frames).displacements,
            PLAN: lambda data: read_plan(data, frames.base),
            EPISODE: lambda data: read_episode(data)[1],
        }
        self.faults: dict[str, str] = {}
        profiles = {PLAN: qos.command(lockstep), EPISODE: qos.latched()}
        self._inputs = [
            node.create_subscription(
                msgtype,
                shared(topic) if topic == EPISODE else topic,
                lambda data, topic=topic: receive(topic, data),
                profiles.get(topic, qos.stream_input(lockstep)),
                raw=True,
            )
            for topic, msgtype in _TYPES.items()
        ]

    def follow_clock(self) -> ClockEstimate:
        """The simulated clock, from now on."""
        clock = ClockEstimate()

        def hear(data: bytes) -> None:
            clock.hear(stamp_of(data), time.monotonic_ns())

        profile = qos.stream_input(lockstep=False, depth=1)
        self._inputs.append(self._node.create_subscription(Clock, "/clock", hear, profile, raw=True))
        return clock

    def follow_hold(self, hear: Callable[[bool, str, ProcessName], None]) -> None:
        """Calls ``hear`` with what the lifecycle manager says, and where it runs."""

        def hear_message(message: Hold) -> None:
            hear(message.hold, message.reason, ProcessName(message.process_id, message.machine))

        self._inputs.append(self._node.create_subscription(Hold, self._shared("hold"), hear_message, 1))

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)

    def parse(self, topic: str, data: bytes) -> Sample | None:
        """A message's content, or None when it is unusable; then ``faults`` says why."""
        try:
            sample = Sample(topic, stamp_of(data), self._read[topic](data))
        except (InputError, ValueError) as error:
            self.faults[topic] = f"{topic}: {error}"
            return None
        if self.faults:
            self.faults.pop(topic, None)
        return sample

    def check_graph(self) -> dict[str, str]:
        """Topics that somebody publishes as another type, which DDS would ignore without a word."""
        expected = {self._shared(name) if name == EPISODE else name: kind for name, kind in _TYPE_NAMES.items()}
        return matching.wrong_types(self._node, expected)


def _in_frame(data: bytes, frame: str) -> bytes:
    if frame_of(data) != frame:
        raise InputError(f"is in frame '{frame_of(data)}', expected '{frame}'")
    return data
