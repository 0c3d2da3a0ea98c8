"""What is known of the scene when a program is made."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from touchloop.errors import InputError
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.vocabulary import ARMS, FORMS, GRASPABLE, HOLES, OBJECTS, PEGS, PLACES_OF, TARGETS


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """Facts of one scene. What is missing is unknown.

    Raises:
        InputError: a name that does not exist.
    """

    forms: Mapping[str, str] = field(default_factory=dict)
    """The form, 'round' or 'square', of each hole."""
    places: Mapping[str, str] = field(default_factory=dict)
    """Where an object is: a target, a hole, or the arm that holds it."""
    true: frozenset[Condition] = frozenset()
    """Other conditions that hold already, as ``clean(board)``."""
    reach: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Arms that reach an object or target; both, if it is not listed."""

    def __post_init__(self) -> None:
        for hole, form in self.forms.items():
            _check("hole", hole, HOLES)
            _check(f"form of {hole}", form, FORMS)
        for name, place in self.places.items():
            _check("object", name, OBJECTS)
            _check(f"place of {name}", place, (*TARGETS, *ARMS))
        for name, arms in self.reach.items():
            _check("object or target within reach", name, (*OBJECTS, *TARGETS))
            for arm in arms:
                _check(f"arm that reaches {name}", arm, ARMS)

    def hole_for(self, peg_form: str) -> str | None:
        """The only hole of a form, if it is known."""
        fitting = [hole for hole in HOLES if self.forms.get(hole) == peg_form]
        return fitting[0] if len(fitting) == 1 else None

    def arms_for(self, names: Iterable[str]) -> tuple[str, ...]:
        """Arms that reach all of these."""
        wanted = tuple(names)
        return tuple(arm for arm in ARMS if all(arm in self.reach.get(name, ARMS) for name in wanted))

    def conditions(self) -> frozenset[Condition]:
        """The facts as conditions. Arms that hold nothing are free, and the light is on unless ``true`` says more."""
        found = set(self.true)
        for name, place in self.places.items():
            if place in ARMS and name in GRASPABLE:
                found.add(Condition("holding", (place, name)))
            elif place in HOLES and name in PEGS:
                found.add(Condition("inserted", (name, place)))
            elif place in PLACES_OF.get(name, ()):
                found.add(Condition("at", (name, place)))
        if Condition("lifted", ("box",)) not in found:
            holding = {c.arguments[0] for c in found if c.name == "holding"}
            found |= {Condition("free", (arm,)) for arm in ARMS if arm not in holding}
        return frozenset(found)


def _check(what: str, name: str, valid: tuple[str, ...]) -> None:
    if name not in valid:
        raise InputError(f"{what}: {name!r} does not exist; valid: {', '.join(valid)}")
