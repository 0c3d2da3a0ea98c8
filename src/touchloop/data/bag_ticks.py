"""A bag as the instants of simulated time, for playing it in lock-step; and `/clock` messages made anew."""

import heapq
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from struct import Struct

from touchloop.data.bag_reader import BagMessage, BagReader
from touchloop.data.bag_times import CLOCK_TOPIC

CLOCK_TYPE = "rosgraph_msgs/msg/Clock"
# What planner, controller and the machinery publish; the rest is the world's, which a replay stands in for.
NOT_THE_WORLDS = (
    r".*/(plan|target_pose|target_wrench|controller_state|wrench_bias|heartbeat|hold|transition_event)",
    r"/(rosout|parameter_events|diagnostics)",
)
_CLOCK_MESSAGE = Struct("<4siI")
_REORDER_WINDOW_NS = 1_000_000_000


@dataclass
class Tick:
    """All that belongs to one instant of simulated time.

    Attributes:
        time_ns: The instant.
        messages: In the order to publish them; `/clock` is last.
        awaits_answer: Whether the recorded run had all answers stamped with this instant.
    """

    time_ns: int
    messages: list[BagMessage] = field(default_factory=list)
    awaits_answer: bool = False


def ticks(
    bag: BagReader, played: Callable[[str], bool], answer_topics: Collection[str], start_ns: int | None = None
) -> Iterator[Tick]:
    """Sorts a bag into ticks by the stamps of its messages; each but the last ends with its `/clock`.

    Args:
        bag: An open bag with `/clock`.
        played: Chooses the topics to play.
        answer_topics: What a lock-step world waits for at each tick; themselves not played.
        start_ns: Leave out what was logged before.
    """
    answers = {topic: set[int]() for topic in answer_topics}
    tick = Tick(0)
    for time_ns, message in _by_stamp(bag, played, answers, start_ns):
        tick.messages.append(message)
        tick.time_ns = time_ns
        if message.topic == CLOCK_TOPIC:
            tick.awaits_answer = all(time_ns in stamps for stamps in answers.values())
            yield tick
            tick = Tick(0)
    if tick.messages:
        yield tick


def _by_stamp(
    bag: BagReader, played: Callable[[str], bool], answers: dict[str, set[int]], start_ns: int | None
) -> Iterator[tuple[int, BagMessage]]:
    """Gives messages in order of their stamps, `/clock` last among equals; notes the stamps of answers."""
    names = [topic for topic in bag.topics if topic in answers or topic == CLOCK_TOPIC or played(topic)]
    stamp_of = {topic: bag.stamp_reader(topic) for topic in names}
    waiting: list[tuple[int, bool, int, BagMessage]] = []
    for number, message in enumerate(bag.messages(names, start_ns=start_ns)):
        time_ns = stamp_of[message.topic](message.data) or message.time_ns
        if message.topic in answers:
            answers[message.topic].add(time_ns)
        else:
            heapq.heappush(waiting, (time_ns, message.topic == CLOCK_TOPIC, number, message))
        while waiting and waiting[0][0] < message.time_ns - _REORDER_WINDOW_NS:
            due = heapq.heappop(waiting)
            yield due[0], due[-1]
    while waiting:
        due = heapq.heappop(waiting)
        yield due[0], due[-1]


def with_generated_clock(messages: Iterable[BagMessage], start_ns: int, end_ns: int, hz: float) -> Iterator[BagMessage]:
    """Weaves `/clock` messages into a stream, at a rate in bag time."""
    count = int((end_ns - start_ns) * hz / 1e9) + 1
    clock = (clock_message(start_ns + int(index * 1e9 / hz)) for index in range(count))
    return heapq.merge(clock, messages, key=lambda message: message.time_ns)


def clock_message(time_ns: int) -> BagMessage:
    """Makes a serialised `/clock` message."""
    data = _CLOCK_MESSAGE.pack(b"\x00\x01\x00\x00", time_ns // 1_000_000_000, time_ns % 1_000_000_000)
    return BagMessage(time_ns, CLOCK_TOPIC, CLOCK_TYPE, data)
