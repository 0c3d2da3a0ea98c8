"""The safety supervisor's inputs: polled bytes of owned topics, and who else publishes there."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.node import Node

from touchloop.safety.bounds import pose_fault, twist_fault, wrench_fault
from touchloop.safety.ownership import FloodWatch, Owners, Publisher
from touchloop_nodes import qos
from touchloop_nodes.cdr import StampedDoubles, frame_of
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.polled_input import PolledInput

TARGET, FORCE, BIAS = "target_pose", "target_wrench", "wrench_bias"
TCP, TWIST, WRENCH = "tcp_pose", "tcp_twist", "wrench"
_JUDGES = {TARGET: pose_fault, TCP: pose_fault, TWIST: twist_fault}
COMMANDS, STREAMS = (TARGET, FORCE, BIAS), (TCP, TWIST, WRENCH)
MOST_HZ = 2500.0
"""Faster than this no sender has a reason to be."""
DEPTH = 32
NEAR_M, FASTEST_M_S, NEAR_COSINE = 0.003, 1.0, 0.9
"""Between two measured poses nothing moves farther than that and by that speed, or turns by more than 50 degrees."""
BELIEVED = 3
"""So many poses in a row that are near each other are believed, wherever they are; fewer were damaged."""
FORGOTTEN_S = 1.0
"""An owner that was silent for so long may be replaced by a new one of its name."""
KEPT_OFFSETS = 64
MOST_EARLY = 8


@dataclass(slots=True)
class Channel:
    """One input and the newest of it that was usable."""

    topic: str
    polled: PolledInput
    read: StampedDoubles
    frame: str
    value: np.ndarray
    judge: Callable[[np.ndarray], str]
    """Says what makes a value unusable."""
    owners: Owners
    stamp_ns: int = -1
    arrival_s: float = -math.inf
    fault: str = ""
    """What is wrong with the newest message; empty if nothing is."""
    new: bool = False
    """Whether this poll brought a usable one."""
    count: int = 0
    ignored: int = 0
    offsets_s: list[float] = field(default_factory=list)
    """Arrival minus stamp of the last ones."""
    heard_frame: str = ""
    early: dict[bytes, bytes] = field(default_factory=dict)
    """Latched messages, which come once, of senders that the graph has not shown yet."""

    def age_s(self, now_s: float) -> float:
        """Since the last usable message; infinity if there was none."""
        return now_s - self.arrival_s


class SafetyInputs:
    """Takes what waits at each visit and keeps the newest of whoever owns the topic.

    Args:
        node: in the arm's namespace.
        frames: the arm's.
        controller, driver: names of the owners in that namespace; an empty driver is whoever is alone there.
        output: the topic that the supervisor itself owns.
    """

    def __init__(self, node: Node, frames: ArmFrames, controller: str, driver: str, output: str) -> None:
        self._node, self._output = node, output
        owner = dict.fromkeys(COMMANDS, self._full(controller)) | dict.fromkeys(
            STREAMS, self._full(driver) if driver else ""
        )
        poses, wrenches = StampedDoubles(7), StampedDoubles(6)
        stream, command = qos.stream_input(False, DEPTH), qos.stream_input(False, DEPTH)
        kinds: dict[str, tuple[Any, StampedDoubles, str, int, Any]] = {
            TARGET: (PoseStamped, poses, frames.base, 7, command),
            FORCE: (WrenchStamped, wrenches, frames.tcp, 6, command),
            # A stranger's must not take the place of the owner's.
            BIAS: (WrenchStamped, wrenches, frames.sensor, 6, qos.latched(DEPTH)),
            TCP: (PoseStamped, poses, frames.base, 7, stream),
            TWIST: (TwistStamped, wrenches, frames.base, 6, stream),
            WRENCH: (WrenchStamped, wrenches, frames.sensor, 6, stream),
        }
        self.channels = {
            topic: Channel(
                topic,
                PolledInput(node, kind, topic, profile),
                read,
                frame,
                np.zeros(size),
                _JUDGES.get(topic, wrench_fault),
                Owners(owner[topic]),
            )
            for topic, (kind, read, frame, size, profile) in kinds.items()
        }
        self._all = tuple(self.channels.values())
        self._floods = FloodWatch(dict.fromkeys(self.channels, MOST_HZ))
        self._names: dict[bytes, str] = {}
        self._polls = 0
        self._doubted, self._doubts = np.zeros(7), 0
        self.foreign: tuple[str, ...] = ()
        """What is said about others on the topics that have one owner."""
        self.rival = ""
        """Who else publishes the output."""
        self.flooding: tuple[str, ...] = ()

    @property
    def others(self) -> list[str]:
        """All that is said about foreign nodes and floods."""
        return [*self.foreign, *self.flooding, *([self.rival] if self.rival else [])]

    def close(self) -> None:
        """Ends the subscriptions."""
        for channel in self._all:
            channel.polled.close()

    def poll(self, now_s: float) -> None:
        """Takes what waits; called from the loop's thread at every tick.

        An empty look costs ten microseconds, so those that come along with another are looked at when that came.
        """
        target, force, bias, tcp, twist, wrench = self._all
        self._polls += 1
        for channel in self._all:
            channel.new = False
        every_fifth, seldom = self._polls % 5 == 0, self._polls % 50 == 0
        self._drain(target, now_s)
        self._drain(tcp, now_s)
        if tcp.new or every_fifth:
            self._drain(twist, now_s)
            self._drain(wrench, now_s)
        if target.new or every_fifth:
            self._drain(force, now_s)
        if seldom:
            self._drain(bias, now_s)
        if self._floods.close_window(now_s):
            # Tells apart by identity: a flood of the owner itself is one too.
            self.flooding = tuple(
                f"{self._names.get(sender, 'an unknown node')} floods {topic} with {rate:.0f} messages a second"
                for (topic, sender), rate in self._floods.floods.items()
            )

    def _drain(self, channel: Channel, now_s: float) -> None:
        newest = b""
        for data in channel.polled.take():
            sender = channel.polled.sender
            self._floods.count(channel.topic, sender)
            if sender in channel.owners.identities:
                newest = bytes(data)
                channel.count += 1
            else:
                channel.ignored += 1
                if channel.topic == BIAS and len(channel.early) < MOST_EARLY:
                    channel.early[sender] = bytes(data)
        for sender in channel.owners.identities & channel.early.keys():
            newest = newest or channel.early[sender]
            del channel.early[sender]
        if newest:
            self._take(channel, newest, now_s)

    def _take(self, channel: Channel, data: bytes, now_s: float) -> None:
        try:
            channel.heard_frame = frame_of(data)
            if channel.heard_frame != channel.frame:
                channel.fault = f"{channel.topic} is in frame '{channel.heard_frame}', expected '{channel.frame}'"
                return
            stamp_ns, value = channel.read.stamp_and_values(data)
        except ValueError as error:
            channel.fault = f"{channel.topic}: {error}"
            return
        wrong = channel.judge(value)
        if not wrong and channel.topic == TCP and self._jumps(channel, value, now_s):
            wrong = "jumps"
        if wrong:
            channel.fault = f"{channel.topic} {wrong}"
            return
        channel.fault, channel.value, channel.stamp_ns, channel.arrival_s = "", value, stamp_ns, now_s
        channel.new = True
        if len(channel.offsets_s) < KEPT_OFFSETS:
            channel.offsets_s.append((time.time_ns() - stamp_ns) * 1e-9)

    def _jumps(self, channel: Channel, pose: np.ndarray, now_s: float) -> bool:
        """Whether a pose is far from the one before, and not confirmed by others there."""
        age_s = channel.age_s(now_s)
        if age_s > FORGOTTEN_S or _is_near(pose, channel.value, NEAR_M + FASTEST_M_S * age_s):
            self._doubts = 0
            return False
        self._doubts = self._doubts + 1 if _is_near(pose, self._doubted, NEAR_M) else 1
        self._doubted = pose
        return self._doubts < BELIEVED

    def look(self, controller_died: bool) -> None:
        """Asks the graph who publishes; called from the executor's thread, a few times a second."""
        foreign, names, now_s = [], {}, time.monotonic()
        for channel in self._all:
            found = self._publishers(channel.topic)
            names |= {publisher.identity: publisher.node for publisher in found}
            died = controller_died and channel.topic in COMMANDS
            silent = channel.topic != BIAS and channel.age_s(now_s) > FORGOTTEN_S
            judged = channel.owners.judge(found, died or silent)
            if judged.foreign:
                foreign.append(judged.sentence(channel.topic))
        self._names = names
        self.foreign = tuple(foreign)

    def look_for_rivals(self) -> None:
        """Asks the graph who else commands the arm; cheap, so it can be called more often than ``look``."""
        if self._node.count_publishers(self._output) == 1:
            self.rival = ""
            return
        found = self._publishers(self._output)
        own = [p for p in found if p.node == self._node.get_fully_qualified_name()][:1]
        others = sorted(p.node for p in found if p not in own)
        self.rival = f"{', '.join(others)} also publishes {self._output}" if others else ""

    def _publishers(self, topic: str) -> list[Publisher]:
        return [
            Publisher(f"{info.node_namespace.rstrip('/')}/{info.node_name}", bytes(info.endpoint_gid))
            for info in self._node.get_publishers_info_by_topic(topic)
        ]

    def _full(self, name: str) -> str:
        return name if name.startswith("/") else f"{self._node.get_namespace().rstrip('/')}/{name}"


def _is_near(first: np.ndarray, second: np.ndarray, most_m: float) -> bool:
    return float(np.abs(first[:3] - second[:3]).max()) < most_m and abs(float(first[3:] @ second[3:])) > NEAR_COSINE
