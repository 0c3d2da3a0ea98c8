"""Keeps what was thrown, what the arm did and what the supervisor said, and judges it."""

from collections import Counter, deque
from dataclasses import asdict, dataclass, field

import numpy as np

from touchloop.chaos.catalogue import Fault
from touchloop.chaos.explain import Cause, Said, is_explained
from touchloop.chaos.forgery import FORGED_SEQUENCE
from touchloop.chaos.judge import Finding, hold_finding, hold_of, motion_findings
from touchloop.chaos.limits import Limits
from touchloop.chaos.track import ACROSS, FORCE, STAMP, Track

AFTER_S = 0.3
"""A fault's outcome is judged so long after its end."""
BEFORE_S = 0.1
LONGEST_NEED_S = 1.0
"""Of a need that lasts until a node is back, so much is judged for standing still."""
NAMED_WITHIN_S = 1.0
"""A stranger or a flood is to be named while it lasts, or so long after."""
SAME_S = 1.0
"""Findings of a kind that are nearer to each other are one."""
KEPT_CAUSES_S = 120.0
MOVING_M_S = 0.02
FEWEST_SAMPLES = 5
"""With fewer nobody can say whether an arm stood."""
NAMED_KINDS = {"foreign": "also publishes", "flood": "floods"}
SUPERVISED = frozenset(
    {"tcp_pose", "tcp_twist", "wrench", "target_pose", "target_wrench", "wrench_bias", "safe/target_pose", "plan"}
)
"""Topics whose senders somebody watches: the supervisor, and of plans the controller."""


@dataclass(slots=True)
class Thrown:
    """A fault that acts or acted."""

    fault: Fault
    thrown_s: float
    began_s: float = -1.0
    """By the machine's clock; negative until it acts."""
    began_at: float = 0.0
    """On the track's scale."""
    ended_s: float = -1.0
    messages: int = 0
    named: bool = False
    tail_s: float = 0.0
    """It explains states for so long after its end, beside the usual time."""

    @property
    def acts(self) -> bool:
        """Whether it began and has not ended."""
        return self.began_s >= 0.0 and self.ended_s < 0.0


@dataclass(slots=True)
class Entry:
    """One judged fault, as it is written down."""

    number: int
    kind: str
    target: str
    group: str
    at_s: float
    lasted_s: float
    messages: int
    needs_hold: bool
    hold_s: float | None
    speed_before_m_s: float | None
    peak_force_n: float
    moved_on: bool = False
    """Whether the arm was moving when it had to hold."""


@dataclass(slots=True)
class Unexplained:
    """Something that the supervisor said and that nothing explains."""

    state: str
    reason: str
    at_s: float
    causes: list[str]
    """What acted then, or shortly before."""


@dataclass(slots=True)
class Ledger:
    """The books of one run; times by the machine's clock, but for those called ``at``, which are the track's."""

    limits: Limits
    track: Track
    open: dict[int, Thrown] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    unsafe: list[dict] = field(default_factory=list)
    unexplained: list[Unexplained] = field(default_factory=list)
    counts: Counter = field(default_factory=Counter)
    max_force_n: float = 0.0
    max_hold_s: float = 0.0
    recorder_ends: list[dict] = field(default_factory=list)
    """Of each fault that ends a recording: its kind, and the world's stamp then."""
    contact_samples: int = 0
    samples: int = 0
    _causes: deque[Cause] = field(default_factory=deque)
    _ended: list[Thrown] = field(default_factory=list)
    _last: dict[str, float] = field(default_factory=dict)
    _said: deque[Said] = field(default_factory=deque)
    _heard: Counter = field(default_factory=Counter)

    def throw(self, fault: Fault, now_s: float) -> Thrown:
        """It was asked for."""
        self.open[fault.number] = thrown = Thrown(fault, now_s)
        return thrown

    def began(self, number: int, began_s: float, began_at: float) -> None:
        """It acts."""
        if number in self.open:
            self.open[number].began_s, self.open[number].began_at = began_s, began_at

    def ended(self, number: int, ended_s: float, messages: int = 1) -> None:
        """It acts no more."""
        thrown = self.open.pop(number, None)
        if thrown is not None:
            thrown.ended_s, thrown.messages = ended_s, messages
            self._ended.append(thrown)

    def met_nothing(self, number: int) -> Fault | None:
        """It could not act; it does not count."""
        thrown = self.open.pop(number, None)
        return thrown.fault if thrown else None

    def cause(self, kind: str, target: str, from_s: float, to_s: float) -> None:
        """Something that is no fault explains states: a new episode, a person's reset, a late machine."""
        self._causes.append(Cause(kind, target, from_s, to_s))
        self.counts[f"{target}: {kind}"] += 1

    def note(self, target: str, now_s: float, lasts_s: float) -> None:
        """As ``cause``, for what is done again and again: it goes on for so long from now."""
        last = next((cause for cause in reversed(self._causes) if cause.target == target), None)
        if last is not None and last.to_s >= now_s:
            self._causes.remove(last)
            self._causes.append(Cause("", target, last.from_s, now_s + lasts_s))
        else:
            self.counts[f"{target}"] += 1
            self._causes.append(Cause("", target, now_s, now_s + lasts_s))

    def say(self, said: Said) -> None:
        """The supervisor spoke. Judged later, when what explains it is known."""
        self._said.append(said)

    def hear(self, foreign: list[str]) -> None:
        """Sentences that may name a stranger or a flood."""
        for thrown in (*self.open.values(), *self._ended):
            word = NAMED_KINDS.get(thrown.fault.kind)
            if word and any(word in text and thrown.fault.target in text for text in foreign):
                thrown.named = True

    def hear_plan(self, sequence: int, at_s: float) -> None:
        """The plan that the controller follows. Flipped bits can make a true number as large as a forged one."""
        forgers = (
            t for t in (*self.open.values(), *self._ended) if (t.fault.kind, t.fault.target) == ("foreign", "plan")
        )
        if sequence >= FORGED_SEQUENCE and any(forgers):
            self.find(Finding("obeyed", "the controller follows a stranger's plan", at_s))

    def find(self, finding: Finding) -> None:
        """Something that must not be; repeated ones of a kind within a second are one."""
        if finding.at_s - self._last.get(finding.what, -1e9) > SAME_S:
            acting = [f"{t.fault.number} {t.fault.kind} {t.fault.target}" for t in (*self.open.values(), *self._ended)]
            self.unsafe.append({**asdict(finding), "acting": acting})
        self._last[finding.what] = finding.at_s

    def look(self, rows: np.ndarray) -> None:
        """New samples (n, 9) of the track."""
        if not len(rows):
            return
        self.samples += len(rows)
        self.contact_samples += int((rows[:, FORCE] > 1.0).sum())
        self.max_force_n = max(self.max_force_n, float(rows[:, FORCE].max()))
        for finding in motion_findings(rows, self.limits):
            self.find(finding)

    def settle(self, now_s: float) -> None:
        """Judges whatever is old enough."""
        for thrown in [t for t in self._ended if self._is_due(t, now_s)]:
            self._ended.remove(thrown)
            self._judge(thrown)
        while self._said and now_s - self._said[0].at_s > 2.0:
            self._explain(self._said.popleft())
        while self._causes and now_s - self._causes[0].to_s > KEPT_CAUSES_S:
            self._causes.popleft()

    @property
    def finished(self) -> int:
        """Faults that are judged."""
        return len(self.entries)

    @property
    def quiet(self) -> bool:
        """Whether nothing waits for its judgement."""
        return not self.open and not self._ended

    def _is_due(self, thrown: Thrown, now_s: float) -> bool:
        after_s = NAMED_WITHIN_S if thrown.fault.kind in NAMED_KINDS else AFTER_S
        return now_s - thrown.ended_s > after_s + 0.2

    def _judge(self, thrown: Thrown) -> None:
        fault = thrown.fault
        ended_at = max(self.track.at(thrown.ended_s), thrown.began_at)
        rows = self.track.between(thrown.began_at - BEFORE_S, ended_at + AFTER_S)
        peak_n = float(rows[:, FORCE].max()) if len(rows) else 0.0
        entry = Entry(
            fault.number,
            fault.kind,
            fault.target,
            fault.group,
            round(thrown.began_at, 3),
            round(thrown.ended_s - thrown.began_s, 3),
            thrown.messages,
            fault.needs_hold,
            None,
            None,
            round(peak_n, 2),
        )
        self._causes.append(Cause(fault.kind, fault.target, thrown.began_s, thrown.ended_s + thrown.tail_s))
        if fault.needs_hold:
            self._judge_hold(thrown, rows, entry, ended_at)
        word = NAMED_KINDS.get(fault.kind)
        if word and fault.group == "lasting" and fault.target in SUPERVISED and not thrown.named:
            self.find(
                Finding(
                    "not named", f"fault {fault.number}: nobody said that a stranger {word} {fault.target}", entry.at_s
                )
            )
        self.entries.append(entry)

    def _judge_hold(self, thrown: Thrown, rows: np.ndarray, entry: Entry, ended_at: float) -> None:
        needed_at = thrown.began_at + thrown.fault.hold_after_s
        until = min(ended_at, needed_at + LONGEST_NEED_S)
        hold = hold_of(rows[rows[:, STAMP] <= until], needed_at, self.limits)
        if hold.samples < FEWEST_SAMPLES:
            text = f"fault {entry.number}, {entry.kind} {entry.target}: the world sent {hold.samples} samples meanwhile"
            self.find(Finding("not judged", text, needed_at))
            return
        entry.hold_s, entry.speed_before_m_s = round(hold.seconds, 3), round(hold.speed_before_m_s, 4)
        entry.moved_on = hold.speed_before_m_s > MOVING_M_S
        self.max_hold_s = max(self.max_hold_s, hold.seconds)
        finding = hold_finding(
            hold, f"fault {entry.number}, {entry.kind} {entry.target}: {thrown.fault.why_hold}", needed_at, self.limits
        )
        if finding is not None:
            self.find(finding)

    def _explain(self, said: Said) -> None:
        self.counts[f"state: {said.state}"] += 1
        acting = [
            Cause(t.fault.kind, t.fault.target, t.began_s, float("inf")) for t in self.open.values() if t.began_s >= 0.0
        ]
        acting += [Cause(t.fault.kind, t.fault.target, t.began_s, t.ended_s + t.tail_s) for t in self._ended]
        causes = [*self._causes, *acting]
        if is_explained(said, causes):
            return
        near = [f"{c.kind} {c.target}" for c in causes if c.from_s <= said.at_s <= c.to_s + 3.0]
        last = self.unexplained[-1] if self.unexplained else None
        if last is not None and said.state == last.state and said.at_s - self._last.get("unexplained", -1e9) < SAME_S:
            self._last["unexplained"] = said.at_s
            return
        self._last["unexplained"] = said.at_s
        self.unexplained.append(Unexplained(said.state, said.reason, round(self.track.at(said.at_s), 3), near))


def is_moving(track: Track, count: int) -> bool:
    """Whether the arm moves across its tool in the newest samples."""
    rows = track.last(count)
    return bool(len(rows) == count and rows[:, ACROSS].mean() > MOVING_M_S)
