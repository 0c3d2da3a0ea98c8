"""Errors of programs, and what a writer may have meant."""

from collections.abc import Iterable
from difflib import get_close_matches

from touchloop.errors import InputError


class ProgramError(InputError):
    """Something in a program is not usable; the message begins with the line, if there is one."""


def at_line(line: int, message: str) -> ProgramError:
    """An error that names its line."""
    return ProgramError(f"line {line}: {message}" if line else message)


def choices(given: str, valid: Iterable[str]) -> str:
    """``did you mean 'wipe'? valid: ...``, or only the valid choices."""
    names = sorted(valid)
    close = get_close_matches(given, names, n=1)
    listed = f"valid: {', '.join(names) or 'none'}"
    return f"did you mean {close[0]!r}? {listed}" if close else listed
