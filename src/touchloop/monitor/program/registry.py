"""What a skill or a condition is: its arguments, what it needs, what it brings about, and its caps."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.vocabulary import ARMS


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument and its valid values; with a single one it may be left out."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Case:
    """What a skill needs and does where ``when`` fits; the first case that fits counts.

    The arguments of conditions are the skill's parameters (``arm``), ``*`` for any value, ``?name`` for the value that
    ``when`` found in the scene, or a value as it is.
    """

    needs: tuple[Condition, ...] = ()
    adds: tuple[Condition, ...] = ()
    removes: tuple[Condition, ...] = ()
    avoids: tuple[Condition, ...] = ()
    """What must not hold."""
    when: tuple[Condition, ...] = ()
    """Conditions of the scene."""
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Parameter -> values for which the case is meant."""
    both_arms: bool = False


@dataclass(frozen=True, slots=True)
class SkillSpec:
    """A skill."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...]
    cases: tuple[Case, ...]
    max_speed_m_s: float
    max_force_n: float
    fits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Object -> targets that go with it, where not all do."""

    def bound(self, arguments: tuple[str, ...]) -> dict[str, str]:
        """Parameter -> value."""
        return dict(zip((parameter.name for parameter in self.parameters), arguments, strict=True))

    def case(self, arguments: tuple[str, ...]) -> Case:
        """The first case for these arguments, leaving aside those that depend on the scene."""
        return next(case for case in self.cases_for(arguments) if not case.when)

    def cases_for(self, arguments: tuple[str, ...]) -> tuple[Case, ...]:
        """The cases that are meant for these arguments."""
        given = self.bound(arguments)
        return tuple(case for case in self.cases if all(given[name] in values for name, values in case.given.items()))

    def arms(self, arguments: tuple[str, ...]) -> tuple[str, ...]:
        """The arms that are busy meanwhile."""
        # Whether the box is held by one arm or by both is known only when it runs; both are set aside for it.
        both = any(case.both_arms for case in self.cases_for(arguments))
        return ARMS if both else (self.bound(arguments)["arm"],)


@dataclass(frozen=True, slots=True)
class ConditionSpec:
    """A condition."""

    name: str
    doc: str
    parameters: tuple[Parameter, ...] = ()
    fits: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def bound(self, arguments: tuple[str, ...]) -> dict[str, str]:
        """Parameter -> value."""
        return dict(zip((parameter.name for parameter in self.parameters), arguments, strict=True))


@dataclass(frozen=True, slots=True)
class Registry:
    """All skills and conditions."""

    skills: Mapping[str, SkillSpec]
    conditions: Mapping[str, ConditionSpec]

    def only(self, names: frozenset[str]) -> "Registry":
        """The registry with the skills of an allow-list."""
        return Registry({name: spec for name, spec in self.skills.items() if name in names}, self.conditions)
