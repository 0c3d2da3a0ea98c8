"""Gives clauses what they leave out because a neighbour said it: verb, object, place or arm."""

from dataclasses import replace

from touchloop.monitor.language.frame import Frame, Thing
from touchloop.monitor.language.marks import THEN
from touchloop.monitor.program.vocabulary import ARMS

_PLACES = frozenset(("rack", "tray", "shelf", "hole"))
_TOWARDS = frozenset(("to", "into", "onto", "on", "in", "down", "up", "over", "back"))
_ONE_USE = frozenset(("board", "switch"))
_TAKES_PLACE = frozenset(("put", "insert", "return", "release"))


def join(frames: list[Frame]) -> list[Frame]:
    """The frames that stand for themselves, each complete as far as its neighbours complete it."""
    joined: list[Frame] = []
    arms: tuple[str, ...] = ()
    for frame in _merge_pieces([frame for frame in frames if frame.says_something]):
        if not (frame.things or frame.verbs or frame.weak or frame.side or frame.first):
            # 'Left arm: ...', 'using your right hand, ...'
            arms = frame.arms
            continue
        if not frame.things and not frame.verbs and not frame.arms and not frame.side and not frame.first:
            # 'tidy up': a word of small weight alone says nothing.
            continue
        if frame.first and not (frame.things or frame.verbs or frame.weak or frame.side):
            if joined:
                joined[-1] = replace(joined[-1], first=frame.first)
            else:
                joined.append(frame)
            continue
        if arms and not frame.arms:
            frame = replace(frame, arms=arms)
        arms = ()
        _complete(frame, joined)
    return joined


def _complete(frame: Frame, joined: list[Frame]) -> None:
    before = joined[-1] if joined else None
    objects, places = _objects(frame), _places(frame)
    if before and before.verbs == ["grasp"] and before.arms and frame.side and objects and not (frame.verbs or places):
        # 'Take the wiper in the left hand and the peg in the right'
        frame = replace(frame, arms=(frame.side,), side="")
    if before and places and not objects and _goes_on(frame, joined):
        # 'Lift the box, then onto the tray', 'the peg to the tray, then to the right hole', 'then back to the rack'
        words = ["insert" if any(place.kind == "hole" for place in places) else "put"]
        several = any(thing.both for thing in _objects(before)) or len(_objects(before)) > 1
        frame = replace(frame, verbs=words, things=[Thing("them" if several else "it", both=several), *frame.things])
    if before and before.verbs == ["fill"] and places and not (frame.verbs or objects or frame.unknown):
        # 'Fill the left hole, then the right one'
        frame = replace(frame, verbs=["fill"])
    if before is None or frame.verbs:
        joined.append(_with_subject(frame, joined))
        return
    begins = frame.opened_by in (THEN, ";", ".", ":") and not ({"wipe", "press", "lift"} & set(before.verbs))
    if begins and not frame.weak and {thing.kind for thing in objects} in ({"board"}, {"switch"}):
        # 'Put the box on the tray, then the switch': nothing but a press can be meant.
        joined.append(frame)
        return
    fits = not (frame.anew and {thing.kind for thing in objects} & _ONE_USE)
    gap = fits and before.verbs and objects and not _settled(frame) and before.sentence == frame.sentence
    if gap and not places and not frame.side and _takes_place(before):
        # 'put the peg in the tray, and the wiper too': the place is the same.
        joined.append(replace(frame, verbs=before.verbs, things=[*frame.things, *_places(before)]))
    elif gap and (places or frame.side) and objects and _objects(before) and _takes_place(before):
        if not _places(before) and not before.side:
            # 'put the round peg and the square peg on the tray'
            joined[-1] = replace(before, things=[*before.things, *places], side=frame.side)
        joined.append(replace(frame, verbs=before.verbs))
    elif gap and not places:
        joined.append(replace(frame, verbs=before.verbs))
    else:
        joined.append(frame)


def _with_subject(frame: Frame, joined: list[Frame]) -> Frame:
    """'Lift the box and put on the shelf': the object is that of the clause before."""
    if joined and not _objects(frame) and joined[-1].verbs and not frame.arms:
        return replace(frame, things=[Thing("it"), *frame.things]) if _takes_object(frame) else frame
    return frame


def _merge_pieces(frames: list[Frame]) -> list[Frame]:
    """'the square peg | and the right hole': an object and a place that belong together."""
    merged: list[Frame] = []
    for frame in frames:
        before = merged[-1] if merged else None
        alone = not (frame.verbs or _objects(frame)) and bool(_places(frame)) and not frame.arms
        if before and alone and not before.verbs and _objects(before) and not _places(before):
            text = f"{before.text} {frame.text}"
            merged[-1] = replace(before, things=[*before.things, *frame.things], text=text)
        elif before and _is_subject(before, frame):
            things = [*before.things, *(t for t in frame.things if t.kind != "it")]
            merged[-1] = replace(frame, things=things, arms=frame.arms or before.arms)
        else:
            merged.append(frame)
    return merged


def _objects(frame: Frame) -> list[Thing]:
    fills = bool({"insert", "fill"} & set(frame.verbs))
    return [
        t
        for t in frame.things
        if t.kind not in _PLACES and t.kind != "home" and (not t.tool or (fills and t.kind == "peg"))
    ]


def _places(frame: Frame) -> list[Thing]:
    return [t for t in frame.things if t.kind in _PLACES and not t.source]


def _takes_place(frame: Frame) -> bool:
    return bool(_TAKES_PLACE & set(frame.verbs))


def _takes_object(frame: Frame) -> bool:
    return bool({"put", "insert", "return"} & set(frame.verbs)) and not any(t.kind == "home" for t in frame.things)


def _is_subject(before: Frame, frame: Frame) -> bool:
    """'The box must | then be lifted': the object stands in the clause before, which says nothing else."""
    silent = not (before.verbs or before.weak or _places(before))
    points_back = all(thing.kind == "it" for thing in _objects(frame))
    if "wipe-ink" in frame.text.split() and not {t.kind for t in before.things} & {"board"}:
        return False
    return bool(silent and _objects(before) and frame.verbs and points_back) and before.sentence == frame.sentence


def _settled(frame: Frame) -> bool:
    """Whether a clause without a verb says enough: 'switch on', 'box up'."""
    kinds = {t.kind for t in frame.things}
    pairs = (("switch", "press"), ("box", "lift"), ("peg", "insert"), ("both", "insert"))
    said = not _places(frame) and any(thing in kinds and verb in frame.weak for thing, verb in pairs)
    # 'and the square peg in the right gripper' is held there.
    return frame.arms == ARMS or (said and not frame.arms)


def _goes_on(frame: Frame, joined: list[Frame]) -> bool:
    """Whether a clause names only where the object of the clause before goes next."""
    before = joined[-1]
    listed = len(joined) > 1 and joined[-2].verbs == before.verbs and before.opened_by in ("and", "&", ",", "+")
    if listed or not _objects(before) or {"wipe", "press"} & set(before.verbs) or frame.text.split()[0] not in _TOWARDS:
        # Of 'the round and the square peg on the tray, then back to the rack' it is not clear which are meant.
        return False
    silent = not (frame.verbs or frame.arms or frame.unknown)
    goes = _takes_place(before) or (not before.verbs and bool(_places(before)))
    again = frame.opened_by == THEN and goes and set(frame.weak) <= {"return", "insert", "press"}
    return silent and (again or not frame.weak)
