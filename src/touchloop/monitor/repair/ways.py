"""The ways to go on after a failure: each one writes nodes in the place of the step that failed."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from touchloop.monitor.program import model
from touchloop.monitor.program.achieve import Achiever
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.symbolic import effects, needs, simulate
from touchloop.monitor.program.vocabulary import ARMS, PLACES_OF, other_arm
from touchloop.monitor.repair.remaining import first, mapped, replaced

SLOWER = 0.5
DARK_QUESTION = "It is dark. Please turn on the light, then answer yes to go on or no to stop."
_LASTING = ("at", "inserted", "clean", "pressed", "lifted", "holding")


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed, in what is left of the program, and how the scene stands."""

    rest: model.Program
    skill: model.Skill
    facts: SceneFacts
    registry: Registry
    inside: bool
    """Whether the skill is in the rest; one that was done and then undone is not."""

    @property
    def arm(self) -> str:
        """The arm that failed, or the left one where both did."""
        return self.skill.arguments[0] if self.skill.arguments[0] in ARMS else ARMS[0]


@dataclass(frozen=True, slots=True)
class Way:
    """A kind of repair."""

    kind: str
    told: str
    """What is done, to follow 'so'."""
    write: Callable[[Failure], model.Program | None]
    """The program, or None where the kind makes no sense."""


def _prepared(failure: Failure, skill: model.Skill, before: tuple[model.Skill, ...] = ()) -> tuple[model.Node, ...]:
    """Some steps, then whatever the skill needs as the scene stands, then the skill.

    Raises:
        CannotReach: a need cannot be met.
    """
    achiever = Achiever(failure.facts, failure.registry)
    for step in before:
        achiever.do(step.name, *step.arguments)
    for condition in needs(failure.registry, skill):
        achiever.reach(condition)
    return (*achiever.steps, skill)


def _in_place(failure: Failure, nodes: tuple[model.Node, ...], kind: str) -> model.Program:
    node = model.Sequence(nodes, title=f"repair: {kind}")
    return replaced(failure.rest, failure.skill, node) if failure.inside else first(failure.rest, node)


def _retry(failure: Failure) -> model.Program:
    return _in_place(failure, _prepared(failure, failure.skill), "retry")


def _slower(failure: Failure) -> model.Program:
    cap = failure.registry.skills[failure.skill.name].max_speed_m_s
    slow = replace(failure.skill, speed_m_s=round(SLOWER * (failure.skill.speed_m_s or cap), 4))
    return _in_place(failure, _prepared(failure, slow), "slower")


def _home(failure: Failure) -> model.Program:
    arms = failure.registry.skills[failure.skill.name].arms(failure.skill.arguments)
    before = tuple(model.Skill("home", (arm,)) for arm in arms)
    return _in_place(failure, _prepared(failure, failure.skill, before), "home first")


def _regrasp(failure: Failure) -> model.Program | None:
    held = next((name for name, place in failure.facts.places.items() if place == failure.arm), None)
    if held is None or failure.skill.name in ("grasp", "press", "lift"):
        return None
    before = (
        model.Skill("place", (failure.arm, held, PLACES_OF[held][0])),
        model.Skill("grasp", (failure.arm, held)),
    )
    return _in_place(failure, _prepared(failure, failure.skill, before), "grasp anew")


def _other_arm(failure: Failure) -> model.Program | None:
    if failure.skill.arguments[0] not in ARMS or not failure.inside:
        return None
    body = failure.rest.body
    top = next(i for i, node in enumerate(body) if any(n is failure.skill for _, n in model.walk((), node)))
    # What the hand holds may be used further on, so as many parts change hands as it takes.
    for end in range(top + 1, len(body) + 1):
        program = _with_arms_swapped(failure, top, end)
        outcome = simulate(program, failure.facts, failure.registry)
        if not (outcome.problems or outcome.unreached(program.goals)):
            return program
    return None


def _with_arms_swapped(failure: Failure, top: int, end: int) -> model.Program:
    body = failure.rest.body
    swapped = tuple(mapped(node, _swap) for node in body[top:end])
    skills = [n for node in body[top:end] for _, n in model.walk((), node) if isinstance(n, model.Skill)]
    own = {condition for skill in skills for condition in effects(failure.registry, skill)}
    goals = tuple(_swap_condition(goal) if goal in own else goal for goal in failure.rest.goals)
    rest = replace(failure.rest, body=(*body[:top], *swapped, *body[end:]), goals=goals)
    moved = next(n for _, n in model.walk((), swapped[0]) if isinstance(n, model.Skill) and n == _swap(failure.skill))
    changed = replace(failure, rest=rest, skill=moved)
    return _in_place(changed, _prepared(changed, moved), "other arm")


def _other_skill(failure: Failure) -> model.Program | None:
    skill = failure.skill
    match skill.name:
        case "place":
            # Brought over its place and let go there.
            over = model.Skill("move", (skill.arguments[0], skill.arguments[2]))
            nodes = (*_prepared(failure, skill)[:-1], over, model.Skill("release", (skill.arguments[0],)))
        case "grasp" | "press" | "wipe" | "insert":
            over = model.Skill("move", (skill.arguments[0], skill.arguments[-1]))
            nodes = (*_prepared(failure, skill)[:-1], over, skill)
        case _:
            return None
    return _in_place(failure, nodes, "other skill")


def _redo(failure: Failure) -> model.Program | None:
    """What the step had brought about, once more: in its place, or before all else if it is not in the rest."""
    achiever = Achiever(failure.facts, failure.registry)
    for condition in effects(failure.registry, failure.skill):
        if condition.name in _LASTING:
            achiever.reach(condition)
    # What follows may count on the hands as they were; its own needs come with it.
    return _in_place(failure, tuple(achiever.steps), "redo") if achiever.steps else None


def _reorder(failure: Failure) -> model.Program | None:
    """The goals that are left, in the order in which they were asked for, from the scene as it stands."""
    achiever = Achiever(failure.facts, failure.registry)
    body: list[model.Node] = []
    for goal in failure.rest.goals:
        start = len(achiever.steps)
        achiever.reach(goal)
        if achiever.steps[start:]:
            body.append(model.Sequence((*achiever.steps[start:], model.Check(goal)), title=f"repair: {goal}"))
    return replace(failure.rest, body=tuple(body)) if body else None


def _ask(failure: Failure) -> model.Program | None:
    ask = model.Ask(f"{failure.skill} failed. Please help, then answer yes to go on or no to stop.")
    nodes: tuple[model.Node, ...] = (ask, *((failure.skill,) if failure.inside else ()))
    return _in_place(failure, nodes, "ask")


def _light(failure: Failure) -> model.Program | None:
    ask = model.Ask(DARK_QUESTION)
    nodes: tuple[model.Node, ...] = (ask, model.Check(model.Condition("lit")))
    return _in_place(failure, (*nodes, *((failure.skill,) if failure.inside else ())), "light")


def _swap(node: model.Node) -> model.Node:
    if isinstance(node, model.Skill):
        return replace(node, arguments=_swap_names(node.arguments))
    if isinstance(node, model.Check):
        return replace(node, condition=_swap_condition(node.condition))
    if isinstance(node, model.Branch):
        return replace(node, arm=other_arm(node.arm))
    return node


def _swap_condition(condition: model.Condition) -> model.Condition:
    return model.Condition(condition.name, _swap_names(condition.arguments))


def _swap_names(arguments: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(other_arm(value) if value in ARMS else value for value in arguments)


WAYS = {
    way.kind: way
    for way in (
        Way("retry", "it is tried again, with what it needs put right first", _retry),
        Way("slower", "it is tried again at half the speed", _slower),
        Way("home_first", "the arm goes home, then it is tried again", _home),
        Way("regrasp", "what the hand holds is put back and grasped anew, then it is tried again", _regrasp),
        Way("other_arm", "the other arm does it", _other_arm),
        Way("other_skill", "it is done in another way, from right above", _other_skill),
        Way("redo", "what had been undone is done once more", _redo),
        Way("reorder", "what is left is done in the order that was asked for", _reorder),
        Way("ask", "the human is asked for help", _ask),
        Way("light", "the human is asked to turn on the light", _light),
    )
}
