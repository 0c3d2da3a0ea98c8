"""Reads the text of a program.

::

    instruction "wipe the board"
    goal clean(board)

    retry 2:
        grasp(left, wiper)        # the arm may be named: grasp(arm=left, object=wiper)
    fallback:
        check clean(board)
        wipe(left, board, force_n=6)
    parallel:
        left:
            place(left, wiper, rack)
        right:
            press(right, switch)
    checkpoint end
    ask "Is all as you want it?"
"""

import json
import re
from dataclasses import replace
from pathlib import Path

from touchloop.monitor.program import model
from touchloop.monitor.program.calls import read_condition, read_skill
from touchloop.monitor.program.errors import ProgramError, at_line, choices
from touchloop.monitor.program.lines import Line, read_lines
from touchloop.monitor.program.registry import Registry
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.vocabulary import ARMS

MAX_DEPTH = 12
_GROUP = re.compile(r"(\w+)(?:\s+(.*?))?\s*:")
_WORDS = ("sequence", "fallback", "retry", "parallel", "check", "checkpoint", "ask", "instruction", "goal")
_NAME = re.compile(r"[A-Za-z_]\w{0,63}")


def parse(text: str, registry: Registry = REGISTRY) -> model.Program:
    """Read a program.

    Raises:
        ProgramError: with the line of what cannot be read, and what is valid there.
    """
    lines, comments = read_lines(text)
    return _Reader(lines, registry).program(comments)


def load_program(file: Path, registry: Registry = REGISTRY) -> model.Program:
    """Read a program from a file.

    Raises:
        ProgramError: with file and line.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError(f"{file}: cannot be read: {error}") from error
    try:
        return parse(text, registry)
    except ProgramError as error:
        raise ProgramError(f"{file}: {error}") from error


class _Reader:
    def __init__(self, lines: list[Line], registry: Registry) -> None:
        self.lines, self.registry = lines, registry
        self.next = 0
        self.waiting: tuple[str, ...] = ()
        """Comments of the header, which go to the node that follows."""

    def program(self, comments: tuple[str, ...]) -> model.Program:
        instruction, goals = self._header()
        body = self._body(0)
        if self.next < len(self.lines):
            line = self.lines[self.next]
            raise at_line(line.number, "indented deeper than anything above it allows")
        return model.Program(body, instruction, goals, (*self.waiting, *comments))

    def _header(self) -> tuple[str, tuple[model.Condition, ...]]:
        instruction, goals = "", []
        while self.next < len(self.lines):
            line = self.lines[self.next]
            word, _, rest = line.text.partition(" ")
            if line.depth or word not in ("instruction", "goal"):
                break
            if word == "goal":
                goals.append(read_condition(rest, line.number, self.registry))
            elif instruction:
                raise at_line(line.number, "a second instruction; a program has one")
            else:
                instruction = _quoted(rest, line.number)
            self.waiting += line.comments
            self.next += 1
        return instruction, tuple(goals)

    def _body(self, depth: int) -> tuple[model.Node, ...]:
        nodes = []
        while self.next < len(self.lines) and self.lines[self.next].depth == depth:
            line = self.lines[self.next]
            self.next += 1
            comments = (*self.waiting, *line.comments)
            self.waiting = ()
            nodes.append(replace(self._node(line), line=line.number, comments=comments))
        return tuple(nodes)

    def _node(self, line: Line) -> model.Node:
        group = _GROUP.fullmatch(line.text)
        if group and "(" not in group[1]:
            return self._group(line, group[1], group[2])
        word, _, rest = line.text.partition(" ")
        match word:
            case "check":
                return model.Check(read_condition(rest, line.number, self.registry))
            case "checkpoint":
                if not _NAME.fullmatch(rest.strip()):
                    raise at_line(line.number, f"checkpoint {rest!r}: a name of letters, digits and _ is expected")
                return model.Checkpoint(rest.strip())
            case "ask":
                return model.Ask(_quoted(rest, line.number))
            case "instruction" | "goal":
                raise at_line(line.number, f"'{word}' must stand before the first step")
        if "(" not in line.text:
            raise at_line(
                line.number, f"{line.text!r} is not a step; {choices(word, (*_WORDS, *self.registry.skills))}"
            )
        return read_skill(line.text, line.number, self.registry)

    def _group(self, line: Line, word: str, rest: str | None) -> model.Node:
        if word not in ("sequence", "retry") and rest:
            raise at_line(line.number, f"{rest!r} is not expected after {word!r}")
        match word:
            case "sequence":
                return model.Sequence(self._inside(line), title=_quoted(rest, line.number) if rest else "")
            case "fallback":
                return model.Fallback(self._inside(line))
            case "retry":
                if rest is None or not re.fullmatch(r"[1-9]\d{0,2}", rest):
                    raise at_line(
                        line.number, f"retry {rest or ''!r}: a whole number from 1 is expected, as 'retry 2:'"
                    )
                return model.Retry(self._inside(line), times=int(rest))
            case "parallel":
                return self._parallel(line)
        if word in ARMS:
            raise at_line(line.number, f"'{word}:' is a branch; it must stand inside 'parallel:'")
        raise at_line(
            line.number, f"{word!r} has no body; {choices(word, ('sequence', 'fallback', 'retry', 'parallel'))}"
        )

    def _parallel(self, line: Line) -> model.Node:
        self._need_body(line)
        branches: list[model.Node] = []
        while self.next < len(self.lines) and self.lines[self.next].depth == line.depth + 1:
            branch = self.lines[self.next]
            arm = branch.text.removesuffix(":").rstrip()
            if not branch.text.endswith(":") or arm not in ARMS:
                raise at_line(branch.number, f"{branch.text!r} inside 'parallel:'; valid: left:, right:")
            self.next += 1
            body = self._inside(branch)
            branches.append(model.Branch(body, arm=arm, line=branch.number, comments=branch.comments))
        return model.Parallel(tuple(branches))

    def _inside(self, line: Line) -> tuple[model.Node, ...]:
        self._need_body(line)
        return self._body(line.depth + 1)

    def _need_body(self, line: Line) -> None:
        if line.depth >= MAX_DEPTH:
            raise at_line(line.number, f"nested more than {MAX_DEPTH} deep")
        if self.next >= len(self.lines) or self.lines[self.next].depth <= line.depth:
            raise at_line(line.number, f"{line.text!r} has no body; indent its steps by four spaces")
        if self.lines[self.next].depth > line.depth + 1:
            raise at_line(self.lines[self.next].number, "indented by more than one level")


def _quoted(text: str, line: int) -> str:
    try:
        value = json.loads(text.strip())
    except ValueError:
        value = None
    if not isinstance(value, str):
        raise at_line(line, f'{text!r}: a text in double quotes is expected, as "Go on?"')
    return value
