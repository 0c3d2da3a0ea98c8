"""Draws questions about pictures, with their answers in balance, so that words alone say little."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from touchloop.monitor.vlm.facts import MOVABLE, from_codes
from touchloop.monitor.vlm.pictures import Pictures
from touchloop.monitor.vlm.questions import ANSWERS, DOUBLE, KINDS, SINGLE, UNKNOWN, Moment, all_args, answer
from touchloop.monitor.vlm.wordings import word

UNKNOWN_SHARE = 0.12
"""Of the questions of a kind to which 'unknown' is an answer; the other answers share the rest equally."""
PAIRS_PER_SCENE = 10
PAIR_SHARE = 0.35
"""Of questions about one moment come with two pictures; the last one counts."""
ALONE_SHARE = 0.04
"""Of questions about changes come with one picture: unknown."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question and its answer."""

    kind: str
    args: Mapping[str, str]
    text: str
    last: int
    """Row of the last picture."""
    before: int | None
    """Row of the earlier one."""
    answer: str


class Bank:
    """All questions that a set of pictures answers.

    Args:
        pictures: with their truth.
        seed: draws which pictures are compared.
    """

    def __init__(self, pictures: Pictures, seed: int) -> None:
        rng = np.random.default_rng([seed, 31])
        self._per_scene = pictures.per_scene
        moments = [
            Moment(from_codes(codes), dict(zip(MOVABLE, places, strict=True)))
            for codes, places in zip(pictures.codes, pictures.positions, strict=True)
        ]
        pairs = []
        for scene in range(pictures.scenes):
            for _ in range(PAIRS_PER_SCENE):
                a, b = rng.choice(pictures.per_scene, size=2, replace=False) + scene * pictures.per_scene
                pairs.append((int(a), int(b)))
        self._cases: dict[str, list[tuple[dict[str, str], dict[str, list]]]] = {}
        for kind in KINDS:
            for args in all_args(kind):
                found: dict[str, list] = {}
                if kind in SINGLE:
                    for row, moment in enumerate(moments):
                        found.setdefault(answer(kind, args, moment), []).append((row, None))
                else:
                    for a, b in pairs:
                        found.setdefault(answer(kind, args, moments[b], moments[a]), []).append((b, a))
                self._cases.setdefault(kind, []).append((args, found))

    def draw(self, rng: np.random.Generator, held_out: bool, kind: str | None = None) -> Question:
        """One question: kinds alike, then arguments alike, then answers alike, then pictures alike."""
        kind = kind or KINDS[rng.integers(len(KINDS))]
        cases = self._cases[kind]
        args, found = cases[rng.integers(len(cases))]
        choice = UNKNOWN
        if UNKNOWN not in found or len(found) == 1 or rng.random() >= UNKNOWN_SHARE:
            known = sorted(found, key=ANSWERS.index)
            known = [name for name in known if name != UNKNOWN] or known
            choice = known[rng.integers(len(known))]
        rows = found[choice]
        last, before = rows[rng.integers(len(rows))]
        if kind in SINGLE and rng.random() < PAIR_SHARE:
            first = last - last % self._per_scene
            before = first + int(rng.integers(self._per_scene))
        elif kind in DOUBLE and rng.random() < ALONE_SHARE:
            before, choice = None, UNKNOWN
        return Question(kind, args, word(kind, args, rng, held_out), last, before, choice)
