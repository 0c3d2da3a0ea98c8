"""What a clause wants done: the kind of deed, from its verbs and from what it names."""

from touchloop.monitor.language.context import Context, NotUnderstood
from touchloop.monitor.language.frame import Frame
from touchloop.monitor.program.vocabulary import ARMS, PLACES_OF

_PLACES = ("rack", "tray", "shelf")


def deed_of(frame: Frame, context: Context, notes: list[str]) -> str:
    """wipe, press, lift, grasp, put, insert, open, home or approach; what was taken for granted goes to the notes.

    Raises:
        NotUnderstood: there is no single thing to do.
    """
    kinds = {thing.kind for thing in frame.things if not thing.source}
    verbs = frame.verbs or frame.weak
    named = {thing.kind for thing in frame.things}
    if "home" in kinds:
        if kinds & {"box", "wiper", "peg", "board", "switch"}:
            raise NotUnderstood("only arms go home")
        if not set(frame.verbs) <= {"put", "return"}:
            raise NotUnderstood("an arm can only go home, nothing else can be done there")
        return "home"
    places = kinds & {*_PLACES, "hole"} or (frame.side and kinds & {"peg", "it", "one"})
    movable = kinds & {"box", "wiper", "peg", "it", "them", "both", "one", "other"}
    verb = verbs[0] if verbs else ""
    if not frame.verbs:
        return _without_verb(frame, kinds, bool(places), bool(movable), context, notes)
    if verb == "release":
        if places and movable:
            return "put"
        return "open"
    if verb == "press" and ("hole" in kinds or ("peg" in kinds and (places or "insert" in frame.weak))):
        verb = "insert"
    if verb in ("grasp", "lift") and kinds & set(_PLACES) and movable:
        return "put"
    if verb == "grasp" and "hole" in kinds and movable:
        return "insert"
    if verb == "fill":
        return "insert"
    if verb == "insert" and "return" in frame.weak and kinds & {"wiper", "box"} and "hole" not in kinds:
        # 'stick the wiper back'
        return "put"
    if verb in ("wipe", "press"):
        return verb
    if verb == "lift":
        return "lift" if "box" in named or not movable & {"peg", "wiper"} else "grasp"
    if "it" in kinds and context.last(tuple(PLACES_OF)) == "box":
        kinds = {*kinds, "box"}
    if verb == "grasp":
        # One arm can hold the box by its handle; without a word about arms, both lift it.
        return "lift" if "box" in kinds and len(frame.arms) != 1 else "grasp"
    if verb == "put" and "lift" in frame.weak and "box" in kinds and not places:
        # 'bring the box up'
        return "lift"
    if verb == "return" and frame.arms and not movable and not places:
        return "home"
    if verb == "return" and not movable:
        raise NotUnderstood("return what, and where to? As 'return the wiper to the rack'")
    if verb in ("put", "insert", "return"):
        if not movable and frame.arms and kinds & {*_PLACES, "hole"}:
            return "approach"
        if verb == "insert" and kinds & set(_PLACES) and "hole" not in kinds:
            return "put"
        if verb == "insert" or "hole" in kinds or (frame.side and not kinds & set(_PLACES)):
            return "insert"
        inward = "insert" in frame.weak and not places and movable & {"peg", "both", "them", "it", "one"}
        return "insert" if inward else "put"
    raise NotUnderstood("what is to be done?")


def _without_verb(
    frame: Frame, kinds: set[str], places: bool, movable: bool, context: Context, notes: list[str]
) -> str:
    if "switch" in kinds and kinds & {"board", "box", "wiper", "peg", "hole", *_PLACES}:
        raise NotUnderstood("what is to be done with which of these things?")
    if frame.arms == ARMS and kinds == {"box"}:
        notes.append(f"{frame.text!r}: both arms together lift the box")
        return "lift"
    if movable and places:
        return "insert" if "hole" in kinds or (frame.side and not kinds & set(_PLACES)) else "put"
    if "get" in frame.weak and movable:
        return "lift" if "box" in kinds else "grasp"
    if "return" in frame.weak and movable:
        return "put"
    if "insert" in frame.weak and kinds & {"peg", "both", "them", "it"}:
        return "insert"
    if "it" in kinds and "lift" in frame.weak and context.last((*PLACES_OF, "board", "switch")) == "box":
        # 'and when it is up'
        return "lift"
    if "box" in kinds and "lift" in frame.weak:
        return "lift"
    if frame.arms and kinds & {*_PLACES, "hole"}:
        return "approach"
    for verb, name in (("press", "switch"), ("wipe", "board")):
        if name in kinds:
            notes.append(f"{frame.text!r}: all that can be done with the {name} is to {verb} it")
            return verb
    raise NotUnderstood("what is to be done with it?" if kinds else "what is to be done?")
