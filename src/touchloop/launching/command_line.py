"""Splits an attribute into words as a shell does, keeping a substitution's value in one word."""

import shlex

from touchloop.launching.templates import Call, Template, parse_template
from touchloop.launching.xml_tree import Place


def split_words(text: str, place: Place) -> tuple[Template, ...]:
    """Return the words of ``text``; a substitution joins what touches it, as in ``--rate=$(var rate)``.

    Raises:
        LaunchFileError: a quote is not closed, or a substitution is not supported.
    """
    words: list[Template] = []
    word: list[str | Call] = []
    for part in parse_template(text, place):
        if isinstance(part, Call):
            word.append(part)
            continue
        try:
            tokens = shlex.split(part)
        except ValueError as error:
            raise place.error(f"{text!r}: {str(error).lower()}") from error
        if part[:1].isspace() and word:
            words.append(tuple(word))
            word = []
        for index, token in enumerate(tokens):
            if index and word:
                words.append(tuple(word))
                word = []
            word.append(token)
        if part[-1:].isspace() and word:
            words.append(tuple(word))
            word = []
    if word:
        words.append(tuple(word))
    return tuple(words)
