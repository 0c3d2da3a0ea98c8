"""Writes a program as text that ``parse`` reads back as the same program."""

import json
from pathlib import Path

from touchloop.monitor.program import model
from touchloop.monitor.program.lines import INDENT


def print_program(program: model.Program) -> str:
    """The text of a program."""
    lines = []
    if program.instruction:
        lines.append(f"instruction {json.dumps(program.instruction, ensure_ascii=False)}")
    lines += [f"goal {goal}" for goal in program.goals]
    if lines:
        lines.append("")
    for node in program.body:
        lines += _node(node, 0)
    lines += [_comment(text, 0) for text in program.comments]
    return "\n".join(lines) + "\n"


def save_program(program: model.Program, file: Path) -> None:
    """Write a program's text into a file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(print_program(program), encoding="utf-8")


def node_text(node: model.Node) -> str:
    """The line of one node, without its body."""
    match node:
        case model.Skill():
            return str(node)
        case model.Check():
            return f"check {node.condition}"
        case model.Checkpoint():
            return f"checkpoint {node.name}"
        case model.Ask():
            return f"ask {json.dumps(node.question, ensure_ascii=False)}"
        case model.Sequence():
            return f"sequence {json.dumps(node.title, ensure_ascii=False)}:" if node.title else "sequence:"
        case model.Fallback():
            return "fallback:"
        case model.Retry():
            return f"retry {node.times}:"
        case model.Branch():
            return f"{node.arm}:"
        case model.Parallel():
            return "parallel:"
        case _:
            raise TypeError(f"{type(node).__name__} has no text")


def _node(node: model.Node, depth: int) -> list[str]:
    lines = [_comment(text, depth) for text in node.comments]
    lines.append(" " * INDENT * depth + node_text(node))
    for child in node.children:
        lines += _node(child, depth + 1)
    return lines


def _comment(text: str, depth: int) -> str:
    return " " * INDENT * depth + f"# {text}".rstrip()
