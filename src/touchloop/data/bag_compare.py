"""Compares two bags message by message."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass
from itertools import zip_longest
from pathlib import Path

import numpy as np

from touchloop.data.bag_reader import BagMessage, BagReader


@dataclass
class TopicComparison:
    """How a topic's messages differ between bags A and B.

    Attributes:
        topic: Its name.
        count_a: Messages in A.
        count_b: Messages in B.
        first_difference: Index of the first message that differs or that only one bag has; None when equal.
        what: That difference in words.
    """

    topic: str
    count_a: int = 0
    count_b: int = 0
    first_difference: int | None = None
    what: str = ""

    @property
    def equal(self) -> bool:
        """Whether all messages are the same."""
        return self.first_difference is None


def compare_bags(
    path_a: Path, path_b: Path, wanted: Callable[[str], bool] = lambda _: True, with_times: bool = False
) -> list[TopicComparison]:
    """Compares the messages of each topic, in their order.

    Messages are equal when all their fields are, bit by bit. Padding bytes between fields, which DDS leaves
    undefined, do not count.

    Args:
        path_a: First bag.
        path_b: Second bag.
        wanted: Chooses topics by name.
        with_times: Log times must agree too.

    Returns:
        One entry a topic of either bag, by name.

    Raises:
        InputError: A bag cannot be read.
    """
    with BagReader(path_a) as a, BagReader(path_b) as b:
        topics = sorted(topic for topic in {*a.topics, *b.topics} if wanted(topic))
        comparisons = {topic: TopicComparison(topic) for topic in topics}
        differ = _Difference(a, b, with_times)
        for topic, pair in _pairs(a, b, comparisons):
            comparison = comparisons[topic]
            if comparison.equal and (what := differ(*pair)):
                comparison.first_difference = min(comparison.count_a, comparison.count_b) - 1
                comparison.what = what
        for comparison in comparisons.values():
            _judge_counts(comparison)
        return list(comparisons.values())


def _judge_counts(comparison: TopicComparison) -> None:
    if comparison.equal and comparison.count_a != comparison.count_b:
        longer = "A" if comparison.count_a > comparison.count_b else "B"
        comparison.first_difference = min(comparison.count_a, comparison.count_b)
        comparison.what = f"only {longer} goes on, by {abs(comparison.count_a - comparison.count_b)}"


def _pairs(
    a: BagReader, b: BagReader, comparisons: dict[str, TopicComparison]
) -> Iterator[tuple[str, tuple[BagMessage, BagMessage]]]:
    """Pairs the n-th message of a topic in A with the n-th in B; counts both."""
    ahead_a: dict[str, deque[BagMessage]] = {topic: deque() for topic in comparisons}
    ahead_b: dict[str, deque[BagMessage]] = {topic: deque() for topic in comparisons}
    of_a = (message for message in a.messages() if message.topic in comparisons)
    of_b = (message for message in b.messages() if message.topic in comparisons)
    for from_a, from_b in zip_longest(of_a, of_b):
        if from_a is not None:
            ahead_a[from_a.topic].append(from_a)
            comparisons[from_a.topic].count_a += 1
        if from_b is not None:
            ahead_b[from_b.topic].append(from_b)
            comparisons[from_b.topic].count_b += 1
        for topic in {message.topic for message in (from_a, from_b) if message is not None}:
            while ahead_a[topic] and ahead_b[topic]:
                yield topic, (ahead_a[topic].popleft(), ahead_b[topic].popleft())


class _Difference:
    """Says in words how two messages differ; empty when they do not."""

    def __init__(self, a: BagReader, b: BagReader, with_times: bool) -> None:
        self._a = a
        self._b = b
        self._with_times = with_times

    def __call__(self, one: BagMessage, other: BagMessage) -> str:
        if one.msgtype != other.msgtype:
            return f"type {one.msgtype} in A, {other.msgtype} in B"
        if self._with_times and one.time_ns != other.time_ns:
            return f"log time {one.time_ns / 1e9:.9f} s in A, {other.time_ns / 1e9:.9f} s in B"
        if one.data == other.data:
            return ""
        difference = _field_difference(self._a.decode(one), self._b.decode(other), "")
        return f"at {one.time_ns / 1e9:.9f} s: {difference}" if difference else ""


def _field_difference(one: object, other: object, name: str) -> str:
    if is_dataclass(one) and is_dataclass(other):
        names = [field.name for field in fields(one) if not field.name.startswith("__")]
        return _first(
            _field_difference(getattr(one, part), getattr(other, part, None), f"{name}.{part}".lstrip("."))
            for part in names
        )
    if isinstance(one, list | np.ndarray) and isinstance(other, list | np.ndarray):
        if len(one) != len(other):
            return f"{name} has {len(one)} elements in A, {len(other)} in B"
        return _first(
            _field_difference(element, counterpart, f"{name}[{index}]")
            for index, (element, counterpart) in enumerate(zip(one, other, strict=True))
        )
    return "" if _same_bits(one, other) else f"{name} is {one} in A, {other} in B"


def _same_bits(one: object, other: object) -> bool:
    if isinstance(one, float | np.floating) and isinstance(other, float | np.floating):
        return np.asarray(one).tobytes() == np.asarray(other).tobytes()
    return one == other


def _first(texts: Iterator[str]) -> str:
    return next((text for text in texts if text), "")
