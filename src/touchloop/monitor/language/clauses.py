"""Cuts an instruction into clauses and puts them into the order in which they are meant."""

import re
from dataclasses import dataclass, field

THEN, AFTER, BEFORE, BEFORE_THAT, LAST, FIRST, FRONT = (
    "<_then>",
    "<_after>",
    "<_before>",
    "<_before_that>",
    "<_last>",
    "<_first>",
    "<_front>",
)
_PHRASES = (
    (r"[’`]", "'"),
    (r"->(?=\s*(?:the )?(?:\w+ )?(?:hole|rack|tray|shelf)\b)", " to "),
    (r"->|>|<", " , "),
    (r"\b(?:n|an'|'n')\b", " and "),
    (r"\b(?:how|what) about\b|\bwhy (?:don't|do not) you\b", " "),
    (r"\b(?:it|that) (?:would|'d) be (?:\w+ )?(?:great|good|nice|lovely|kind|helpful|perfect|best) (?:if|to)\b", " "),
    (r"\b(?:i (?:would|'d)|i'd) (?:appreciate|love|like) it if(?: you (?:could|would|can))?\b", " "),
    (r"\bi (?:was wondering|wonder) if(?: you (?:could|would|can))?\b|\b(?:is|would) it (?:be )?possible to\b", " "),
    (r"\b(?:before (?:anything|everything) else|first and foremost|to (?:begin|start)(?: with)?)\b", f" {FRONT} "),
    (r"\b(?:and )?only then\b", f" {THEN} "),
    (r"\bonly (?:after|once|when)\b", f" {AFTER} "),
    (r"\b(?:before that|before this|beforehand|before doing (?:so|that|this|it))(?=\s*(?:[.;,!]|$))", f" {FIRST} "),
    (r"\bback (?:to )?where (?:it|they) (?:belongs?|was|were|came from|goes|go)\b", " back "),
    (r"\b(?:that|which) (?:it )?(?:matches|fits|suits)(?: it| them)?\b", " "),
    (r"\b(?:if you don't mind|if you do not mind|if you please|if possible|if you (?:can|could|would)|do that)\b", " "),
    (r"\b(?:but )?not (?:until|before)\b", f" {AFTER} "),
    (r"n't\b", " not"),
    (r"\b(?:do not|never) forget (?:to\b|about\b)?", " "),
    (r"\b(?:be|make) (?:sure|certain) (?:to|that)\b", " "),
    (r"\ball the way\b|\b(?:off|from) the table\b", " "),
    (r"\b(?:remove|get rid of|take away) (?:all )?(?:the |any )?(?:dirt|ink|marks?|stains?|writing|dust)\b", " wipe "),
    (r"\b(?:before|prior to) doing (?:so|that|this|it)\b", f" {BEFORE_THAT} "),
    (r"\b(?:after|having|when) (?:doing|done) (?:so|that|this|it)\b", f" {THEN} "),
    (r"\b(?:finish|end|conclude|close)(?:ing|es|s)?(?: off)? (?:by|with)\b", f" {LAST} "),
    (r"\b(?:start|begin)(?:ning|ing|s)?(?: off)? (?:by|with)\b", f" {FRONT} "),
    (r"\b(?:and )?(?:is |are )?(?:then )?followed by\b", f" {THEN} "),
    (r"'(?:d|s|ll|re|m|ve)\b", " "),
    (
        r"\b(?:once|when|after|as soon as) (?:(?:you|that|this|it|all that|everything) (?:is |are |have |has )*)?"
        r"(?:done|finished|complete|completed|over)(?: (?:with|doing) (?:it|that|this))?"
        r"(?=\s*[,.;:!]|\s*$|\s+(?!\w+ing\b|with\b|the\b))",
        f" {THEN} ",
    ),
    (r"\b(?:after that|after which|after this|afterwards?|following that|thereafter|subsequently)\b", f" {THEN} "),
    (r"\b(?:before that|before this|before you do that|beforehand|but first)\b", f" {BEFORE_THAT} "),
    (
        r"\b(?:last of all|at last|to finish|finally|lastly|in the end|at the end|to end with|last|as the last step)\b",
        f" {LAST} ",
    ),
    (r"\bfirst(?: of all)?(?=\s*(?:[.;!]|$))", f" {FIRST} "),
    (r"\b(?:prior to|before)\b", f" {BEFORE} "),
    (r"\b(?:after|once|when|as soon as)\b", f" {AFTER} "),
    (r"\b(?:then|next|later)\b", f" {THEN} "),
    (r"\b(?:see|seeing) to it(?: that)?\b", " "),
    (r"\bat the same time\b", " simultaneously "),
    (r"\b(?:turn|switch|flip|flick)(?:ed|s|ing)?(?: the (?:switch|button))? off\b", " turn-off "),
    (r"\bturn(?:ed|s|ing)? (?:the |that )?(?:switch|button) on\b", " press the switch "),
    (r"\b(?:turn|switch|power)(?:ed|s|ing)? (?:it |this |that )?on\b", " press "),
    (r"\blet(?:ting)? go(?: of)?\b", " release "),
    (r"\b(?:take|get|taking|getting) hold of\b", " grasp "),
    (r"\b(?:rest|resting|start|starting|initial) (?:position|pose|place)\b", " home "),
    (r"\bwhere (?:it|they) (?:fits?|belongs?|goes|go)\b", " into its hole "),
    (r"\bdo(?:ing)? the same (?:with|for|to)\b", " "),
    (r"\bstep \d+\b|^\s*\d+[.)]|(?<=\n)\s*\d+[.)]", " . "),
)
"""Tried in this order on text in small letters."""
_PIECE = re.compile(r"<\w+>|[a-z0-9]+(?:-[a-z]+)*|[^\sa-z0-9]|\n")
_STRONG_STOPS = frozenset(".;:!?\n")
_WEAK_STOPS = frozenset([",", "and", "&", "+", "but", "/"])
_ORDER = frozenset([THEN, AFTER, BEFORE, BEFORE_THAT, LAST, FIRST, FRONT])
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
    lowered = text.lower()
    for pattern, replacement in _PHRASES:
        lowered = re.sub(pattern, replacement, lowered)
    clauses = [Clause()]
    sentence, last_in = 0, -1
    for piece in _PIECE.findall(lowered):
        clause = clauses[-1]
        if piece in _STRONG_STOPS or piece in _WEAK_STOPS:
            sentence += piece in _STRONG_STOPS
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
                clause.sentence, clause.opened_by, clause.after_comma = sentence, piece, piece == ","
        elif piece == LAST and not clause.words:
            # 'Finally, A and B' are both last.
            last_in = sentence
            clause.marks.add(piece)
        elif piece in (LAST, FIRST, FRONT):
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


def order(clauses: list[Clause]) -> list[int]:
    """The indices of clauses in the order in which they are to be done."""
    ranked: list[int] = []
    for sentence in sorted({clause.sentence for clause in clauses}):
        indices = [i for i, clause in enumerate(clauses) if clause.sentence == sentence]
        ranked = _place_sentence(clauses, indices, ranked)
    return sorted(ranked, key=lambda index: (FRONT not in clauses[index].marks, LAST in clauses[index].marks))


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
