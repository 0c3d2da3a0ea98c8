"""Shows how a running program stands: as text in a terminal, or as a graph for Graphviz."""

import json
from collections.abc import Callable

from touchloop.monitor.program import model
from touchloop.monitor.program.lines import INDENT
from touchloop.monitor.program.printer import node_text
from touchloop.monitor.program.tree import State

_MARKS: dict[State, str] = {"waiting": "[ ]", "running": "[>]", "done": "[x]", "failed": "[!]", "stopped": "[-]"}
_COLOURS: dict[State, str] = {
    "waiting": "white",
    "running": "lightskyblue",
    "done": "palegreen",
    "failed": "salmon",
    "stopped": "lightgrey",
}


def status_text(program: model.Program, state: Callable[[model.Path], State]) -> str:
    """One line a node with a mark for its state; skills carry their numbers."""
    numbers = {step.path: step.number for step in program.steps()}
    lines = [program.instruction] if program.instruction else []
    for path, node in program.walk():
        number = f"{numbers[path]}. " if path in numbers else ""
        lines.append(f"{_MARKS[state(path)]} {' ' * INDENT * (len(path) - 1)}{number}{node_text(node)}")
    return "\n".join(lines) + "\n"


def status_dot(program: model.Program, state: Callable[[model.Path], State]) -> str:
    """The same as a graph in Graphviz' dot language."""
    lines = ["digraph program {", "  node [shape=box, style=filled, fontname=sans];", "  root [label=program];"]
    for path, node in program.walk():
        label = json.dumps(node_text(node), ensure_ascii=False)
        lines.append(f"  {_name(path)} [label={label}, fillcolor={_COLOURS[state(path)]}];")
        lines.append(f"  {_name(path[:-1])} -> {_name(path)};")
    return "\n".join([*lines, "}"]) + "\n"


def _name(path: model.Path) -> str:
    return "_".join(["n", *map(str, path)]) if path else "root"
