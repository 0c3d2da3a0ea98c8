"""Judges recorded runs anew: the watch is shown what a bag holds, message by message, as the node was shown it."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from touchloop.bench.monitor_score import EpisodeRow, row_of
from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import BagReader
from touchloop.data.message_fields import nanoseconds_of
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.memory import WatchState
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.run.bench_listener import BenchListener
from touchloop.monitor.verdict import Verdict

SCENE, STATE, PICTURE = "bench_scene", "bench_state", "camera/back/image_raw"
EVIDENCE, INJECTED = "evidence", "injected_failure"
FAILED = 3
"""``touchloop_msgs/Verdict.FAILED``"""


@dataclass(frozen=True, slots=True)
class TimedVerdict:
    """A verdict of a failure.

    Attributes:
        time_s: since the episode's start.
        verdict: ``step`` counts the starts of skills in its run.
    """

    time_s: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class JudgedBag:
    """What a bag shows.

    Attributes:
        path: of it.
        seed: of the bench.
        skills: that ran, in words.
        injected: mode, step of the program and time [s] of the failure; None for none.
        offline: the failures that are found in the bag.
        live: cause and time [s] of the failures that the monitor told of while it was recorded.
    """

    path: Path
    seed: int
    skills: tuple[str, ...]
    injected: tuple[str, int, float] | None
    offline: tuple[TimedVerdict, ...]
    live: tuple[tuple[str, float], ...]

    @property
    def row(self) -> EpisodeRow:
        """For ``score_of``: the first verdict against what was injected."""
        mode, step, fact_s = self.injected or ("", 0, float("nan"))
        first = self.offline[0] if self.offline else None
        said_s = float("nan") if first is None else first.time_s
        return row_of(
            self.seed, " ".join(self.skills), mode, step, fact_s, None if first is None else first.verdict, said_s
        )


class BagJudge:
    """Takes a bag's messages in their order.

    Args:
        limits: of the watch.
    """

    def __init__(self, limits: Limits) -> None:
        self._watch, self._listener = Watch(limits), BenchListener()
        self._state: WatchState = self._watch.start()
        self._run, self._number, self._muted = 0, 0, False
        self._start_ns = 0
        self.seed = 0
        self.skills: list[str] = []
        self.offline: list[TimedVerdict] = []
        self.live: list[tuple[str, float]] = []
        self.injected: tuple[str, int, float] | None = None

    def take(self, topic: str, message: Any) -> None:
        """The next message; ``topic`` without its namespace."""
        if topic == SCENE:
            self._start_ns, self.seed = nanoseconds_of(message.header.stamp), int(message.seed)
            self._listener.scene(message)
        elif topic == PICTURE:
            self._listener.picture(message)
        elif topic == EVIDENCE and message.kind == "verdict" and message.verdict.status == FAILED:
            self.live.append((message.verdict.cause, self._since(message)))
        elif topic == INJECTED:
            self.injected = (message.verdict.cause, int(message.verdict.step), self._since(message))
        elif topic == STATE:
            self._judge(message)

    def _judge(self, message: Any) -> None:
        told = self._listener.state(message, int(message.run))
        if told is None:
            return
        sensed, dt_s = told
        if message.run != self._run:
            self._run, self._number, self._state = int(message.run), 0, self._watch.start()
        if sensed.skill and sensed.step != self._number:
            self._number, self._muted = sensed.step, False
            self.skills.append(sensed.skill)
        if self._run == 0 or self._muted:
            return
        self._state, verdict = self._watch.step(self._state, sensed, dt_s)
        if verdict.status == "failed":
            self.offline.append(TimedVerdict(sensed.time_s, verdict))
            # What was repaired then is judged anew, as it was then.
            self._state = replace(self._state, step=None, effects=(), verdict=Verdict("running"))
            self._muted = True

    def _since(self, message: Any) -> float:
        return 1e-9 * (nanoseconds_of(message.header.stamp) - self._start_ns)


def judge_bag(path: Path, limits: Limits) -> JudgedBag:
    """A bag that ``task.launch.xml`` has recorded.

    Raises:
        InputError: no bag, damaged, or without the bench's topics.
    """
    with BagReader(bag_parts(path) or path) as bag:
        names = {topic: name for topic in bag.topics if (name := _plain(topic))}
        missing = {SCENE, STATE} - set(names.values())
        if missing:
            raise InputError(f"{path}: no topic {' and '.join(sorted(missing))}; a bag of task.launch.xml is expected")
        judge = BagJudge(limits)
        for message in bag.messages(names):
            judge.take(names[message.topic], bag.decode(message))
    found = (tuple(judge.skills), judge.injected, tuple(judge.offline), tuple(judge.live))
    return JudgedBag(path, judge.seed, *found)


def _plain(topic: str) -> str:
    """The topic without its namespace; empty for one that is not needed."""
    return next((n for n in (SCENE, STATE, PICTURE, EVIDENCE, INJECTED) if topic == n or topic.endswith(f"/{n}")), "")
