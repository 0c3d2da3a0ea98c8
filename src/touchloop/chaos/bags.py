"""Judges the bags of a chaos run: whatever happened to the recorder, at most its last second may be missing."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from touchloop.chaos.judge import Finding
from touchloop.chaos.topics import SENT, stamp_of
from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import BagReader
from touchloop.data.bag_recovery import needs_recovery, recover_bag
from touchloop.errors import InputError

TOPIC = f"/{SENT}tcp_pose"
LOST_NS = 1_000_000_000
LOST_BAG = "lost bag"


@dataclass(frozen=True, slots=True)
class RecorderEnd:
    """When a recording was ended by a fault."""

    kind: str
    stamp_ns: int
    """The world's, at the fault."""


@dataclass(frozen=True, slots=True)
class BagVerdict:
    """How one part of the recording stands."""

    part: str
    messages: int
    recovered: bool
    finding: Finding | None


def judge_bags(bag: Path, ends: Sequence[RecorderEnd]) -> list[BagVerdict]:
    """Repairs what must be repaired, and looks whether each part reaches to its end.

    Args:
        bag: folder of the first part.
        ends: of each part but the last, which was closed in order.
    """
    parts = bag_parts(bag)
    verdicts = [_judge(part, ends[index] if index < len(ends) else None) for index, part in enumerate(parts)]
    if len(parts) != len(ends) + 1:
        text = f"{len(parts)} bags; expected {len(ends) + 1}, since the recorder ended {len(ends)} times"
        verdicts.append(BagVerdict(bag.name, 0, False, Finding(LOST_BAG, text, 0.0)))
    return verdicts


def _judge(part: Path, end: RecorderEnd | None) -> BagVerdict:
    recovered = needs_recovery(part)
    try:
        if recovered and (damaged := recover_bag(part).damaged_pieces):
            return _bad(part, f"{part.name}: {damaged} damaged pieces", recovered)
        count, reaches = 0, end is None
        with BagReader(part) as reader:
            for message in reader.messages([TOPIC]):
                count += 1
                reaches = reaches or (end is not None and 0 <= end.stamp_ns - stamp_of(message.data) <= LOST_NS)
    except InputError as error:
        return _bad(part, f"{part.name} cannot be read: {error}", recovered)
    if not reaches:
        return _bad(part, f"{part.name} ends more than a second before the recorder did", recovered)
    return BagVerdict(part.name, count, recovered, None)


def _bad(part: Path, text: str, recovered: bool) -> BagVerdict:
    return BagVerdict(part.name, 0, recovered, Finding(LOST_BAG, text, 0.0))
