"""The fast controller's subscriptions: raw bytes in, values out, and what is wrong with a topic."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.node import Node
from rclpy.qos import QoSProfile
from rosgraph_msgs.msg import Clock
from sensor_msgs.msg import PointCloud2
from touchloop_msgs.msg import Episode, Hold, LatentPlan, SafetyState

from touchloop.control.process_life import ProcessName
from touchloop.errors import InputError
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import frame_of, stamp_of
from touchloop_nodes.conversions import ArmFrames, decoded, read_episode, read_plan, read_pose, read_wrench
from touchloop_nodes.layouts import MarkerReader
from touchloop_nodes.owned_input import OwnedInput
from touchloop_nodes.polled_input import PolledInput

WRENCH, TCP_POSE, MARKERS, PLAN, EPISODE = "wrench", "tcp_pose", "tactile/markers", "plan", "episode"
CLOCK, SAFETY = "/clock", "safety_state"
POLLED = (WRENCH, TCP_POSE, MARKERS)
PLAN_DEPTH = 8
STREAM_DEPTH = 32
"""A flood between two ticks does not crowd out the owner's."""
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
    """Subscribes on ``node``. In lock-step each message's bytes go to ``receive`` with their topic.

    Otherwise measurements, plans and the clock wait until ``take``, since a callback of rclpy for each costs more than
    the control law; what is rare still goes to ``receive``.

    Args:
        node: in the arm's namespace.
        shared: name of a topic that all arms share, seen from there.
        frames: the arm's.
        receive: takes a topic and a message's bytes.
        planner: full name of the node whose plans count; empty for the first who sends. Not in lock-step.

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
        planner: str = "",
    ) -> None:
        self._node, self._shared = node, shared
        self._read: dict[str, Callable[[bytes], Any]] = {
            WRENCH: lambda data: read_wrench(_in_frame(data, frames.sensor))[1],
            TCP_POSE: lambda data: read_pose(_in_frame(data, frames.base))[1],
            MARKERS: MarkerReader(frames).displacements,
            PLAN: lambda data: read_plan(data, frames.base),
            EPISODE: lambda data: read_episode(data)[1],
            CLOCK: stamp_of,
        }
        self.faults: dict[str, str] = {}
        profiles = {PLAN: qos.command(lockstep), EPISODE: qos.latched()}
        polled = () if lockstep else POLLED
        # A stranger's measurements would make it press; the supervisor names him.
        self._polled: dict[str, OwnedInput | PolledInput] = {
            topic: OwnedInput(node, _TYPES[topic], topic, qos.stream_input(False, STREAM_DEPTH), "") for topic in polled
        }
        # In lock-step everything is taken in order, and nobody else is on the domain.
        self._plans = None if lockstep else OwnedInput(node, LatentPlan, PLAN, QoSProfile(depth=PLAN_DEPTH), planner)
        self._inputs = [
            node.create_subscription(
                msgtype,
                shared(topic) if topic == EPISODE else topic,
                lambda data, topic=topic: receive(topic, data),
                profiles.get(topic, qos.stream_input(lockstep)),
                raw=True,
            )
            for topic, msgtype in _TYPES.items()
            if lockstep or topic == EPISODE
        ]

    def take(self, topic: str) -> Iterator[bytes]:
        """Messages of a polled topic that have come since the last call, oldest first; not in lock-step."""
        if topic == PLAN:
            return iter(()) if self._plans is None else self._plans.take()
        return map(bytes, self._polled[topic].take())

    def arrival_ns(self, topic: str) -> int:
        """When the last message taken of a measurement or the clock came in, as ``time.monotonic_ns()``."""
        return self._polled[topic].arrival_ns()

    def strangers(self) -> str:
        """Who else sends plans; asks the graph."""
        if self._plans is None:
            return ""
        self._plans.look()
        return self._plans.strangers

    def follow_clock(self) -> None:
        """From now on the simulated clock can be taken, too."""
        self._polled[CLOCK] = PolledInput(self._node, Clock, CLOCK, qos.stream_input(lockstep=False, depth=1))

    def follow_hold(self, hear: Callable[[bool, str, ProcessName, dict[str, ProcessName]], None]) -> None:
        """Calls ``hear`` with what the lifecycle manager says, where it runs, and where the nodes beside it run."""

        def hear_bytes(data: bytes) -> None:
            try:
                message: Hold = decoded(data, Hold)
            except InputError as error:
                self.faults["hold"] = f"hold: {error}"
                return
            self.faults.pop("hold", None)
            near = zip(message.nodes, message.process_ids, strict=False)
            nodes = {name: ProcessName(number, message.machine) for name, number in near}
            hear(message.hold, message.reason, ProcessName(message.process_id, message.machine), nodes)

        # Raw, since rclpy ends the node over a message that it cannot read.
        self._inputs.append(self._node.create_subscription(Hold, self._shared("hold"), hear_bytes, 1, raw=True))

    def follow_safety(self, hear: Callable[[bool, bool, str], None]) -> None:
        """Calls ``hear`` with whether the safety supervisor passes targets on or waits for a start, and why."""

        def hear_bytes(data: bytes) -> None:
            try:
                message: SafetyState = decoded(data, SafetyState)
            except InputError as error:
                self.faults[SAFETY] = f"{SAFETY}: {error}"
                return
            self.faults.pop(SAFETY, None)
            unreleased = message.state in (SafetyState.STARTING, SafetyState.PREFLIGHT, SafetyState.READY)
            hear(message.state == SafetyState.RUNNING, unreleased, message.reason)

        profile = qos.stream_input(lockstep=False, depth=1)
        self._inputs.append(self._node.create_subscription(SafetyState, SAFETY, hear_bytes, profile, raw=True))

    def close(self) -> None:
        """Ends the subscriptions."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)
        for source in (*self._polled.values(), *filter(None, [self._plans])):
            source.close()

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
