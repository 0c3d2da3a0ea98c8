"""What the monitor concludes about a step."""

from dataclasses import dataclass
from typing import Literal, get_args

from touchloop.errors import InputError

Status = Literal["ok", "failed", "unknown", "running"]
Cause = Literal[
    "no_grasp",
    "slip",
    "translation",
    "rotation",
    "no_rotation",
    "wrong_order",
    "wrong_object",
    "blocked",
    "moved_after_success",
    "lost_tool",
    "lights_out",
    "unknown",
]
"""AHA's seven ways to fail and more."""
CAUSES: tuple[Cause, ...] = get_args(Cause)
STATUSES: tuple[Status, ...] = get_args(Status)


@dataclass(frozen=True, slots=True)
class Verdict:
    """A conclusion, with what it rests on.

    Raises:
        InputError: a status or cause that does not exist, or a confidence outside 0 to 1.
    """

    status: Status
    cause: Cause | None = None
    """None unless something failed."""
    step: int | None = None
    """The step's number in the program, as ``steps`` counts it, from 1; None if it cannot be named."""
    confidence: float = 0.0
    """From 0 to 1."""
    evidence: tuple[str, ...] = ()
    """One short sentence each."""
    latency_s: float = 0.0
    """From the moment of failure, as far as it is known, to the verdict."""
    reason: str = ""
    """One sentence for people."""

    def __post_init__(self) -> None:
        if self.status not in STATUSES:
            raise InputError(f"verdict status {self.status!r} does not exist; valid: {', '.join(STATUSES)}")
        if self.cause is not None and self.cause not in CAUSES:
            raise InputError(f"failure cause {self.cause!r} does not exist; valid: {', '.join(CAUSES)}")
        if not 0.0 <= self.confidence <= 1.0:
            raise InputError(f"verdict confidence is {self.confidence}; it must be from 0 to 1")
        if self.step is not None and self.step < 1:
            raise InputError(f"verdict step is {self.step}; steps are counted from 1")
