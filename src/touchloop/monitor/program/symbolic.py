"""What a program brings about if every skill does what it should."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from touchloop.monitor.program import model
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.registry import Case, Registry
from touchloop.monitor.program.vocabulary import form_of

State = frozenset[Condition]
"""The conditions that hold."""
ANY = "*"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a program."""

    state: State
    problems: tuple[str, ...] = ()
    """Needs that were not met, each with its line or step."""
    history: tuple[State, ...] = field(default=(), repr=False)
    """The state before the first step and after each."""

    def unreached(self, goals: Iterable[Condition]) -> tuple[Condition, ...]:
        """Goals that were not reached in this order."""
        missing, moment = [], 0
        for goal in goals:
            later = next((i for i in range(moment, len(self.history)) if holds(goal, self.history[i])), None)
            if later is None:
                missing.append(goal)
            else:
                moment = later
        return tuple(missing)


def matches(pattern: Condition, condition: Condition) -> bool:
    """Whether a condition fits a pattern with ``*`` for any value."""
    return (
        pattern.name == condition.name
        and len(pattern.arguments) == len(condition.arguments)
        and all(p in (ANY, c) for p, c in zip(pattern.arguments, condition.arguments, strict=True))
    )


def holds(pattern: Condition, state: State) -> bool:
    """Whether some condition of the state fits."""
    return pattern in state or any(matches(pattern, condition) for condition in state)


def needs(registry: Registry, skill: model.Skill) -> tuple[Condition, ...]:
    """What must hold before a skill."""
    spec = registry.skills[skill.name]
    return tuple(_fill(c, spec.bound(skill.arguments)) for c in spec.case(skill.arguments).needs)


def effects(registry: Registry, skill: model.Skill) -> tuple[Condition, ...]:
    """What should hold after a skill, whatever the scene was."""
    spec = registry.skills[skill.name]
    return tuple(_fill(c, spec.bound(skill.arguments)) for c in spec.case(skill.arguments).adds)


def unmet(registry: Registry, skill: model.Skill, state: State) -> tuple[str, ...]:
    """What keeps a skill from being done in a state, in words."""
    case, bound = _case(registry, skill, state)
    wanting = [f"{c} must hold" for c in (_fill(c, bound) for c in case.needs) if not holds(c, state)]
    wanting += [f"{c} must not hold" for c in (_fill(c, bound) for c in case.avoids) if holds(c, state)]
    return tuple(wanting)


def apply(registry: Registry, skill: model.Skill, state: State) -> State:
    """The state after a skill that did what it should."""
    case, bound = _case(registry, skill, state)
    gone = [_fill(c, bound) for c in case.removes]
    kept = {c for c in state if not any(matches(pattern, c) for pattern in gone)}
    return frozenset(kept | {_fill(c, bound) for c in case.adds})


def simulate(program: model.Program, facts: SceneFacts, registry: Registry) -> Outcome:
    """Run a program in thought: of a fallback the first child that can be done, of a parallel the left arm first."""
    runner = _Runner(facts, registry)
    runner.sequence(program.body)
    return Outcome(runner.state, tuple(runner.problems), tuple(runner.history))


def lasting(
    goals: Iterable[Condition], program: model.Program, facts: SceneFacts, registry: Registry
) -> tuple[Condition, ...]:
    """The goals that a program leaves true: a box that was lifted and then put down is not lifted in the end."""
    state = simulate(program, facts, registry).state
    return tuple(goal for goal in goals if holds(goal, state))


class _Runner:
    def __init__(self, facts: SceneFacts, registry: Registry) -> None:
        self.facts, self.registry = facts, registry
        self.state: State = facts.conditions()
        self.history: list[State] = [self.state]
        self.problems: list[str] = []

    def sequence(self, body: tuple[model.Node, ...]) -> bool:
        return all(self.run(node) for node in body)

    def run(self, node: model.Node) -> bool:
        if isinstance(node, model.Skill):
            return self._skill(node)
        if isinstance(node, model.Check):
            if not holds(node.condition, self.state):
                self.problems.append(f"{_where(node)}check {node.condition}: it does not hold here")
                return False
            return True
        if isinstance(node, model.Fallback):
            return self._fallback(node)
        if isinstance(node, model.Parallel):
            return all(self.sequence(branch.children) for branch in node.children)
        return self.sequence(node.children)

    def _fallback(self, node: model.Fallback) -> bool:
        before = len(self.problems)
        for child in node.children:
            if self.run(child):
                # What failed before is what a fallback is for.
                del self.problems[before:]
                return True
        return False

    def _skill(self, skill: model.Skill) -> bool:
        wanting = [*unmet(self.registry, skill, self.state)]
        if skill.name == "insert":
            form = self.facts.forms.get(skill.arguments[2])
            if form is not None and form != form_of(skill.arguments[1]):
                wanting.append(f"{skill.arguments[2]} is {form}")
        if wanting:
            self.problems.append(f"{_where(skill)}{skill}: {'; '.join(wanting)}")
            return False
        self.state = apply(self.registry, skill, self.state)
        self.history.append(self.state)
        return True


def _where(node: model.Node) -> str:
    return f"line {node.line}: " if node.line else ""


def _fill(condition: Condition, bound: dict[str, str]) -> Condition:
    return Condition(condition.name, tuple(bound.get(value, value) for value in condition.arguments))


def _case(registry: Registry, skill: model.Skill, state: State) -> tuple[Case, dict[str, str]]:
    """The first case whose ``when`` is found in the state and whose effects make sense, with what was found."""
    spec = registry.skills[skill.name]
    bound = spec.bound(skill.arguments)
    for case in spec.cases_for(skill.arguments):
        found = _find(case.when, bound, state)
        if found is not None and all(_sensible(registry, _fill(c, found)) for c in case.adds):
            return case, found
    return spec.case(skill.arguments), bound


def _find(patterns: tuple[Condition, ...], bound: dict[str, str], state: State) -> dict[str, str] | None:
    for pattern in patterns:
        wanted = _fill(pattern, bound)
        open_places = Condition(wanted.name, tuple(ANY if v.startswith("?") else v for v in wanted.arguments))
        found = next((c for c in sorted(state, key=str) if matches(open_places, c)), None)
        if found is None:
            return None
        bound = bound | {
            name: value for name, value in zip(wanted.arguments, found.arguments, strict=True) if name.startswith("?")
        }
    return bound


def _sensible(registry: Registry, condition: Condition) -> bool:
    spec = registry.conditions[condition.name]
    values = dict(zip((p.name for p in spec.parameters), condition.arguments, strict=True))
    fit = spec.fits.get(values.get("object", ""))
    return all(values[p.name] in p.values for p in spec.parameters) and (fit is None or values["target"] in fit)
