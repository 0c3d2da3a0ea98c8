"""Writes the program for goals: the steps for each, then a check and a checkpoint."""

from dataclasses import replace

from touchloop.monitor.language.plan import Goal, Plan, Problem
from touchloop.monitor.program import model
from touchloop.monitor.program.achieve import Achiever, CannotReach
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.symbolic import holds, simulate
from touchloop.monitor.program.validator import validate


def write_program(plan: Plan, facts: SceneFacts, registry: Registry) -> Plan:
    """The plan with a program that reaches its goals in their order, or with the reason why there is none."""
    achiever = Achiever(facts, registry)
    body: list[model.Node] = []
    goals: list[model.Condition] = []
    for goal in plan.goals:
        before = len(achiever.steps)
        try:
            achiever.reach(goal.condition, goal.arm)
        except CannotReach as error:
            return replace(plan, problems=(*plan.problems, Problem(str(goal), str(error))))
        condition = _named(goal, achiever)
        goals.append(condition)
        steps = tuple(achiever.steps[before:])
        if steps:
            number = sum(isinstance(node, model.Sequence) for node in body) + 1
            end = (model.Check(condition), model.Checkpoint(f"goal_{number}"))
            body.append(model.Sequence((*steps, *end), title=str(condition)))
    notes = (*plan.notes, *achiever.notes)
    if not body:
        return replace(plan, problems=(Problem(plan.instruction, "all of it is done already"),), notes=notes)
    program = model.Program(tuple(body), plan.instruction, tuple(goals))
    validate(program, registry)
    outcome = simulate(program, facts, registry)
    missing = [*outcome.problems, *(f"{goal} is not reached" for goal in outcome.unreached(goals))]
    if missing:
        problems = tuple(Problem(plan.instruction, text) for text in missing)
        return replace(plan, problems=(*plan.problems, *problems), notes=notes)
    return replace(plan, program=program, notes=notes)


def _named(goal: Goal, achiever: Achiever) -> model.Condition:
    """The goal with the arm that was chosen for it in place of ``*``."""
    if not holds(goal.condition, achiever.state):
        return goal.condition
    fitting = (c for c in sorted(achiever.state, key=str) if holds(goal.condition, frozenset((c,))))
    return next(fitting, goal.condition)
