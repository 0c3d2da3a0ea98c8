r"""Text with substitutions, ``$(name argument ...)``, parsed by the grammar of the ROS 2 launch front end.

Outside a substitution everything is literal except ``\x``, which stands for ``x``. Inside, arguments are parted by
single spaces; an argument is a word, or a template in single or double quotes.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from touchloop.launching.xml_tree import Place


@dataclass(frozen=True, slots=True)
class Call:
    """One substitution."""

    name: str
    arguments: tuple["Template", ...]


Template = tuple["str | Call", ...]
"""Literal texts and calls, to be joined."""

ARGUMENT_COUNTS: dict[str, tuple[int, int]] = {
    "var": (1, 2),
    "env": (1, 2),
    "find-pkg-share": (1, 1),
    "exec-in-pkg": (2, 2),
    "dirname": (0, 0),
}
"""Supported substitutions with their least and greatest number of arguments."""

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def parse_template(text: str, place: Place) -> Template:
    """Parse a value.

    Raises:
        LaunchFileError: a substitution that is not supported, or not well-formed.
    """
    parser = _Parser(text, place)
    template = parser.template(closing="")
    return template if template else ("",)


def is_literal(template: Template) -> bool:
    """Whether there is no substitution in it."""
    return all(isinstance(part, str) for part in template)


def literal_text(template: Template) -> str:
    """Return the text of a template without substitutions."""
    return "".join(part for part in template if isinstance(part, str))


def source_text(template: Template) -> str:
    """Return a template as a person would write it."""
    return "".join(
        part if isinstance(part, str) else f"$({' '.join([part.name, *map(source_text, part.arguments)])})"
        for part in template
    )


def unescape(text: str) -> str:
    r"""Replace every ``\x`` by ``x``."""
    return re.sub(r"\\(.)", r"\1", text)


class _Parser:
    def __init__(self, text: str, place: Place) -> None:
        self.text = text
        self.place = place
        self.at = 0

    def template(self, closing: str) -> Template:
        """Literal text and substitutions up to the closing quote, or to the end where there is none."""
        parts: list[str | Call] = []
        literal = ""
        while self.at < len(self.text):
            if closing and self.text[self.at] == closing:
                break
            if self._at_call():
                parts += [unescape(literal), self._call()] if literal else [self._call()]
                literal = ""
            else:
                literal += self._character()
        else:
            if closing:
                raise self.place.error(f"a closing {closing} is missing in {self.text!r}")
        if literal:
            parts.append(unescape(literal))
        return tuple(parts)

    def _at_call(self) -> bool:
        return self.text.startswith("$(", self.at) and self.text[self.at - 1 : self.at] != "\\"

    def _character(self) -> str:
        length = 2 if self.text[self.at] == "\\" and self.at + 1 < len(self.text) else 1
        self.at += length
        return self.text[self.at - length : self.at]

    def _call(self) -> Call:
        start = self.at
        self.at += 2
        match = _NAME.match(self.text, self.at)
        if match is None:
            raise self.place.error(f"a substitution's name is missing after $( in {self.text!r}")
        name = match.group()
        self.at = match.end()
        arguments: list[Template] = []
        while self.text[self.at : self.at + 1] == " ":
            self.at += 1
            arguments.append(self._argument(start))
        if self.text[self.at : self.at + 1] != ")":
            raise self.place.error(f"the substitution {self.text[start:]!r} is not well-formed or not closed")
        self.at += 1
        return self._checked(name, arguments)

    def _argument(self, start: int) -> Template:
        quote = self.text[self.at : self.at + 1]
        if quote in ("'", '"') and quote:
            self.at += 1
            template = self.template(closing=quote)
            self.at += 1
            return template
        parts: list[str | Call] = []
        literal = ""
        while self.at < len(self.text) and self.text[self.at] not in " )":
            if self._at_call():
                parts += [unescape(literal), self._call()] if literal else [self._call()]
                literal = ""
            elif self.text[self.at] in "('\"":
                raise self.place.error(f"{self.text[self.at]} in {self.text[start:]!r} needs quotes around it or a \\")
            else:
                literal += self._character()
        if literal:
            parts.append(unescape(literal))
        if not parts:
            raise self.place.error(f"an argument is missing in {self.text[start:]!r}")
        return tuple(parts)

    def _checked(self, name: str, arguments: Sequence[Template]) -> Call:
        if name not in ARGUMENT_COUNTS:
            valid = ", ".join(f"$({known})" for known in ARGUMENT_COUNTS)
            raise self.place.error(f"the substitution $({name}) is not supported; there are: {valid}")
        least, greatest = ARGUMENT_COUNTS[name]
        if not least <= len(arguments) <= greatest:
            expected = str(least) if least == greatest else f"{least} or {greatest}"
            raise self.place.error(f"$({name}) takes {expected} arguments, not {len(arguments)}")
        return Call(name, tuple(arguments))
