"""What is in a bag: duration, size, and rate and gaps of each topic."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchloop.data.bag_reader import BagReader

_GAP_FACTOR = 2.5
_FEWEST_FOR_GAPS = 10


@dataclass(frozen=True)
class TopicSummary:
    """One topic of a bag.

    Attributes:
        name: Its name.
        type: Its message type.
        messages: How many.
        rate_hz: Over its own first to last message; 0 below two messages.
        serialisation: `cdr` for all ROS 2 bags so far.
        reliable: What its publishers offered; None when the bag does not say.
        latched: What its publishers offered; None when the bag does not say.
        gaps: Pauses longer than 2.5 times the median interval; only counted from ten messages on.
        longest_gap_s: The longest interval between two messages.
    """

    name: str
    type: str
    messages: int
    rate_hz: float
    serialisation: str
    reliable: bool | None
    latched: bool | None
    gaps: int
    longest_gap_s: float


@dataclass(frozen=True)
class BagSummary:
    """A bag as a whole; times in seconds of the ROS clock, sizes in bytes."""

    path: str
    messages: int
    start_s: float
    duration_s: float
    size_bytes: int
    topics: tuple[TopicSummary, ...]


def summarise_bag(path: Path) -> BagSummary:
    """Reads a whole bag and summarises it; raises InputError when it cannot be read."""
    with BagReader(path) as bag:
        times_ns: dict[str, list[int]] = {topic: [] for topic in bag.topics}
        for message in bag.messages():
            times_ns[message.topic].append(message.time_ns)
        return BagSummary(
            path=str(path),
            messages=bag.message_count,
            start_s=bag.start_ns / 1e9,
            duration_s=(bag.end_ns - bag.start_ns) / 1e9,
            size_bytes=_size_bytes(path),
            topics=tuple(_summarise(bag, topic, np.array(times_ns[topic])) for topic in sorted(bag.topics)),
        )


def _summarise(bag: BagReader, name: str, times_ns: np.ndarray) -> TopicSummary:
    topic = bag.topics[name]
    intervals_s = np.diff(times_ns) / 1e9
    span_s = float(intervals_s.sum())
    periodic = len(times_ns) >= _FEWEST_FOR_GAPS
    return TopicSummary(
        name=name,
        type=topic.msgtype,
        messages=len(times_ns),
        rate_hz=len(intervals_s) / span_s if span_s > 0 else 0.0,
        serialisation=topic.serialisation,
        reliable=all(qos.reliability.name == "RELIABLE" for qos in topic.qos) if topic.qos else None,
        latched=any(qos.durability.name == "TRANSIENT_LOCAL" for qos in topic.qos) if topic.qos else None,
        gaps=int((intervals_s > _GAP_FACTOR * np.median(intervals_s)).sum()) if periodic else 0,
        longest_gap_s=float(intervals_s.max(initial=0.0)),
    )


def _size_bytes(path: Path) -> int:
    files = [path] if path.is_file() else path.iterdir()
    return sum(file.stat().st_size for file in files)
