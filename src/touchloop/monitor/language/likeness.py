"""Takes a clause with a verb that no list has for the sentence that it is most like, if there is no doubt about it."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from touchloop.monitor.language.candidates import Candidate, candidates
from touchloop.monitor.language.embedding import Embedder
from touchloop.monitor.language.frame import Frame, Thing
from touchloop.monitor.language.other_deeds import LOOSE, means_something_else
from touchloop.monitor.language.word_list import word_set
from touchloop.monitor.language.words import look_up

NEAR = 0.3
"""Likeness below which nothing is taken: the cosine once what all sentences about a thing share is taken off them."""
CLEARLY = 0.01
"""By how much sentences of any other meaning must be less like: the nearest one, and the nearest three on average."""
_PLACES = ("hole", "rack", "tray", "shelf")
_ARTICLES = word_set("the a an this that my your our its their")
_PARTICLES = word_set("up down off out away over on at")
_FRAMES = word_set("give make get have")


@dataclass(slots=True)
class Likeness:
    """Finds the sentence that a clause is like; remembers what 'it' stands for."""

    embedder: Embedder
    _last: Thing | None = None

    def take(self, frame: Frame) -> Frame:
        """The frame with a verb it lacked and a note that says so; the frame as it is where there is any doubt.

        Frames are to be given in the order in which they were said.
        """
        objects = [thing for thing in frame.things if thing.kind not in _PLACES and not thing.tool]
        spoken = [self._last if thing.kind == "it" and self._last else thing for thing in objects]
        if len(spoken) == 1 and spoken[0].kind not in ("it", "them", "one", "other", "both"):
            self._last = spoken[0]
            if _may_be_taken(frame):
                return self._nearest(frame, spoken[0])
        return frame

    def _nearest(self, frame: Frame, thing: Thing) -> Frame:
        objects = _phrase(thing)
        places = [place for place in frame.things if place.kind in _PLACES]
        place = " ".join(_place(p) for p in places[:1])
        if len(places) > 1:
            return frame
        known = candidates(objects, place)
        vectors = _vectors(self.embedder, objects, place)
        asked = self.embedder.embed([_query(frame, objects, place)])[0]
        likeness = _unit(vectors - vectors.mean(axis=0)) @ _unit(asked - vectors.mean(axis=0))
        best = int(np.argmax(likeness))
        if not known[best].goals or likeness[best] < NEAR or not _clear(likeness, known, known[best].goals):
            return frame
        return _with_verb(frame, known[best], float(vectors[best] @ asked))


@lru_cache(maxsize=32)
def _vectors(embedder: Embedder, objects: str, place: str) -> np.ndarray:
    return embedder.embed([candidate.text for candidate in candidates(objects, place)])


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def _clear(likeness: np.ndarray, known: tuple[Candidate, ...], goals: tuple[str, ...]) -> bool:
    """Whether the sentences with these goals are clearly the nearest: the first, and the first three on average."""
    by_goals: dict[tuple[str, ...], list[float]] = {}
    for value, candidate in zip(likeness, known, strict=True):
        by_goals.setdefault(candidate.goals, []).append(float(value))
    first = {said: max(values) for said, values in by_goals.items()}
    three = {said: float(np.mean(sorted(values)[-3:])) for said, values in by_goals.items()}
    return all(ranked.pop(goals) - max(ranked.values(), default=-1.0) >= CLEARLY for ranked in (first, three))


def _may_be_taken(frame: Frame) -> bool:
    """Whether all that is not understood is one word, and that may be a verb."""
    if len(frame.unknown) != 1 or frame.refused or frame.verbs:
        return False
    word = frame.unknown[0]
    words = frame.text.split()
    if not word.isalpha() or len(word) < 3 or word not in words:
        return False
    if word not in LOOSE and means_something_else(word):
        return False
    index = words.index(word)
    names_a_thing = index + 1 < len(words) and look_up(words[index + 1]).role in ("thing", "form", "side", "arm")
    # 'press the red button': a word before a thing may say which one.
    return not (names_a_thing and index > 0 and words[index - 1] in _ARTICLES)


def _phrase(thing: Thing) -> str:
    words = ("both" if thing.both else "the", thing.side, thing.form, thing.kind + ("s" if thing.both else ""))
    return " ".join(filter(None, words))


def _place(thing: Thing) -> str:
    preposition = "from" if thing.source else "into" if thing.kind == "hole" else "onto"
    return f"{preposition} {_phrase(thing)}"


def _query(frame: Frame, objects: str, place: str) -> str:
    """The clause in the words of the candidates: what is known is said as they say it, the rest as it was said."""
    words = frame.text.split()
    index = words.index(frame.unknown[0])
    opening = next((word for word in words[:index] if word in _FRAMES), "")
    if opening and any(look_up(word).role in ("thing", "pronoun") for word in words[:index]):
        # 'give the board a buffing', 'make it gleam'
        article = "a" if words[index - 1] in ("a", "an") else ""
        said = (opening, objects, article, words[index])
    else:
        particle = next((word for word in words[index + 1 : index + 2] if word in _PARTICLES), "")
        said = (words[index], particle, objects, place)
    return " ".join(filter(None, said))


def _with_verb(frame: Frame, taken: Candidate, likeness: float) -> Frame:
    note = f"took {frame.text!r} for {taken.text!r} ({likeness:.2f})"
    verbs, weak = list(taken.verbs), list(taken.weak)
    return replace(frame, verbs=verbs, weak=weak, unknown=[], mended=[*frame.mended, note])
