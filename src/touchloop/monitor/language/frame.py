"""Reads one clause: verbs, things, places and arms, and what nobody could make sense of."""

from dataclasses import dataclass, field

from touchloop.monitor.language.passing_over import pass_over
from touchloop.monitor.language.word_list import TAKEN
from touchloop.monitor.language.words import Word, look_up
from touchloop.monitor.program.vocabulary import ARMS

_SOURCE = frozenset(("from", "off", "out"))
_PARTICLES = frozenset(("off", "out"))
"""Behind a verb they belong to it: 'take out the peg'."""
_BY = frozenset(("with", "using", "by", "use", "via"))


@dataclass(frozen=True, slots=True)
class Thing:
    """A noun, or what stands for it."""

    kind: str
    """An entry of OBJECTS, or a pronoun: it, them, one, other."""
    form: str = ""
    side: str = ""
    both: bool = False
    other: bool = False
    source: bool = False
    """It is where something is taken from."""
    tool: bool = False
    """It is what something is done with."""


@dataclass(slots=True)
class Frame:
    """What a clause says."""

    text: str
    verbs: list[str] = field(default_factory=list)
    weak: list[str] = field(default_factory=list)
    things: list[Thing] = field(default_factory=list)
    arms: tuple[str, ...] = ()
    side: str = ""
    """Left or right, of something that is not named."""
    unknown: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    mended: list[str] = field(default_factory=list)
    index: int = 0
    """The clause that it came from."""
    sentence: int = 0
    first: str = ""
    """What comes first of those of which it or the frame before speaks: a form, a side, 'wiper' or 'box'."""
    opened_by: str = ""
    """The order word, or the stop, that its clause follows."""
    anew: bool = False
    """It starts afresh and does not go on with the verb before it: 'carry on with the board'."""

    @property
    def says_something(self) -> bool:
        """Whether there is anything to interpret."""
        return bool(self.verbs or self.things or self.arms or self.unknown or self.refused or self.side or self.first)


def read_frames(words: list[str], index: int) -> list[Frame]:
    """The frames of a clause: one, or several where a second verb begins without any 'and'."""
    looked_up = [look_up(word) for word in words]
    parts: list[tuple[list[str], list[Word]]] = [([], [])]
    for written, word in zip(words, looked_up, strict=True):
        strong = word.role == "verb" and not word.weak
        has_verb = any(w.role == "verb" and not w.weak for w in parts[-1][1])
        has_thing = any(w.role in ("thing", "pronoun") for w in parts[-1][1])
        if strong and has_verb and has_thing:
            parts.append(([], []))
        parts[-1][0].append(written)
        parts[-1][1].append(word)
    return [_read(written, part, index) for written, part in parts]


def _read(written: list[str], words: list[Word], index: int) -> Frame:
    frame = Frame(" ".join(written), index=index)
    frame.mended = [f"{a!r} is read as {b.text!r}" for a, b in zip(written, words, strict=True) if a != b.text]
    frame.mended += [f"{word.text!r}: {TAKEN[word.text]}" for word in words if word.text in TAKEN]
    words, notes = pass_over(written, words)
    frame.mended += notes
    reader = _NounReader(frame)
    for position, word in enumerate(words):
        match word.role:
            case "verb":
                _verb(frame, word)
                reader.source = reader.tool = False
            case "thing":
                reader.thing(word)
            case "arm":
                reader.arm(word.text)
            case "form" | "side" | "count":
                reader.attribute(word)
            case "pronoun":
                reader.pronoun(word.means, words[position + 1 :])
            case "hole_peg":
                reader.form = "@" + word.means
                reader.thing(Word("peg", "thing", "peg"))
            case "list":
                frame.first = word.means
            case "passed":
                pass
            case "refused":
                frame.refused.append(word.text)
            case "manner":
                frame.mended.append(f"{word.text!r}: how fast and firm is left to the skills")
            case "filler":
                frame.anew |= word.text == "tackle"
                after_verb = position > 0 and words[position - 1].role == "verb"
                following = words[position + 1].text if position + 1 < len(words) else ""
                if not (after_verb and word.text in _PARTICLES and following not in ("of", "from")):
                    reader.filler(word.text)
            case _:
                frame.unknown.append(word.text)
    reader.end()
    return frame


def _side_behind(following: list[Word]) -> bool:
    """Whether 'on the left' follows, and no arm is meant by it."""
    said = [word for word in following if word.role != "filler"]
    near = len(following) > 2 and following[2].role == "side" and following[0].text in ("on", "to", "at")
    return near and not any(word.role in ("arm", "thing") for word in said[1:2])


def _verb(frame: Frame, word: Word) -> None:
    if word.means == "stow":
        # 'hang the wiper on the rack' puts it there; 'hang the wiper up' puts it where it belongs.
        frame.verbs.append("put")
        frame.weak.append("return")
    else:
        (frame.weak if word.weak else frame.verbs).append(word.means)


class _NounReader:
    """Gathers what stands before a noun: form, side, number."""

    def __init__(self, frame: Frame) -> None:
        self.frame = frame
        self.form = self.side = self.count = ""
        self.other = self.same = self.source = self.tool = False

    def attribute(self, word: Word) -> None:
        if word.role == "form":
            if self.form:
                self._flush()
            self.form = word.means
        elif word.role == "side":
            # 'the hole on the right'
            last = self.frame.things[-1] if self.frame.things else None
            if last and last.kind == "hole" and not (last.side or last.form):
                self.frame.things[-1] = Thing("hole", side=word.means, source=last.source)
            else:
                self.side = word.means
        else:
            self.count = word.means

    def thing(self, word: Word) -> None:
        kind = word.means
        both = self.count in ("both", "two") or (kind in ("peg", "hole") and word.text.endswith("s"))
        if self.count == "many" and kind in ("peg", "hole"):
            self.frame.unknown.append(f"how many {word.text} (there are two)")
        if self.side and kind != "hole":
            self.frame.unknown.append(f"{self.side} {word.text}")
        if self.form and kind not in ("hole", "peg"):
            self.frame.unknown.append(f"{self.form} {word.text}")
        self._add(kind, both and kind in ("peg", "hole"))

    def arm(self, text: str) -> None:
        if self.count in ("both", "two") or (text.endswith("s") and not self.side):
            self.frame.arms = ARMS
        elif self.side:
            self.frame.arms = tuple(arm for arm in ARMS if arm == self.side or arm in self.frame.arms)
        elif self.other or self.same:
            self.frame.arms = ("other",) if self.other else ("same",)
        self._clear()

    def pronoun(self, means: str, following: list[Word]) -> None:
        if means == "other":
            self.other = True
            noun = any(word.role in ("thing", "arm") or word.means == "one" for word in following[:2])
            if not noun:
                self._add("other", False)
        elif means == "one" and self.other and not self.form:
            self._add("other", False)
        elif means == "one" and self.side and self.tool and not self.form:
            # 'with the left one'
            self.arm("one")
        elif means == "one" and self.side and not self.form:
            self._add("hole", False)
        elif means == "one" and not self.form and _side_behind(following):
            # 'the one on the right'
            self._add("hole", False)
        elif means == "one":
            # 'the round one', 'each one'
            self._add("peg" if self.form else "it", self.count == "both")
        elif means == "them":
            self._add("them", True)
        else:
            self._add("it", False)

    def filler(self, text: str) -> None:
        if text in _SOURCE:
            self.source = True
        elif text == "same":
            self.same = True
        elif text in _BY:
            self.tool = True
        elif text in ("to", "onto", "over", "at"):
            self.source = False

    def end(self) -> None:
        self._flush()

    def _flush(self) -> None:
        """What stands without its noun."""
        if self.form:
            # 'round left, square right'
            self.frame.side, self.side = self.side or self.frame.side, ""
            self._add("peg", False)
        elif self.count == "both":
            if self.tool:
                self.frame.arms = ARMS
            else:
                self._add("both", True)
        elif self.side:
            self.frame.side = self.side
        self._clear()

    def _add(self, kind: str, both: bool) -> None:
        self.frame.things.append(Thing(kind, self.form, self.side, both, self.other, self.source, self.tool))
        self._clear()

    def _clear(self) -> None:
        self.form = self.side = self.count = ""
        self.other = self.same = self.source = self.tool = False
