"""Reads the instructions that were written before the grammar, and compares plans with what they mean."""

from itertools import permutations
from pathlib import Path

import yaml

from touchloop.monitor.language.plan import Plan
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import apply, holds

FILE = Path(__file__).parents[3] / "data" / "instructions.yaml"
START = {"wiper": "rack", "round_peg": "rack", "square_peg": "rack"}
SCENES = {
    "round_left": SceneFacts({"left_hole": "round", "right_hole": "square"}, START),
    "square_left": SceneFacts({"left_hole": "square", "right_hole": "round"}, START),
    "unknown": SceneFacts({}, START),
}


def read_instructions() -> tuple[list[dict], list[dict]]:
    """The instructions that can be done and those that cannot."""
    content = yaml.safe_load(FILE.read_text())
    return content["instructions"], content["refused"]


def read_later() -> list[dict]:
    """Instructions that were written after the grammar."""
    files = ("instructions_later.yaml", "instructions_wide.yaml")
    return [entry for name in files for entry in yaml.safe_load(FILE.with_name(name).read_text())]


def read_people() -> list[dict]:
    """Instructions by another writer, with what must be reached, in its order."""
    return yaml.safe_load(FILE.with_name("instructions_people.yaml").read_text())["instructions"]


def mismatch(plan: Plan, expected: list, facts: SceneFacts) -> str:
    """What is wrong with a plan; empty if it reaches the expected goals, and only these, in their order."""
    if plan.program is None:
        return "; ".join(map(str, plan.problems))
    flat = [g for group in expected for g in (group if isinstance(group, list) else [group])]
    found = [str(goal.condition) for goal in plan.goals]
    orders = [[]]
    for group in expected:
        choices = permutations(group) if isinstance(group, list) else [(group,)]
        orders = [[*start, *end] for end in choices for start in orders]
    if not any(_same(order, found) for order in orders):
        return f"goals {found} instead of {flat}"
    return _reached(plan, next(order for order in orders if _same(order, found)), facts)


def _same(order: list[str], found: list[str]) -> bool:
    if len(order) != len(found):
        return False
    return all(
        wanted.split(" by ")[0].replace("holding(*", "holding(")
        == (goal if "holding(*" not in wanted else "holding(" + goal[goal.index(",") :])
        for wanted, goal in zip(order, found, strict=True)
    )


def _reached(plan: Plan, order: list[str], facts: SceneFacts) -> str:
    """Runs the program in thought: each goal in turn, by the arm that was named."""
    state, waiting = facts.conditions(), list(order)
    for step in plan.program.steps() if plan.program else ():
        state = apply(REGISTRY, step.skill, state)
        while waiting and holds(_condition(waiting[0]), state):
            arm = waiting[0].partition(" by ")[2]
            if arm and step.skill.arguments[0] != arm:
                return f"{waiting[0]}, but it is done by {step.skill}"
            waiting.pop(0)
    return f"never reached: {waiting}" if waiting else ""


def _condition(text: str) -> Condition:
    text = text.split(" by ")[0]
    if "*" in text:
        return Condition("holding", ("*", text.partition(", ")[2].rstrip(")")))
    return parse(f"check {text}").body[0].condition
