"""Reads a guide as a newcomer would: fenced blocks of commands in their order, with marks of what to do with each.

A block is fenced by ``` or ```bash; other languages are no commands. A mark is a comment of its own line before it:

    <!-- test: skip, why -->         it cannot run here: only its commands are checked
    <!-- test: background NAME -->   it stays on
    <!-- test: until passed -->      it is tried again until it passes
    <!-- test: wait SECONDS -->      as long as a person would take for what the text says; no block follows
    <!-- test: end NAME -->          what runs in the background under that name is ended, as by Ctrl-C
"""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Kind = Literal["run", "skip", "background", "until", "wait", "end"]
_MARK = re.compile(r"\s*<!-- test: (.*?) -->\s*")
_FENCE = re.compile(r"\s*```(\w*)\s*")
_KINDS: dict[str, Kind] = {"skip, .+": "skip", r"background (\w+)": "background", "until passed": "until"}


@dataclass(frozen=True)
class Step:
    """One thing to do.

    Attributes:
        kind: what to do with it.
        line: of the guide.
        text: the block, word for word; empty for ``end`` and ``wait``.
        name: of what runs in the background; of ``wait`` the seconds.
    """

    kind: Kind
    line: int
    text: str = ""
    name: str = ""

    @property
    def commands(self) -> list[list[str]]:
        """Words of each ``touchloop`` command in the block, without ``touchloop``."""
        lines = self.text.replace("\\\n", " ").splitlines()
        parts = [shlex.split(part, comments=True) for line in lines for part in re.split(r"&&|\|\||;|\|", line)]
        return [words[1:] for words in parts if words[:1] == ["touchloop"]]


def steps_of(guide: Path) -> list[Step]:
    """The guide's steps.

    Raises:
        ValueError: a mark that is not known, that stands before no block, or a fence that is not closed.
    """
    steps: list[Step] = []
    mark: tuple[int, Kind, str] | None = None
    lines = guide.read_text().splitlines()
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if found := _MARK.fullmatch(line):
            if alone := re.fullmatch(r"(end|wait) (\w+)", found[1]):
                steps.append(Step("end" if alone[1] == "end" else "wait", number, name=alone[2]))
                continue
            if mark is not None:
                raise ValueError(f"{guide.name}:{number}: two marks before one block")
            mark = (number, *_read_mark(found[1], f"{guide.name}:{number}"))
        elif fence := _FENCE.fullmatch(line):
            begin = number
            while number < len(lines) and lines[number].strip() != "```":
                number += 1
            if number == len(lines):
                raise ValueError(f"{guide.name}:{begin}: the fence is not closed")
            text = "\n".join(lines[begin:number])
            number += 1
            if fence[1] in ("", "bash"):
                _, kind, name = mark or (0, "run", "")
                steps.append(Step(kind, begin, text, name))
                mark = None
        elif mark is not None and line.strip():
            raise ValueError(f"{guide.name}:{mark[0]}: the mark is before no block")
    if mark is not None:
        raise ValueError(f"{guide.name}:{mark[0]}: the mark is before no block")
    return steps


def _read_mark(text: str, where: str) -> tuple[Kind, str]:
    for pattern, kind in _KINDS.items():
        if found := re.fullmatch(pattern, text):
            return kind, found[1] if found.groups() else ""
    raise ValueError(f"{where}: the mark '{text}' is not known; see guide_steps.py")
