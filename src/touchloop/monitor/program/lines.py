"""The lines of a program's text: indentation, comments and words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from touchloop.monitor.program.errors import at_line

INDENT = 4
MAX_CHARACTERS = 100_000
"""No hand writes more; a model that babbles is stopped here."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|#|[^"#]+|"')


@dataclass(frozen=True, slots=True)
class Line:
    """One line that says something, with the comments above and beside it."""

    number: int
    depth: int
    text: str
    comments: tuple[str, ...]


def read_lines(text: str) -> tuple[list[Line], tuple[str, ...]]:
    """Split a text into lines, and the comments after the last of them.

    Raises:
        ProgramError: indentation that is not a multiple of four spaces, or a text beyond measure.
    """
    if len(text) > MAX_CHARACTERS:
        raise at_line(0, f"the program has {len(text)} characters; at most {MAX_CHARACTERS} are read")
    return _collect(enumerate(text.split("\n"), 1))


def _collect(numbered: Iterator[tuple[int, str]]) -> tuple[list[Line], tuple[str, ...]]:
    lines: list[Line] = []
    waiting: list[str] = []
    for number, raw in numbered:
        code, comment = _split_comment(raw)
        if comment is not None:
            waiting.append(comment)
        if code.strip():
            lines.append(Line(number, _depth(number, code), code.strip(), tuple(waiting)))
            waiting = []
    return lines, tuple(waiting)


def _split_comment(raw: str) -> tuple[str, str | None]:
    position = 0
    for token in _TOKEN.finditer(raw):
        if token.group() == "#":
            position = token.start()
            return raw[:position], raw[position + 1 :].strip()
    return raw, None


def _depth(number: int, code: str) -> int:
    blank = code[: len(code) - len(code.lstrip())]
    if "\t" in blank:
        raise at_line(number, f"a tab in the indentation; use {INDENT} spaces a level")
    if len(blank) % INDENT:
        raise at_line(number, f"indented by {len(blank)} spaces; use {INDENT} a level")
    return len(blank) // INDENT
