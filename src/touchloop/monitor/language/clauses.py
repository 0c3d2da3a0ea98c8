"""Cuts an instruction into clauses and puts them into the order in which they are meant."""

import re
from dataclasses import dataclass, field

from touchloop.monitor.language.marks import AFTER, BEFORE, BEFORE_THAT, FIRST, FRONT, LAST, MIDDLE, THEN
from touchloop.monitor.language.phrases import rewrite
from touchloop.monitor.language.words import known

_PIECE = re.compile(r"<\w+>|[a-z0-9]+(?:-[a-z]+)*|[^\sa-z0-9]|\n")
_STRONG_STOPS = frozenset(".;:!?\n")
_WEAK_STOPS = frozenset([",", "and", "&", "+", "but", "/"])
_ORDER = frozenset([THEN, AFTER, BEFORE, BEFORE_THAT, LAST, FIRST, FRONT, MIDDLE])
_SILENT = frozenset("'\"()-–—*_’“”")


@dataclass(slots=True)
class Clause:
    """Some words that may say one thing, and how they are joined to what stands before."""

    words: list[str] = field(default_factory=list)
    opened_by: str = ""
    """The order word, or the stop, that it follows."""
    sentence: int = 0
    marks: set[str] = field(default_factory=set)
    """LAST, FIRST, as they were found in it."""
    after_comma: bool = False
    strange: list[str] = field(default_factory=list)
    """Signs that no instruction is expected to hold."""

    @property
    def text(self) -> str:
        """The words, as one text."""
        return " ".join(self.words)


def split(text: str) -> list[Clause]:
    """The clauses in the order in which they were said."""
    clauses = [Clause()]
    sentence, last_in = 0, -1
    for piece in _pieces(rewrite(text)):
        clause = clauses[-1]
        if piece in _STRONG_STOPS or piece in _WEAK_STOPS:
            sentence += piece in _STRONG_STOPS and piece != ":"
            if clause.words or clause.marks or clause.opened_by in _ORDER:
                keeps = not clause.words
                # 'then, press': the comma belongs to the order word.
                opened = clause.opened_by if keeps else piece
                following = Clause(opened_by=opened, sentence=sentence, after_comma=piece == ",")
                if keeps:
                    following.marks = clause.marks
                    clauses[-1] = following
                else:
                    clauses.append(following)
            else:
                opened = ":" if clause.opened_by == ":" else piece
                clause.sentence, clause.opened_by, clause.after_comma = sentence, opened, piece == ","
        elif piece == LAST and not clause.words:
            # 'Finally, A and B' are both last.
            last_in = sentence
            clause.marks.add(piece)
        elif piece in (LAST, FIRST, FRONT, MIDDLE):
            clause.marks.add(piece)
        elif piece in _ORDER:
            if clause.words:
                clauses.append(Clause(opened_by=piece, sentence=sentence))
            else:
                # 'and then, before X, Y'
                clause.after_comma = clause.after_comma or clause.opened_by in (THEN, "and")
                clause.opened_by = piece
        elif re.match(r"[a-z0-9]", piece):
            if sentence == last_in:
                clause.marks.add(LAST)
            clause.words.append(piece)
        elif piece not in _SILENT:
            clause.strange.append(piece)
    return [clause for clause in clauses if clause.words or clause.strange]


def _pieces(text: str) -> list[str]:
    """Words, marks and signs; 'wipe-down' is two words, since the list has both."""
    pieces: list[str] = []
    for piece in _PIECE.findall(text):
        parts = piece.split("-")
        pieces += parts if len(parts) > 1 and not known(piece) and all(map(known, parts)) else [piece]
    return pieces


def order(clauses: list[Clause]) -> list[int]:
    """The indices of clauses in the order in which they are to be done."""
    ranked: list[int] = []
    for sentence in sorted({clause.sentence for clause in clauses}):
        indices = [i for i, clause in enumerate(clauses) if clause.sentence == sentence]
        ranked = _place_sentence(clauses, indices, ranked)
    ranked = _in_the_middle(clauses, ranked)
    return sorted(ranked, key=lambda index: (FRONT not in clauses[index].marks, LAST in clauses[index].marks))


def _in_the_middle(clauses: list[Clause], ranked: list[int]) -> list[int]:
    """'A, later B; in between, C': C comes before what was said last, unless that is marked as last anyhow."""
    if any(LAST in clause.marks for clause in clauses):
        return ranked
    for index in [i for i in ranked if MIDDLE in clauses[i].marks]:
        position = ranked.index(index)
        if position > 1:
            ranked = [*ranked[: position - 1], index, ranked[position - 1], *ranked[position + 1 :]]
    return ranked


def _place_sentence(clauses: list[Clause], indices: list[int], ranked: list[int]) -> list[int]:
    """Append a sentence's clauses to those ranked so far."""
    done: list[int] = []
    position = 0
    while position < len(indices):
        index = indices[position]
        clause = clauses[index]
        end = _end_of_subordinate(clauses, indices, position)
        inner, rest = indices[position:end], indices[end:]
        fronted = position == 0 or (clause.after_comma and rest and clauses[rest[0]].opened_by != THEN)
        match clause.opened_by:
            case "<_before>" if (position == 0 or clause.after_comma) and rest:
                # 'Before X, Y': all that follows in the sentence comes first.
                return ranked + done + _place_sentence(clauses, rest, []) + inner
            case "<_after>" if not fronted:
                # 'Y after X': X comes first; what stands before the last 'then' comes earlier still.
                since = max((i for i, d in enumerate(done) if clauses[d].opened_by == THEN), default=0)
                done = done[:since] + inner + done[since:]
                position = end
                continue
            case "<_before_that>":
                rest = indices[position:]
                earlier = done or ranked[-1:]
                base = ranked if done else ranked[:-1]
                return base + rest + earlier
        if FIRST in clause.marks and done:
            done.insert(0, index)
        elif FIRST in clause.marks and ranked and len(indices) == 1:
            # 'Lift the box. Press the switch first.'
            return [index, *ranked]
        else:
            done.append(index)
        position += 1
    return ranked + done


def _end_of_subordinate(clauses: list[Clause], indices: list[int], position: int) -> int:
    """Where the part that 'before' or 'after' opens ends: at the first comma or order word behind it."""
    end = position + 1
    while end < len(indices):
        following = clauses[indices[end]]
        if following.after_comma or following.opened_by in _ORDER:
            break
        end += 1
    return end
