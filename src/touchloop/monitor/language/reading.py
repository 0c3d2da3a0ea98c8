"""From the text of an instruction to clauses and frames."""

from dataclasses import replace

from touchloop.monitor.language.clauses import Clause, split
from touchloop.monitor.language.frame import Frame, read_frames


def read(instruction: str) -> tuple[list[Clause], list[Frame]]:
    """The clauses in the order in which they were said, and their frames, which know the index of their clause."""
    clauses = [part for clause in split(instruction) for part in _parts(clause)]
    return clauses, [frame for index, clause in enumerate(clauses) for frame in _frames(clause, index)]


def _parts(clause: Clause) -> list[Clause]:
    """The clause, or, if a second verb begins in it without a comma, as many clauses as there are verbs."""
    first, *others = (frame.text.split() for frame in read_frames(clause.words, 0))
    return [
        replace(clause, words=first),
        *(Clause(words, opened_by=",", sentence=clause.sentence, after_comma=True) for words in others),
    ]


def _frames(clause: Clause, index: int) -> list[Frame]:
    frames = [frame for frame in read_frames(clause.words, index) if frame.says_something or frame.mended]
    return [replace(frame, sentence=clause.sentence, opened_by=clause.opened_by) for frame in frames]
