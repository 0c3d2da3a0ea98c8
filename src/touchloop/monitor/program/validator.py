"""Refuses programs that must not run, whoever wrote them: a hand, a model or a repair."""

from collections import Counter

from touchloop.monitor.program import model
from touchloop.monitor.program.calls import bind, check_options
from touchloop.monitor.program.errors import at_line, choices
from touchloop.monitor.program.parser import MAX_DEPTH
from touchloop.monitor.program.registry import ConditionSpec, Registry, SkillSpec
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.vocabulary import ARMS

MAX_NODES = 200
MAX_TRIES = 10
"""How often nested retries may repeat a step at most."""


def validate(program: model.Program, registry: Registry = REGISTRY, allowed: frozenset[str] | None = None) -> None:
    """Check names, arguments, caps, arms and size; ``allowed`` is an allow-list of skills, None allows all.

    Raises:
        ProgramError: with the line, if the program was read from a text, and what is valid there.
    """
    if allowed is not None:
        registry = registry.only(allowed)
    for goal in program.goals:
        _check_condition(goal, 0, registry)
    nodes = list(program.walk())
    if not nodes:
        raise at_line(0, "the program has no steps")
    if len(nodes) > MAX_NODES:
        raise at_line(0, f"the program has {len(nodes)} nodes; at most {MAX_NODES} are allowed")
    names = Counter(node.name for _, node in nodes if isinstance(node, model.Checkpoint))
    for path, node in nodes:
        if len(path) > MAX_DEPTH:
            raise at_line(node.line, f"nested more than {MAX_DEPTH} deep")
        if isinstance(node, model.Checkpoint) and names[node.name] > 1:
            raise at_line(node.line, f"checkpoint {node.name!r} is there {names[node.name]} times; give each its name")
        for comment in node.comments:
            if comment != comment.strip() or "\n" in comment:
                raise at_line(node.line, f"comment {comment!r}: one line without space around it is expected")
    for node in program.body:
        _refuse_branch(node)
        _check_node(node, registry, None, 1)


def _check_node(node: model.Node, registry: Registry, arm: str | None, tries: int) -> None:
    if isinstance(node, model.Skill):
        _check_skill(node, registry, arm)
    elif isinstance(node, model.Check):
        _check_condition(node.condition, node.line, registry)
    elif isinstance(node, model.Group):
        if not node.body:
            raise at_line(node.line, "a group without a body")
        if isinstance(node, model.Parallel):
            _check_parallel(node, arm)
        if isinstance(node, model.Retry):
            tries *= node.times
            if node.times < 1 or tries > MAX_TRIES:
                raise at_line(node.line, f"steps would be tried {tries} times; from 1 to {MAX_TRIES} are allowed")
        for child in node.children:
            if not isinstance(node, model.Parallel):
                _refuse_branch(child)
            _check_node(child, registry, child.arm if isinstance(child, model.Branch) else arm, tries)


def _refuse_branch(node: model.Node) -> None:
    if isinstance(node, model.Branch):
        raise at_line(node.line, f"'{node.arm}:' is a branch; it must stand inside 'parallel:'")


def _check_parallel(node: model.Parallel, arm: str | None) -> None:
    if arm is not None:
        raise at_line(node.line, "a parallel inside a parallel; there are only two arms")
    arms = [child.arm if isinstance(child, model.Branch) else "" for child in node.children]
    if len(set(arms)) < len(arms) or not set(arms) <= set(ARMS):
        raise at_line(node.line, f"branches {', '.join(map(repr, arms))}; valid: left and right, each once at most")


def _check_skill(skill: model.Skill, registry: Registry, arm: str | None) -> None:
    if skill.name not in registry.skills:
        raise at_line(skill.line, f"skill {skill.name!r} is not on the list; {choices(skill.name, registry.skills)}")
    spec = registry.skills[skill.name]
    _check_arguments(spec, skill.arguments, skill.line)
    check_options(spec, skill.options, skill.line)
    busy = spec.arms(skill.arguments)
    if arm is not None and busy != (arm,):
        raise at_line(skill.line, f"{skill} moves {' and '.join(busy)}; in this branch only {arm} may move")


def _check_condition(condition: model.Condition, line: int, registry: Registry) -> None:
    if condition.name not in registry.conditions:
        known = choices(condition.name, registry.conditions)
        raise at_line(line, f"there is no condition {condition.name!r}; {known}")
    _check_arguments(registry.conditions[condition.name], condition.arguments, line)


def _check_arguments(spec: SkillSpec | ConditionSpec, arguments: tuple[str, ...], line: int) -> None:
    names = [parameter.name for parameter in spec.parameters]
    if len(arguments) != len(names):
        raise at_line(line, f"{spec.name} takes ({', '.join(names)}); {len(arguments)} arguments are given")
    bind(spec, dict(zip(names, arguments, strict=True)), line)
