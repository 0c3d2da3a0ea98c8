"""Choosing topics by regular expressions."""

import re
from collections.abc import Callable, Sequence

from touchloop.errors import InputError


def topic_filter(topics: Sequence[str], exclude: Sequence[str] = ()) -> Callable[[str], bool]:
    """Makes a test for topic names; each expression must match the whole name.

    A name without its leading slash counts as the name from the root: `wrench` is `/wrench`.

    Args:
        topics: What to take; all when empty.
        exclude: What to leave out of that.

    Raises:
        InputError: An expression is malformed.
    """
    included, excluded = ([_compiled(text) for text in texts if text] for texts in (topics, exclude))

    def wanted(topic: str) -> bool:
        if included and not any(pattern.fullmatch(topic) for pattern in included):
            return False
        return not any(pattern.fullmatch(topic) for pattern in excluded)

    return wanted


def _compiled(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text if text[0] in "/.([^" else f"/{text}")
    except re.error as error:
        raise InputError(f"{text!r} is no regular expression for topic names: {error}") from error
