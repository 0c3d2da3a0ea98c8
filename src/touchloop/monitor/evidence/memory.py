"""What the watch remembers of the step that runs, and of what earlier steps achieved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from touchloop.monitor.evidence.touch import Felt
from touchloop.monitor.verdict import Cause, Verdict
from touchloop.sim.workbench.coupler import Grip

Held = tuple[str | None, str | None]


@dataclass(frozen=True, slots=True)
class Finding:
    """A cause that the evidence points to."""

    cause: Cause
    confidence: float
    evidence: str


@dataclass(frozen=True, slots=True)
class StepMemory:
    """Of the step that runs.

    Attributes:
        number: from 1.
        skill: its name.
        args: its arguments.
        started_s: when.
        tcps: (7,) of both arms in the world at the start.
        held: what both arms held at the start.
        grips: what the couplers were told at the start.
        box_in_palms: (3,) the box from the middle between both TCPs at the start [m].
        closed_s: since when the step's coupler has been told to close, if it was open before.
        opened_s: when it was told to open, if it was closed before.
        nearest_m: least level distance to what the skill goes to.
        start_m: that distance at the start; None where it goes nowhere.
        touch_s: when its tool first touched something.
        touch_tcp: (7,) of the arm then.
        last_touch_s: when it touched something last.
        top_m: highest that its arm's TCP was in the world.
        stalled_s: since when an arm has hardly moved behind its command.
        command: (3,) last commanded position of its arm.
        commanded_s: when.
        velocity: (3,) of the command [m/s].
        scores: highest so far, see ``limits.SCORES``.
        suspected: the last finding, not yet old enough to be believed.
        suspected_s: since when.
    """

    number: int
    skill: str
    args: Mapping[str, str]
    started_s: float
    tcps: tuple[np.ndarray, np.ndarray]
    held: Held
    grips: tuple[Grip, Grip]
    box_in_palms: np.ndarray
    closed_s: float | None = None
    opened_s: float | None = None
    nearest_m: float = np.inf
    start_m: float | None = None
    touch_s: float | None = None
    touch_tcp: np.ndarray | None = None
    last_touch_s: float | None = None
    top_m: float = -np.inf
    stalled_s: float | None = None
    command: np.ndarray | None = None
    commanded_s: float = 0.0
    velocity: np.ndarray | None = None
    scores: Mapping[str, float] = field(default_factory=dict)
    suspected: Finding | None = None
    suspected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Effect:
    """Something that a step was to bring about.

    Attributes:
        step: its number.
        skill: its name.
        name: of the condition.
        args: of the condition.
        since_s: when the step ended.
        seen: it has been seen to hold.
        bad_s: since when it does not hold.
        guess: why it may not have come about.
    """

    step: int
    skill: str
    name: str
    args: Mapping[str, str]
    since_s: float
    seen: bool = False
    bad_s: float | None = None
    guess: Finding | None = None


@dataclass(frozen=True, slots=True)
class WatchState:
    """All that is remembered between two ticks."""

    felt: tuple[Felt, Felt] | None = None
    step: StepMemory | None = None
    effects: tuple[Effect, ...] = ()
    box_rest_z: float = 0.0
    coupled: tuple[bool, bool] = (False, False)
    looked_s: float = -1.0
    verdict: Verdict = field(default_factory=lambda: Verdict("running"))
    finished: tuple[tuple[str, Mapping[str, float]], ...] = ()
    """Skill and scores of the steps that have ended."""
