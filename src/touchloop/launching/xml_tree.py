"""Reads XML into a tree that knows the file and line of every element."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from touchloop.errors import InputError


class LaunchFileError(InputError):
    """Something in a launch file is not usable; the message begins with the file and the line."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands."""

    file: Path
    line: int

    def error(self, message: str) -> LaunchFileError:
        """Return an error that names this place."""
        return LaunchFileError(f"{self.file}:{self.line}: {message}")


@dataclass(slots=True)
class Element:
    """One XML element."""

    tag: str
    attributes: dict[str, str]
    place: Place
    children: list["Element"] = field(default_factory=list)

    def required(self, name: str) -> str:
        """Return an attribute's value.

        Raises:
            LaunchFileError: the attribute is missing.
        """
        if name not in self.attributes:
            raise self.place.error(f"<{self.tag}> needs the attribute {name!r}")
        return self.attributes[name]

    def refuse_others(self, attributes: Iterable[str], children: Iterable[str]) -> None:
        """Raise LaunchFileError when there is an attribute or child tag that is not listed."""
        attributes, children = sorted(attributes), sorted(children)
        for name in self.attributes:
            if name not in attributes:
                valid = ", ".join(attributes) or "none"
                raise self.place.error(f"<{self.tag}> has no attribute {name!r}; it can have: {valid}")
        for child in self.children:
            if child.tag not in children:
                valid = ", ".join(f"<{tag}>" for tag in children) or "no tags"
                raise child.place.error(f"<{child.tag}> is not supported inside <{self.tag}>; there can be: {valid}")


def read_xml(file: Path) -> Element:
    """Parse a file.

    Raises:
        LaunchFileError: the file cannot be read, is not well-formed XML, or has text between its tags.
    """
    try:
        text = file.read_bytes()
    except OSError as error:
        raise LaunchFileError(f"{file}: cannot be read: {error.strerror}") from error
    reader = _Reader(file)
    try:
        reader.parser.Parse(text, True)
    except expat.ExpatError as error:
        message = expat.errors.messages[error.code]
        raise Place(file, error.lineno).error(f"not well-formed XML: {message}") from error
    return reader.root


class _Reader:
    def __init__(self, file: Path) -> None:
        self.file = file
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._open: list[Element] = []
        self.root: Element

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, attributes, Place(self.file, self.parser.CurrentLineNumber))
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element
        self._open.append(element)

    def _end(self, _: str) -> None:
        self._open.pop()

    def _text(self, text: str) -> None:
        if text.strip():
            place = Place(self.file, self.parser.CurrentLineNumber)
            raise place.error(f"text {text.strip()!r} is not expected inside <{self._open[-1].tag}>")
