"""Clauses with a gap: those that say nothing to do, and those whose verb is unknown but whose things leave one deed."""

from dataclasses import replace

from touchloop.monitor.language.clauses import Clause
from touchloop.monitor.language.frame import Frame
from touchloop.monitor.language.other_deeds import means_something_else
from touchloop.monitor.language.word_list import word_set
from touchloop.monitor.language.words import look_up

_SUBJECTS = word_set("i you we he she they it there our my your his her")
_OPENERS = word_set("for as like per since because")
_MINE = word_set("your my our the earliest")
_ASKS = word_set("make makes making do give gives get bring fetch want wants need needs like have has take find see")
_OBJECTS = word_set("me us him her them a an the my your our some this that these those it no")
_FLOURISH = word_set("finale finish climax end show fun ceremony demonstration demo exercise routine programme program")
_TO_PLACES = {"peg": ("hole", "tray", "rack"), "wiper": ("tray", "rack"), "box": ("tray", "shelf")}
_TOWARDS = word_set("to into onto on in inside upon")
_ELSEWHERE = word_set("at over by with from for of off out about towards toward along across past through")
_NO_VERB_BEHIND = word_set("the a an this that my your our its their to into onto on in from of with by for at")


def close_gaps(frames: list[Frame], clauses: list[Clause]) -> list[Frame]:
    """The frames without those that say nothing, and with a verb where the things that are named leave but one."""
    kept: list[Frame] = []
    for frame in frames:
        if frame.unknown and not frame.refused:
            if _says_nothing(frame, clauses):
                frame = Frame(frame.text, index=frame.index, sentence=frame.sentence, mended=list(frame.mended))
                frame.mended.append(f"says nothing to do: {frame.text!r}")
            else:
                frame = _with_only_deed(frame)
        kept.append(frame)
    return kept


def _says_nothing(frame: Frame, clauses: list[Clause]) -> bool:
    words = frame.text.split()
    things = [thing for thing in frame.things if not (thing.kind == "it" and words[0] in _SUBJECTS)]
    heading = frame.index + 1 < len(clauses) and clauses[frame.index + 1].opened_by == ":"
    weak = frame.weak and words[0] not in _SUBJECTS and not (heading and words[-1] == "ready")
    if things or frame.verbs or weak or frame.side or frame.arms or frame.first:
        return False
    if heading and (
        words[-1] == "ready" or (len(words) > 1 and words[0] not in _ASKS and not set(words[1:2]) & _OBJECTS)
    ):
        return True
    if any(means_something_else(word) for word in frame.unknown) or not all(w.isalpha() for w in frame.unknown):
        return False
    asks = any(word in _ASKS for word in words) and words[0] not in ("you", "it", "we")
    if asks or words[0] in ("to", "into", "onto", "on", "in", "from", "off", "with"):
        return False
    if (
        words[0] in _SUBJECTS
        or words[0] in _OPENERS
        or heading
        or (words[0] == "at" and words[1:2] and words[1] in _MINE)
    ):
        return len(words) > 1
    return words[0] == "many" or _is_flourish(frame, words) or _is_label(frame, words, len(clauses))


def _is_flourish(frame: Frame, words: list[str]) -> bool:
    """'the grand finale'"""
    return words[-1] in _FLOURISH and not set(words[:1]) & set(frame.unknown[:-1])


def _is_label(frame: Frame, words: list[str], count: int) -> bool:
    """'quick ask', 'action items'; or a name, if it is all that a clause says, first or last."""
    if any(word in _OBJECTS for word in words):
        return False
    return len(words) == 1 and frame.index in (0, count - 1) and frame.unknown[0] not in _THINGS


_THINGS = word_set("""
    cup mug pen pencil coffee tea beer lunch lever handle knob door window drawer table chair bottle can ball cube block
    screw bolt nut hammer screwdriver book paper phone laptop keyboard mouse plate bowl fork knife spoon scissors tape
    marker brick stick rod tube wheel gear key lock chain rope wire cable plug socket valve pump motor sensor camera
    dance jump sing sleep smile bow run walk""")


def _with_only_deed(frame: Frame) -> Frame:
    """'deploy the peg to the tray': whatever the verb, what the bench allows is to put it there."""
    if len(frame.unknown) != 1 or frame.verbs:
        return frame
    verb, words = frame.unknown[0], frame.text.split()
    if not verb.isalpha() or len(verb) < 3 or verb not in words or means_something_else(verb, strictly=True):
        return frame
    index = words.index(verb)
    before = words[index - 1] if index else ""
    if before in _NO_VERB_BEHIND or (before and look_up(before).role in ("form", "side", "count", "verb")):
        return frame
    if words[index + 1 : index + 2] in (["to"], ["at"], ["for"], ["of"]) or (index and index + 1 == len(words)):
        return frame
    kinds = {thing.kind for thing in frame.things if not thing.source and not thing.tool}
    places = kinds & {"hole", "tray", "rack", "shelf"}
    movable = kinds & {"peg", "wiper", "box", "it"}
    if frame.arms and "home" in kinds and not movable:
        return _taken(frame, verb, "return")
    if len(places) != 1 or len(movable) != 1 or kinds - places - movable:
        return frame
    (place,), (thing,) = places, movable
    after = words[index + 1 :]
    if not _names_place_behind(after):
        return frame
    if thing != "it" and place not in _TO_PLACES[thing]:
        return frame
    return _taken(frame, verb, "insert" if place == "hole" else "put")


def _names_place_behind(words: list[str]) -> bool:
    """Whether a place is what something goes to: 'to', 'into', 'on', not 'against' or 'with'."""
    for index, word in enumerate(words):
        if look_up(word).means in ("hole", "tray", "rack", "shelf"):
            said = [w for w in words[:index] if w in _TOWARDS or w in _ELSEWHERE]
            return bool(said) and said[-1] in _TOWARDS
    return False


def _taken(frame: Frame, verb: str, deed: str) -> Frame:
    note = f"{frame.text!r}: {verb!r} is not known; the things named allow only to {deed}"
    return replace(frame, verbs=[deed], unknown=[], mended=[*frame.mended, note])
