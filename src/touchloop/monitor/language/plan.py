"""What a planner answers: goals and a program, or what it did not understand."""

from dataclasses import dataclass

from touchloop.monitor.program.model import Condition, Program


@dataclass(frozen=True, slots=True)
class Goal:
    """A condition to reach, and the arm that was named for it, if one was. ``*`` stands for any arm."""

    condition: Condition
    arm: str = ""

    def __str__(self) -> str:
        return f"{self.condition} by {self.arm}" if self.arm else str(self.condition)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that was not understood, or cannot be done."""

    text: str
    """The words that it is about."""
    reason: str
    suggestions: tuple[str, ...] = ()
    """Instructions that would be understood, nearest first. They are offered, never taken."""

    def __str__(self) -> str:
        offer = f" (did you mean: {'; '.join(self.suggestions)}?)" if self.suggestions else ""
        return f"{self.text!r}: {self.reason}{offer}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A planner's answer. There is a program only if there are no problems; whether it runs is up to the caller."""

    instruction: str
    goals: tuple[Goal, ...] = ()
    program: Program | None = None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    """What was assumed or added, in words, for whoever approves."""
