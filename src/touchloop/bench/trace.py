"""Force over one episode: what the tool really pressed, what was planned, and what disturbed it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from touchloop.bench.protocol import Rates
from touchloop.bench.results import EpisodeResult
from touchloop.bench.rollout import Policy, rollout
from touchloop.control.fast_controller import FastCommand
from touchloop.tasks.environment import Environment

DIGITS = 3
"""Kept after the point: a millisecond, a millinewton."""


@dataclass(slots=True)
class Trace:
    """One value a control tick. An instance is an observer of ``rollout``: call it and it writes down the tick."""

    time_s: list[float] = field(default_factory=list)
    """Since the episode's start."""
    force_n: list[float] = field(default_factory=list)
    """True contact force, of the arm that presses most."""
    planned_force_n: list[float] = field(default_factory=list)
    """The controllers' planned force, the greatest of all arms; 0 where none is planned."""
    phase: list[str] = field(default_factory=list)
    acting: list[str] = field(default_factory=list)
    """What disturbs the cell: object, arm, both, or empty."""

    def __call__(self, environment: Environment, commands: Sequence[FastCommand]) -> None:
        """Writes down the tick that is over."""
        self.time_s.append(round(environment.time_s, DIGITS))
        self.force_n.append(round(float(environment.state.force_n), DIGITS))
        self.planned_force_n.append(round(max(float(command.planned_force_n) for command in commands), DIGITS))
        self.phase.append(environment.state.phase)
        self.acting.append(environment.acting_perturbation)

    @property
    def disturbances(self) -> list[tuple[float, float, str]]:
        """Start [s], end [s] and name of each stretch in which something acts."""
        return _stretches(self.time_s, self.acting)

    def as_json(self) -> dict:
        """Numbers as they are; phases and disturbances as stretches."""
        content = asdict(self)
        content["phase"] = _stretches(self.time_s, self.phase)
        content["acting"] = self.disturbances
        return content

    @classmethod
    def from_json(cls, content: dict) -> "Trace":
        """What ``as_json`` gave."""
        times = content["time_s"]
        words = {name: _spread(times, content[name]) for name in ("phase", "acting")}
        return cls(times, content["force_n"], content["planned_force_n"], **words)


def traced(
    environment: Environment, policy: Policy, seed: int, perturbation: str, rates: Rates | None = None
) -> tuple[EpisodeResult, Trace]:
    """Runs one episode and writes down its forces."""
    trace = Trace()
    return rollout(environment, policy, seed, perturbation, rates, trace), trace


def _stretches(times_s: Sequence[float], words: Sequence[str]) -> list[tuple[float, float, str]]:
    """Where a word stays the same; empty words are left out."""
    found: list[tuple[float, float, str]] = []
    last = ""
    for time_s, word in zip(times_s, words, strict=True):
        if word and word == last:
            found[-1] = (found[-1][0], time_s, word)
        elif word:
            found.append((time_s, time_s, word))
        last = word
    return found


def _spread(times_s: Sequence[float], stretches: Sequence[Sequence]) -> list[str]:
    words = [""] * len(times_s)
    rest = iter(stretches)
    current = next(rest, None)
    for index, time_s in enumerate(times_s):
        while current is not None and time_s > current[1]:
            current = next(rest, None)
        if current is not None and current[0] <= time_s:
            words[index] = current[2]
    return words
