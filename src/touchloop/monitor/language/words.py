"""The words of instructions: what they stand for, and how their spelling is mended."""

from dataclasses import dataclass
from functools import lru_cache

from touchloop.monitor.language.look_alikes import LOOK_ALIKES
from touchloop.monitor.language.word_list import (
    ARM,
    FILLERS,
    FORMS,
    HOLE_PEGS,
    LIST_ORDER,
    MANNER,
    OBJECTS,
    PRONOUNS,
    QUANTITIES,
    REFUSED,
    SIDES,
    VERBS,
    WEAK,
    WHY_REFUSED,
)

_ROLES = {"verb": VERBS, "thing": OBJECTS, "form": FORMS, "side": SIDES, "arm": ARM, "count": QUANTITIES}
_ROLES |= {"pronoun": PRONOUNS, "refused": REFUSED, "manner": MANNER, "hole_peg": HOLE_PEGS, "list": LIST_ORDER}


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, its role and what it stands for; the role is empty if it is not known."""

    text: str
    role: str
    means: str = ""

    @property
    def weak(self) -> bool:
        """Whether it is a verb only where there is no other."""
        return self.role == "verb" and self.text in WEAK


def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = dict.fromkeys(FILLERS, ("filler", ""))
    for role, kinds in _ROLES.items():
        for means, words in kinds.items():
            table |= dict.fromkeys(words.split(), (role, means))
    return table


_TABLE = _table()


def known(text: str) -> bool:
    """Whether the list has this very word."""
    return text in _TABLE


def why_refused(text: str) -> str:
    """What is said of a word around which nothing is planned."""
    return WHY_REFUSED.get(_TABLE[text][1], "conditions, negations and repetitions are not understood")


def look_up(text: str) -> Word:
    """The word, its spelling mended if only one known word is so near."""
    known = text if text in _TABLE else mend(text)
    if known is None:
        return Word(text, "")
    return Word(known, *_TABLE[known])


@lru_cache(maxsize=4096)
def mend(text: str) -> str | None:
    """The known word that one slip of the finger turns into ``text``.

    A slip leaves a letter out, doubles or adds one, or swaps neighbours; another letter in its place counts only in
    words of six letters or more, since in short ones it makes other words of English ('pen' is no peg). The first
    letter stays. Other words of English are no slips. None if no word is so near, or words
    that mean different things are.
    """
    if len(text) < 3 or not text.isalpha() or text in LOOK_ALIKES:
        return None
    near = [
        word
        for word, (role, _) in _TABLE.items()
        if role not in ("refused", "list", "hole_peg") and _one_slip(text, word)
    ]
    return near[0] if len({_TABLE[word] for word in near}) == 1 else None


def _one_slip(text: str, word: str) -> bool:
    if len(text) == len(word):
        wrong = [i for i in range(len(word)) if text[i] != word[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return (text[wrong[0]], text[wrong[1]]) == (word[wrong[1]], word[wrong[0]])
        return len(wrong) == 1 and wrong[0] > 0 and len(word) >= 6
    short, long = sorted((text, word), key=len)
    if len(long) - len(short) != 1 or len(long) < 4 or text[0] != word[0]:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
