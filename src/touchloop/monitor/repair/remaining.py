"""Cuts a program down to what is still to be done, and puts repairs into it."""

from collections.abc import Callable
from dataclasses import replace

from touchloop.monitor.program import model
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.symbolic import effects

Body = tuple[model.Node, ...]


def remaining(program: model.Program, done: frozenset[int], registry: Registry) -> model.Program:
    """The program without the steps that are done, the checks between and after them, and the goals that they reached.

    What is checked after a step that is done was true when the next one began; the next one may have undone it.
    """
    numbers = {step.path: step.number for step in program.steps()}
    body = _rest((), program.body, lambda path: numbers[path] in done)
    if done and _has_skill(body):
        body = _from_first_skill(body)
    reached = {c for step in program.steps() if step.number in done for c in effects(registry, step.skill)}
    goals = tuple(goal for goal in program.goals if goal not in reached)
    return replace(program, body=body, goals=goals)


def replaced(program: model.Program, skill: model.Skill, node: model.Node) -> model.Program:
    """The program with another node in the place of a skill: the first that is this very object."""
    for path, found in program.walk():
        if found is skill:
            return replace(program, body=_put(program.body, path, node))
    return program


def first(program: model.Program, node: model.Node) -> model.Program:
    """The program with a node before all others."""
    return replace(program, body=(node, *program.body))


def mapped(node: model.Node, change: Callable[[model.Node], model.Node]) -> model.Node:
    """A node with ``change`` applied to it and to all in it."""
    if isinstance(node, model.Group):
        node = model.with_body(node, tuple(mapped(child, change) for child in node.body))
    return change(node)


def _put(body: Body, path: model.Path, node: model.Node) -> Body:
    index, *deeper = path
    old = body[index]
    new = model.with_body(old, _put(old.body, tuple(deeper), node)) if deeper and isinstance(old, model.Group) else node
    return (*body[:index], new, *body[index + 1 :])


def _rest(path: model.Path, body: Body, is_done: Callable[[model.Path], bool]) -> Body:
    """What is left of a sequence."""
    kept: list[model.Node] = []
    for index, node in enumerate(body):
        here = (*path, index)
        skills = [at for at, found in model.walk(here, node) if isinstance(found, model.Skill)]
        if not any(is_done(at) for at in skills):
            kept.append(node)
            continue
        # What stands before a step that is done is over, except for steps that are not.
        kept = [earlier for earlier in kept if any(isinstance(n, model.Skill) for _, n in model.walk((), earlier))]
        if isinstance(node, model.Group) and not _over(here, node, is_done):
            inside = _rest(here, node.body, is_done)
            if inside:
                kept.append(model.with_body(node, inside))
    return tuple(kept)


def _from_first_skill(body: Body) -> Body:
    """Without the checks and checkpoints that come before the first skill."""
    for index, node in enumerate(body):
        if isinstance(node, model.Check | model.Checkpoint):
            continue
        if isinstance(node, model.Sequence | model.Branch):
            inside = _from_first_skill(node.body)
            if not _has_skill(inside):
                asks = tuple(child for child in inside if isinstance(child, model.Ask))
                return (*asks, *_from_first_skill(body[index + 1 :]))
            return (model.with_body(node, inside), *body[index + 1 :])
        return body[index:]
    return ()


def _has_skill(body: Body) -> bool:
    return any(isinstance(found, model.Skill) for node in body for _, found in model.walk((), node))


def _over(path: model.Path, node: model.Group, is_done: Callable[[model.Path], bool]) -> bool:
    """Whether one way of a fallback is done; then the others are not needed."""
    if not isinstance(node, model.Fallback):
        return False
    for index, child in enumerate(node.body):
        skills = [at for at, found in model.walk((*path, index), child) if isinstance(found, model.Skill)]
        if skills and all(is_done(at) for at in skills):
            return True
    return False
