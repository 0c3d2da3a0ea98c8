"""From bags to demonstrations: those of our recorder, in simulation or on a real arm, and those of ``ros2 bag record``.

A bag with ``episode`` messages is cut at them, another is one episode. Each begins when all streams are there and ends
with the first of poses, wrenches and targets that ends. Poses, wrenches and targets are brought to 250 Hz by their
stamps, markers and pictures keep their own times.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.arm_names import in_arm
from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import DAMAGE, BagReader
from touchloop.data.episode import Episode
from touchloop.data.guided_targets import guided_targets, pressing_force
from touchloop.data.message_fields import markers_of, nanoseconds_of, pose_of, wrench_of, wrist_of
from touchloop.data.recorded_stream import PICTURE_GAP_S, RecordedStream, Samples, StreamKind
from touchloop.errors import InputError
from touchloop.policy.features import ACTION_PERIOD_NS, HORIZON, TARE_SAMPLES
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.task import Task

_POSE, _WRENCH = "geometry_msgs/msg/PoseStamped", "geometry_msgs/msg/WrenchStamped"


def _pose(message: Any) -> np.ndarray:
    return pose_of(message.pose)


def _wrench(message: Any) -> np.ndarray:
    return wrench_of(message.wrench)


def _targets(prefix: str) -> tuple[StreamKind, StreamKind]:
    return (
        StreamKind(f"{prefix}target_pose", _POSE, "base_link", _pose, is_pose=True),
        StreamKind(f"{prefix}target_wrench", _WRENCH, "tcp", _wrench),
    )


TCP = StreamKind("tcp_pose", _POSE, "base_link", _pose, is_pose=True)
WRENCH = StreamKind("wrench", _WRENCH, "ft_sensor", _wrench)
MARKERS = StreamKind("tactile/markers", "sensor_msgs/msg/PointCloud2", "tcp", markers_of)
WRIST = StreamKind("camera/wrist/image_raw", "sensor_msgs/msg/Image", "wrist_camera", wrist_of, PICTURE_GAP_S)
SENSORS = (TCP, WRENCH, MARKERS, WRIST)
COMMANDS = (_targets("safe/"), _targets(""))
"""Pose and planned force; of those that a bag has, the first are what the arm followed."""
EPISODE, TASK_STATE = "episode", "task_state"
SHORTEST_NS = TARE_SAMPLES * PERIOD_NS + HORIZON * ACTION_PERIOD_NS
"""An episode must give at least one chunk."""
END_SLACK_S = 1.0
"""At the end of a recording the streams may stop one after the other within this time."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to make of bags.

    Attributes:
        task: whose arms and force control they show.
        namespace: of all topics; empty for none.
        guided: the arm was led by hand, or by something that sends no target pose: see ``guided_targets``. A bag
            without target poses is read so in any case.
        ahead_s: how far the target of such an episode is ahead of the pose.
    """

    task: Task
    namespace: str = ""
    guided: bool = False
    ahead_s: float = 0.1


@dataclass(frozen=True, slots=True)
class BagEpisode:
    """One episode of a bag: taken, or refused with the reason.

    Attributes:
        bag: its folder.
        number: of the episode in it, from 1 on.
        refused: why; empty if it was taken.
        episode: the streams, if taken.
        attributes: for ``EpisodeStore``; ``source`` tells it from all others.
        targets: where target poses and forces come from.
    """

    bag: Path
    number: int
    refused: str = ""
    episode: Episode | None = None
    attributes: dict[str, Any] = field(default_factory=dict)
    targets: str = ""


@dataclass(slots=True)
class _Part:
    """What a bag says of one episode; a bag without ``episode`` messages has one part of all times."""

    start_ns: int = 0
    stop_ns: int = 1 << 62
    seed: int = -1
    task: str = ""
    perturbation: str = "none"
    variant: str = ""
    judged: bool = False
    """A world tells of its state."""
    ended: bool = False
    success: bool = False


def episodes_of_bag(path: Path, wanted: Wanted) -> Iterator[BagEpisode]:
    """The episodes of a bag in their order.

    Raises:
        InputError: no bag, damaged, or a topic is missing or of another type.
    """
    with BagReader(bag_parts(path) or path) as bag:
        recording = _Recording(bag, wanted)
        recording.read()
    for number, part in enumerate(recording.parts, 1):
        try:
            episode, targets = recording.episode(part)
        except InputError as error:
            yield BagEpisode(path, number, refused=str(error))
        else:
            yield BagEpisode(path, number, "", episode, _attributes(path, wanted.task, part, episode), targets)


class _Recording:
    """All that is read from one bag."""

    def __init__(self, bag: BagReader, wanted: Wanted) -> None:
        self._bag, self._wanted = bag, wanted
        self._topics: dict[str, RecordedStream] = {}
        self.parts: list[_Part] = []
        found = next((pair for pair in COMMANDS if self._has(pair[0])), None)
        self._commands = None if wanted.guided else found
        self._forces = self._commands is not None and self._has(self._commands[1])
        missing: list[str] = []
        for kind in self._kinds():
            for arm in wanted.task.arms:
                topic = self._name(in_arm(arm, kind.name))
                entry = bag.topics.get(topic)
                if entry is None or entry.messages == 0:
                    missing.append(topic)
                    continue
                if entry.msgtype != kind.msgtype:
                    raise InputError(f"{topic} is a {entry.msgtype}; expected a {kind.msgtype}")
                self._topics[topic] = RecordedStream(topic, kind, in_arm(arm, kind.frame))
        if missing:
            raise InputError(f"no message of {', '.join(missing)}; `touchloop bag info` lists what it has")

    def read(self) -> None:
        """Takes in all messages that matter."""
        told = [topic for name in (EPISODE, TASK_STATE) if (topic := self._name(name)) in self._bag.topics]
        for recorded in self._bag.messages([*self._topics, *told]):
            try:
                message: Any = self._bag.decode(recorded)
            except DAMAGE as error:
                raise InputError(f"a message of {recorded.topic} is damaged: {error}") from error
            if recorded.topic in self._topics:
                self._topics[recorded.topic].add(message)
            elif recorded.topic == self._name(EPISODE):
                self._begin(message)
            else:
                self._judge(message)
        self.parts = self.parts or [_Part()]
        firsts = [first for stream in self._topics.values() if (first := stream.first_ns) is not None]
        self._origin_ns = min(firsts, default=0)

    def episode(self, part: _Part) -> tuple[Episode, str]:
        """One episode, and where its targets come from.

        Raises:
            InputError: it cannot be learned from; says why.
        """
        task = self._wanted.task
        if part.task not in ("", task.name):
            raise InputError(f"it shows the task '{part.task}', expected '{task.name}'")
        if part.judged and not part.ended:
            raise InputError("it was cut short: the world never said that the episode is done")
        streams = {
            topic: stream.cut(part.start_ns, part.stop_ns, self._origin_ns) for topic, stream in self._topics.items()
        }
        every = list(streams.values())
        start_ns = max(samples.first_ns for samples in every)
        fast = [samples for samples in every if samples.stream.kind not in (MARKERS, WRIST)]
        end_ns = min(samples.last_ns for samples in fast)
        self._refuse_early_ends([samples for samples in every if samples.stream.kind in SENSORS])
        if end_ns - start_ns < SHORTEST_NS:
            raise InputError(
                f"all streams are there for {max(end_ns - start_ns, 0) * 1e-9:.2f} s; "
                f"expected at least {SHORTEST_NS * 1e-9:.2f} s"
            )
        for samples in every:
            samples.check_gaps(start_ns, end_ns)
        return self._resampled(streams, np.arange(start_ns, end_ns + 1, PERIOD_NS)), self._targets_text()

    def _resampled(self, streams: dict[str, Samples], times_ns: np.ndarray) -> Episode:
        def of(kind: StreamKind) -> list[Samples]:
            return [streams[self._name(in_arm(arm, kind.name))] for arm in self._wanted.task.arms]

        config, ahead_ns = self._wanted.task.controller, round(self._wanted.ahead_s * 1e9)
        tcp = np.stack([samples.at(times_ns) for samples in of(TCP)])
        wrench = np.stack([samples.at(times_ns) for samples in of(WRENCH)])
        if self._forces and self._commands is not None:
            # Pressing gives the tool a negative force along its axis.
            force_n = np.stack([-samples.at(times_ns)[:, 2] for samples in of(self._commands[1])])
        else:
            lead = 0 if self._commands is not None else ahead_ns // PERIOD_NS
            force_n = np.stack([pressing_force(arm, lead) for arm in wrench])
        if self._commands is not None:
            target = np.stack([samples.at(times_ns) for samples in of(self._commands[0])])
        else:
            ahead = [samples.at(times_ns + ahead_ns) for samples in of(TCP)]
            target = np.stack([guided_targets(*both, config) for both in zip(ahead, force_n, strict=True)])
        markers_ns, markers = _at_own_times(of(MARKERS), int(times_ns[0]), int(times_ns[-1]))
        wrist_ns, wrist = _at_own_times(of(WRIST), int(times_ns[0]), int(times_ns[-1]))
        return Episode(times_ns, tcp, wrench, target, force_n, markers_ns, markers, wrist_ns, wrist)

    def _refuse_early_ends(self, sensors: list[Samples]) -> None:
        latest_ns = max(samples.last_ns for samples in sensors)
        for samples in sensors:
            early_s = (latest_ns - samples.last_ns) * 1e-9
            if early_s > END_SLACK_S:
                at_s = (samples.last_ns - self._origin_ns) * 1e-9
                raise InputError(f"{samples.stream.topic} ends at {at_s:.3f} s, {early_s:.1f} s before the others")

    def _begin(self, message: Any) -> None:
        start_ns = nanoseconds_of(message.header.stamp)
        if self.parts and start_ns <= self.parts[-1].start_ns:
            return  # Latched: a recorder that was started again got it again.
        if self.parts:
            self.parts[-1].stop_ns = start_ns
        self.parts.append(_Part(start_ns, seed=int(message.seed), task=message.task, perturbation=message.perturbation))

    def _judge(self, message: Any) -> None:
        if self.parts and nanoseconds_of(message.header.stamp) >= self.parts[-1].start_ns:
            part = self.parts[-1]
            part.judged, part.variant = True, message.variant
            part.ended, part.success = part.ended or message.done, part.success or message.success

    def _targets_text(self) -> str:
        if self._commands is None:
            return f"pose {self._wanted.ahead_s:g} s ahead, measured force"
        return f"{self._commands[0].name}, {self._commands[1].name if self._forces else 'measured force'}"

    def _kinds(self) -> list[StreamKind]:
        if self._commands is None:
            return [*SENSORS]
        return [*SENSORS, *(self._commands if self._forces else self._commands[:1])]

    def _has(self, kind: StreamKind) -> bool:
        entries = [self._bag.topics.get(self._name(in_arm(arm, kind.name))) for arm in self._wanted.task.arms]
        return any(entry is not None and entry.messages > 0 for entry in entries)

    def _name(self, topic: str) -> str:
        return f"/{in_arm(self._wanted.namespace.strip('/'), topic)}"


def _at_own_times(arms: list[Samples], start_ns: int, end_ns: int) -> tuple[np.ndarray, np.ndarray]:
    """Times (M,) of the first arm's samples, from the start on, and what is newest of each arm then (A, M, ...)."""
    times = arms[0].stamp_ns
    times = np.concatenate([[start_ns], times[(times > start_ns) & (times <= end_ns)]]).astype(np.int64)
    return times, np.stack([samples.newest_at(times) for samples in arms])


def _attributes(bag: Path, task: Task, part: _Part, episode: Episode) -> dict[str, Any]:
    where = bag.resolve()
    return {
        "task": task.name,
        "variant": part.variant,
        "seed": part.seed,
        "perturbation": part.perturbation,
        # Nobody but the person who made it can judge an episode of a real arm.
        "success": part.success if part.judged else True,
        "source": f"{where.parent.name}/{where.name}, from {episode.stamp_ns[0]} ns, seed {part.seed}",
    }
