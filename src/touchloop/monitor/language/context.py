"""What an instruction has spoken of so far, and what is said when a clause has no single meaning."""

from dataclasses import dataclass, field

from touchloop.errors import InputError
from touchloop.monitor.program.facts import SceneFacts


class NotUnderstood(InputError):
    """A clause that has no single meaning here; the message says why."""


@dataclass(slots=True)
class Context:
    """What earlier clauses spoke of."""

    facts: SceneFacts
    objects: list[str] = field(default_factory=list)
    """Objects, the last one at the end."""
    group: tuple[str, ...] = ()
    """What 'them' means."""
    hole: str = ""
    arm: str = ""
    holders: dict[str, str] = field(default_factory=dict)
    """Object -> the arm that was told to hold it."""
    places: dict[str, str] = field(default_factory=dict)
    """Object -> where it was told to be put last."""

    def last(self, valid: tuple[str, ...]) -> str | None:
        """The last object spoken of among these."""
        return next((name for name in reversed(self.objects) if name in valid), None)

    def mention(self, names: list[str]) -> None:
        """Remember that these were spoken of."""
        self.objects += names
        if len(names) > 1:
            self.group = tuple(names)
