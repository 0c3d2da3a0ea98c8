"""States of the safety supervisor, what each lets go on to the arm, and what may happen in a step."""

from dataclasses import dataclass
from enum import IntEnum

from touchloop.errors import InputError


class State(IntEnum):
    """States, as in ``touchloop_msgs/SafetyState``."""

    STARTING = 0
    PREFLIGHT = 1
    READY = 2
    RUNNING = 3
    HOLDING = 4
    PROTECTIVE_STOP = 5
    E_STOP = 6
    FAULT = 7


class Behaviour(IntEnum):
    """What goes on to the arm."""

    SILENT = 0
    """Nothing is sent: the arm is not ours yet."""
    PASS = 1
    """The controller's target, within the limits."""
    HOLD = 2
    """Brakes, then stands still along the surface; along the tool's axis the target, and so the force, stays."""
    COMPLY = 3
    """Brakes, then the target goes to where the arm is, so that an arm that is a spring presses on nothing."""
    STOP = 4
    """Brakes, then falls silent: nothing that is sent can move the arm any more."""


BEHAVIOURS = {
    State.STARTING: Behaviour.SILENT,
    State.PREFLIGHT: Behaviour.SILENT,
    State.READY: Behaviour.SILENT,
    State.RUNNING: Behaviour.PASS,
    State.HOLDING: Behaviour.HOLD,
    State.PROTECTIVE_STOP: Behaviour.COMPLY,
    State.E_STOP: Behaviour.STOP,
    State.FAULT: Behaviour.STOP,
}
STOPPED = frozenset({State.PROTECTIVE_STOP, State.E_STOP, State.FAULT})
"""States that only a person's reset leaves."""


class Preflight(IntEnum):
    """How the checks before motion stand."""

    PENDING = 0
    PASSED = 1
    FAILED = 2


@dataclass(frozen=True, slots=True)
class Settings:
    """How patient the supervisor is.

    Raises:
        InputError: a time is negative or not a number.
    """

    resume_after_s: float = 0.2
    """A hold ends when its cause has been gone for so long."""
    hold_limit_s: float = 30.0
    """A hold that lasts longer becomes a protective stop; 0: it never does."""
    auto_start: bool = False
    """Go from ready to running without being told to: for simulation."""

    def __post_init__(self) -> None:
        for name in ("resume_after_s", "hold_limit_s"):
            if not 0.0 <= getattr(self, name) < 1e6:
                raise InputError(f"{name} is {getattr(self, name)}; it must be 0 or more seconds")


@dataclass(frozen=True, slots=True)
class Observation:
    """What is known in one step. Texts say what is wrong and are empty when nothing is."""

    e_stop: str = ""
    """Who asks for an emergency stop."""
    internal_fault: str = ""
    """What does not work in the supervisor itself."""
    streams_ready: bool = True
    """Whether every stream that is needed was heard and is fresh."""
    preflight: Preflight = Preflight.PASSED
    start: bool = False
    """A person, or who acts for one, asks to start in this step."""
    reset: bool = False
    """A person asks for a reset in this step."""
    hold: str = ""
    """Why the target cannot be followed now: stale, not finite, jumping, a lost controller, a foreign publisher."""
    violation: str = ""
    """Which limit the measured arm is beyond."""
    refused: str = ""
    """Which check failed and why, of a failed ``preflight``."""


@dataclass(frozen=True, slots=True)
class Memory:
    """The supervisor's state; ``Memory()`` is the first."""

    state: State = State.STARTING
    reason: str = ""
    """Why it is in this state, where that needs a reason."""
    held_s: float = 0.0
    """Time in HOLDING."""
    clear_s: float = 0.0
    """Time in HOLDING since the cause went."""


@dataclass(frozen=True, slots=True)
class Command:
    """What to do now."""

    behaviour: Behaviour
    refusal: str = ""
    """Why a start or a reset that was asked for in this step is not granted."""
