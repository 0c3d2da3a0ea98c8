"""Reads a bag into a :class:`Recording`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.data.bag_reader import BagMessage, BagReader
from touchloop.errors import InputError
from touchloop.report.names import mode_name
from touchloop.report.recording import (
    ControllerSample,
    EpisodeStart,
    Notice,
    Picture,
    PlanSample,
    Recording,
    TaskSample,
    Track,
)
from touchloop.report.streams import SHARED, split_topic

_REPEAT_NS = 3_000_000_000


@dataclass
class Loaded:
    """A bag's content and what could not be read of it.

    Attributes:
        recording: The arm's streams.
        namespace: The arm's, such as ``/left`` or empty.
        shared: Namespace of what all arms share.
        stamps_ns: Stamp (or log time without one) of each message, by topic.
        types: Message type by topic.
        problems: Sentences.
    """

    recording: Recording
    namespace: str
    shared: str
    stamps_ns: dict[str, np.ndarray]
    types: dict[str, str]
    problems: list[str] = field(default_factory=list)

    def topic(self, name: str) -> str:
        """Full name of a stream of the arm, or of what all arms share."""
        return f"{self.shared if name in SHARED else self.namespace}/{name}"


def load(bags: Sequence[Path], namespace: str | None = None) -> Loaded:
    """Reads the parts of a bag in full, pictures left out.

    Raises:
        InputError: The bag cannot be opened, or it has several arms and no namespace was named.
    """
    with BagReader(bags) as bag:
        chosen, shared, note = _choose_namespace(bag, namespace)
        collected: dict[str, list[Any]] = {}
        stamps: dict[str, list[int]] = {topic: [] for topic in bag.topics}
        problems = [note] if note else []
        readers = {topic: bag.stamp_reader(topic) for topic in bag.topics}
        rows = {topic: _row_reader(topic, bag.topics[topic].msgtype, chosen, shared) for topic in bag.topics}
        unreadable: dict[str, int] = {}
        try:
            for message in bag.messages():
                stamp_ns = readers[message.topic](message.data) or message.time_ns
                stamps[message.topic].append(stamp_ns)
                row = rows[message.topic]
                if row is None:
                    continue
                name, read = row
                try:
                    collected.setdefault(name, []).extend(read(bag, message, stamp_ns))
                except (ValueError, IndexError, AttributeError) as error:
                    unreadable[message.topic] = unreadable.get(message.topic, 0) + 1
                    if unreadable[message.topic] == 1:
                        problems.append(f"A message of {message.topic} cannot be read: {error}.")
        except InputError as error:
            problems.append(f"The bag was read up to its damage only: {error}.")
        stamps_ns = {topic: np.sort(np.array(times, np.int64)) for topic, times in stamps.items()}
        types = {name: topic.msgtype for name, topic in bag.topics.items()}
        return Loaded(_assemble(collected), chosen, shared, stamps_ns, types, problems)


def _choose_namespace(bag: BagReader, wanted: str | None) -> tuple[str, str, str]:
    """Namespaces of the arm and of what it shares with others, and a note on what is left out."""
    split = [parts for topic in bag.topics if (parts := split_topic(topic)) is not None]
    sharing = {namespace for namespace, name in split if name in SHARED}
    arms = {namespace for namespace, name in split if name not in SHARED} or sharing
    if wanted is not None:
        named = "/" + wanted.strip("/") if wanted.strip("/") else ""
        if named not in arms:
            raise InputError(f"namespace '{wanted}': the bag has {_names(arms)}")
        return named, _shared_with(named, sharing), ""
    if len(arms) > 1:
        above = min(arms).rpartition("/")[0]
        if sharing != {above} or any(arm.rpartition("/")[0] != above for arm in arms):
            raise InputError(f"the bag has several arms, {_names(arms)}: choose one with --namespace")
        first, *others = sorted(arms)
        return first, above, f"The bag has several arms. This shows '{first}'; --namespace shows {_names(others)}."
    only = next(iter(arms), "")
    return only, _shared_with(only, sharing), ""


def _shared_with(arm: str, sharing: set[str]) -> str:
    above = arm.rpartition("/")[0]
    return above if arm not in sharing and above in sharing else arm


def _names(namespaces: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in sorted(namespaces)) or "no topics of an arm"


_Reader = Callable[[BagReader, BagMessage, int], list[Any]]


def _row_reader(topic: str, msgtype: str, namespace: str, shared: str) -> tuple[str, _Reader] | None:
    """Field of Recording and reader of one topic; None for a topic that is only counted."""
    if topic == "/diagnostics" and msgtype == "diagnostic_msgs/msg/DiagnosticArray":
        return "notices", _diagnoses
    if topic == "/rosout" and msgtype == "rcl_interfaces/msg/Log":
        return "notices", _log_line
    parts = split_topic(topic)
    if parts is None or parts[0] != (shared if parts[1] in SHARED else namespace):
        return None
    entry = _READERS.get(parts[1])
    return None if entry is None or entry[0] != msgtype else (entry[1], entry[2])


def _doubles(count: int) -> _Reader:
    """Reads a header that is followed by ``count`` doubles, straight from the bytes."""

    def read(_: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
        order = "<" if message.data[1] & 1 else ">"
        return [(stamp_ns, np.frombuffer(message.data, f"{order}f8", count, len(message.data) - 8 * count))]

    return read


def _joints(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    positions = np.asarray(bag.decode(message).position, float)  # type: ignore[attr-defined]
    return [(stamp_ns, positions)]


def _episode(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    m: Any = bag.decode(message)
    return [EpisodeStart(stamp_ns, m.index, m.seed, m.task, m.perturbation)]


def _task(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    m: Any = bag.decode(message)
    p, q = m.object_pose.position, m.object_pose.orientation
    pose = (p.x, p.y, p.z, q.x, q.y, q.z, q.w)
    numbers = (m.score, m.progress, m.force_n, m.in_band_ratio, m.peak_force_n)
    return [TaskSample(stamp_ns, m.phase, m.done, m.success, *numbers, pose, m.perturbation, m.variant)]


def _controller(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    m: Any = bag.decode(message)
    ages = (m.plan_age_s, m.wrench_age_s)
    forces = (m.planned_force_n, m.force_n)
    sample = ControllerSample(
        stamp_ns, mode_name(m.mode), m.reason, m.plan_sequence, *ages, *forces, m.lateness_s, m.missed_ticks
    )
    return [sample]


def _plan(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    m: Any = bag.decode(message)
    return [PlanSample(stamp_ns, m.sequence, message.time_ns)]


def _hold(bag: BagReader, message: BagMessage, _: int) -> list[Any]:
    m: Any = bag.decode(message)
    # Its own stamp is wall time.
    return [Notice(message.time_ns, "lifecycle_manager", f"orders to hold: {m.reason}", 2)] if m.hold else []


def _diagnoses(bag: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    m: Any = bag.decode(message)
    return [Notice(stamp_ns, s.name, s.message or "warns", min(s.level, 2)) for s in m.status if s.level > 0]


def _log_line(bag: BagReader, message: BagMessage, _: int) -> list[Any]:
    m: Any = bag.decode(message)
    return [Notice(message.time_ns, m.name, m.msg, 2 if m.level >= 40 else 1)] if m.level >= 30 else []


def _picture(_: BagReader, message: BagMessage, stamp_ns: int) -> list[Any]:
    return [Picture(stamp_ns, message.time_ns)]


_READERS: dict[str, tuple[str, str, _Reader]] = {
    "tcp_pose": ("geometry_msgs/msg/PoseStamped", "tcp_pose", _doubles(7)),
    "target_pose": ("geometry_msgs/msg/PoseStamped", "target_pose", _doubles(7)),
    "wrench": ("geometry_msgs/msg/WrenchStamped", "wrench", _doubles(6)),
    "wrench_bias": ("geometry_msgs/msg/WrenchStamped", "wrench_bias", _doubles(6)),
    "joint_states": ("sensor_msgs/msg/JointState", "joints", _joints),
    "task_state": ("touchloop_msgs/msg/TaskState", "task", _task),
    "controller_state": ("touchloop_msgs/msg/ControllerState", "controller", _controller),
    "plan": ("touchloop_msgs/msg/LatentPlan", "plans", _plan),
    "episode": ("touchloop_msgs/msg/Episode", "episodes", _episode),
    "hold": ("touchloop_msgs/msg/Hold", "notices", _hold),
    "camera/wrist/image_raw": ("sensor_msgs/msg/Image", "wrist_pictures", _picture),
    "camera/scene/image_raw": ("sensor_msgs/msg/Image", "scene_pictures", _picture),
}
_TRACKS = ("tcp_pose", "target_pose", "wrench", "wrench_bias", "joints")


def _assemble(collected: dict[str, list[Any]]) -> Recording:
    parts: dict[str, Any] = {}
    for name, rows in collected.items():
        if name in _TRACKS:
            parts[name] = _track(rows)
        elif name == "notices":
            parts[name] = _without_repeats(sorted(rows, key=lambda row: row.stamp_ns))
        else:
            parts[name] = tuple(sorted(rows, key=lambda row: row.stamp_ns))
    return Recording(**parts)


def _track(rows: list[tuple[int, np.ndarray]]) -> Track:
    width = len(rows[0][1])
    rows = sorted((row for row in rows if len(row[1]) == width), key=lambda row: row[0])
    return Track(np.array([row[0] for row in rows], np.int64), np.array([row[1] for row in rows], float))


def _without_repeats(notices: list[Notice]) -> tuple[Notice, ...]:
    """Keeps a notice when it is new or has been away for three seconds."""
    last: dict[tuple[str, str], int] = {}
    kept = []
    for notice in notices:
        key = (notice.source, notice.text)
        if key not in last or notice.stamp_ns - last[key] > _REPEAT_NS:
            kept.append(notice)
        last[key] = notice.stamp_ns
    return tuple(kept)
