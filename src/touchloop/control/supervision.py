"""Decides, without ROS, who is alive, which node to bring up next and whether the arm must hold.

The machine is level-triggered: from what it observes it computes the one next transition, so a node that dies and
comes back at any moment, or a manager that starts late, ends in the same state. States are those of
lifecycle_msgs/State.
"""

import enum
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from touchloop.errors import InputError

UNKNOWN = 0
UNCONFIGURED = 1
INACTIVE = 2
ACTIVE = 3
FINALIZED = 4

STATE_NAMES = {UNKNOWN: "starting", UNCONFIGURED: "unconfigured", INACTIVE: "inactive", ACTIVE: "active"} | {
    FINALIZED: "finalized",
    10: "configuring",
    11: "cleaning up",
    12: "shutting down",
    13: "activating",
    14: "deactivating",
    15: "recovering from an error",
}


class Transition(enum.Enum):
    """A lifecycle transition; the value is its number in lifecycle_msgs/Transition."""

    CONFIGURE = 1
    ACTIVATE = 3


class Outcome(enum.Enum):
    """How a requested transition ended."""

    DONE = enum.auto()
    REFUSED = enum.auto()
    """The node answered that it failed."""
    UNANSWERED = enum.auto()
    """No answer in time, or the node vanished."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What is managed and how patiently.

    Raises:
        InputError: no nodes, a name twice, or a time that is not positive.
    """

    nodes: tuple[str, ...]
    """In bring-up order."""
    timeout_s: float = 0.12
    """Silence after which a node counts as missing, where nothing is known of its process."""
    hang_timeout_s: float = 3.0
    """The same for a node whose process is known to run: a busy machine keeps it from speaking, or it hangs."""
    start_timeout_s: float = 60.0
    """Time that a node may take to appear for the first time."""
    max_attempts: int = 3
    """Refused transitions in a row after which a node is given up."""
    retry_delay_s: float = 1.0
    """Pause after a refused transition."""

    def __post_init__(self) -> None:
        if not self.nodes or not all(self.nodes):
            raise InputError("managed nodes: the list is empty or has an empty name")
        if len(set(self.nodes)) < len(self.nodes):
            raise InputError(f"managed nodes: a name is there twice in {', '.join(self.nodes)}")
        for name in ("timeout_s", "hang_timeout_s", "start_timeout_s", "retry_delay_s"):
            if not (value := getattr(self, name)) > 0 or math.isinf(value):
                raise InputError(f"{name} is {value}; it must be positive and finite")
        if self.max_attempts < 1:
            raise InputError(f"max_attempts is {self.max_attempts}; it must be at least 1")


@dataclass(frozen=True, slots=True)
class Member:
    """What is known of one managed node."""

    state: int = UNKNOWN
    silence_s: float = 0.0
    """Time since its last sign of life, or since the start."""
    seen: bool = False
    missing: bool = False
    wanted: bool = True
    """Whether to bring it up. A person who deactivates it by hand is not overruled."""
    refusals: int = 0
    pause_s: float = 0.0
    """Time left before the next attempt."""


@dataclass(frozen=True, slots=True)
class Supervision:
    """State of the machine; start with :func:`begin`."""

    members: Mapping[str, Member]
    in_flight: tuple[str, Transition] | None = None


@dataclass(frozen=True, slots=True)
class Observation:
    """What happened since the last step."""

    states: Mapping[str, int] = field(default_factory=dict)
    """Newest lifecycle state of every node that gave a sign of life; other nodes' names are ignored."""
    outcome: Outcome | None = None
    """How the transition in flight ended, if it did."""
    running: Mapping[str, bool] = field(default_factory=dict)
    """Whether a node's process runs, where that is known. One that does not is missing at once."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to do now."""

    request: tuple[str, Transition] | None
    """The transition to ask for; it is then in flight until an outcome is observed."""
    hold: bool
    reason: str
    """Who is missing or not ready; empty when there is no reason to hold."""
    missing: tuple[str, ...]
    failed: tuple[str, ...]
    """Nodes that are given up until they are restarted."""


def begin(settings: Settings) -> Supervision:
    """Return the state before anything is observed."""
    return Supervision(members=dict.fromkeys(settings.nodes, Member()))


def step(
    supervision: Supervision, observation: Observation, dt_s: float, settings: Settings
) -> tuple[Supervision, Command]:
    """Advance by ``dt_s`` seconds.

    Raises:
        InputError: ``dt_s`` is negative or not finite.
    """
    if not (dt_s >= 0 and math.isfinite(dt_s)):
        raise InputError(f"dt_s is {dt_s}; it must be finite and not negative")
    members = {name: _advance(supervision.members[name], observation, name, dt_s, settings) for name in settings.nodes}
    in_flight = supervision.in_flight
    if in_flight is not None:
        name = in_flight[0]
        if observation.outcome is not None:
            members[name] = _conclude(members[name], in_flight[1], observation.outcome, settings)
            in_flight = None
        elif members[name].missing and not supervision.members[name].missing:
            in_flight = None
    request = None if in_flight is not None else _next_request(members, settings)
    command = _command(members, request, settings)
    return Supervision(members, request or in_flight), command


def _silence_limit_s(member: Member, running: bool | None, settings: Settings) -> float:
    if not member.seen:
        return settings.start_timeout_s
    if running is None:
        return settings.timeout_s
    return max(settings.hang_timeout_s, settings.timeout_s) if running else 0.0


def _advance(member: Member, observation: Observation, name: str, dt_s: float, settings: Settings) -> Member:
    pause_s = max(0.0, member.pause_s - dt_s)
    state, running = observation.states.get(name), observation.running.get(name)
    if state is None or running is False:
        silence_s = member.silence_s + dt_s
        missing = member.missing or silence_s > _silence_limit_s(member, running, settings)
        return replace(member, silence_s=silence_s, pause_s=pause_s, missing=missing)
    restarted = member.missing or (member.state == ACTIVE and state == UNCONFIGURED)
    by_hand = member.state == ACTIVE and state in (INACTIVE, 14) and not restarted
    wanted = (member.wanted or restarted) and not by_hand and state != ACTIVE
    return replace(
        member,
        state=state,
        silence_s=0.0,
        seen=True,
        missing=False,
        wanted=wanted,
        refusals=0 if restarted or state == ACTIVE else member.refusals,
        pause_s=0.0 if restarted else pause_s,
    )


def _conclude(member: Member, transition: Transition, outcome: Outcome, settings: Settings) -> Member:
    if outcome is Outcome.DONE:
        state = INACTIVE if transition is Transition.CONFIGURE else ACTIVE
        return replace(member, state=state, wanted=state != ACTIVE, refusals=0)
    if outcome is Outcome.REFUSED:
        return replace(member, refusals=member.refusals + 1, pause_s=settings.retry_delay_s)
    return member


def _next_request(members: Mapping[str, Member], settings: Settings) -> tuple[str, Transition] | None:
    """First configure all in order, then activate all in order; one at a time."""
    wanted = [name for name in settings.nodes if members[name].wanted]
    for name in wanted:
        if members[name].state == UNCONFIGURED and _workable(members[name], settings):
            return name, Transition.CONFIGURE
    if not wanted or any(members[name].state != INACTIVE for name in wanted):
        return None
    return (wanted[0], Transition.ACTIVATE) if _workable(members[wanted[0]], settings) else None


def _workable(member: Member, settings: Settings) -> bool:
    return member.seen and not member.missing and member.pause_s == 0.0 and member.refusals < settings.max_attempts


def _command(members: Mapping[str, Member], request: tuple[str, Transition] | None, settings: Settings) -> Command:
    missing = tuple(name for name in settings.nodes if members[name].missing)
    failed = tuple(name for name in settings.nodes if members[name].refusals >= settings.max_attempts)
    failed += tuple(name for name in missing if not members[name].seen)
    reasons = [f"missing: {', '.join(missing)}"] if missing else []
    reasons += [
        f"{name} is {STATE_NAMES.get(members[name].state, members[name].state)}"
        + (f" after {members[name].refusals} failed attempts, see its log" if members[name].refusals else "")
        for name in settings.nodes
        if members[name].state != ACTIVE and name not in missing
    ]
    return Command(request, hold=bool(reasons), reason="; ".join(reasons), missing=missing, failed=failed)


def shutdown_order(nodes: Sequence[str]) -> tuple[str, ...]:
    """Return the order in which to deactivate: the last one up goes first."""
    return tuple(reversed(nodes))
