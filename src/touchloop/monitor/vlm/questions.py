"""What can be asked about pictures of the bench, and the true answer to each question."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from touchloop.monitor.vlm.facts import HIDDEN, NEAR, OPEN_HAND

UNKNOWN = "unknown"
ANSWERS = (
    *("yes", "no", UNKNOWN, "nothing", "neither", "wiper", "round peg", "square peg", "box"),
    *("left gripper", "right gripper", "both grippers", "left hole", "right hole", "rack", "tray", "shelf", "stand"),
    *("elsewhere", "board", "switch", "clean", "partly wiped", "not wiped", "zero", "one", "two", "three"),
)
"""All answers; those that a schema may ask for."""
TOOLS = ("wiper", "round_peg", "square_peg")
OBJECTS = (*TOOLS, "box")
HANDS = ("left_hand", "right_hand")
HOLES = ("left_hole", "right_hole")
MOVED_M = 0.03
BOARD_WORDS = {"inked": "not wiped", "half": "partly wiped", "clean": "clean", HIDDEN: UNKNOWN}
NUMBERS = ("zero", "one", "two", "three")
Facts = Mapping[str, str]
Args = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Moment:
    """What is true in one picture."""

    facts: Facts
    positions: Mapping[str, np.ndarray]
    """(3,) of what moves, in the world [m]."""

    @property
    def dark(self) -> bool:
        """The light is out."""
        return self.facts["light"] == "off"


def spoken(value: str) -> str:
    """A fact's value as an answer."""
    return (
        UNKNOWN
        if value == HIDDEN
        else value.replace("_hands", " grippers").replace("_hand", " gripper").replace("_", " ")
    )


def _yes(value: bool | None) -> str:
    return UNKNOWN if value is None else "yes" if value else "no"


def _held(facts: Facts, hand: str, name: str) -> bool | None:
    """Whether a hand holds a thing; None: not to be seen."""
    if facts[hand] != HIDDEN:
        return facts[hand] == name
    return None if facts[name] == HIDDEN else False


def _at(facts: Facts, name: str, place: str) -> bool | None:
    if place in HOLES and name != "box":
        if facts[place] != HIDDEN:
            return facts[place] == name
        return None if facts[name] == HIDDEN else False
    return None if facts[name] == HIDDEN else facts[name] == place


def _who(facts: Facts, name: str) -> str:
    held = [_held(facts, hand, name) for hand in HANDS]
    if held == [True, True]:
        return "both grippers"
    if True in held:
        return spoken(HANDS[held.index(True)])
    return UNKNOWN if None in held else "neither"


def _racked(facts: Facts) -> str:
    places = [facts[name] for name in TOOLS]
    return UNKNOWN if HIDDEN in places else NUMBERS[places.count("rack")]


def _form(facts: Facts, form: str) -> str:
    if facts["form"] == HIDDEN:
        return UNKNOWN
    return spoken(facts["form"] if form == "round" else HOLES[1 - HOLES.index(facts["form"])])


def _moved(a: Moment, b: Moment, name: str) -> bool | None:
    """Whether a thing is elsewhere in the second picture."""
    if HIDDEN in (a.facts[name], b.facts[name]):
        return None
    return float(np.linalg.norm(a.positions[name] - b.positions[name])) > MOVED_M or a.facts[name] != b.facts[name]


def _arm_moved(a: Moment, b: Moment, hand: str) -> bool | None:
    if a.dark or b.dark:
        return None
    return float(np.linalg.norm(a.positions[hand] - b.positions[hand])) > MOVED_M


def _changed(a: Moment, b: Moment, fact: str, before: tuple[str, ...], after: tuple[str, ...]) -> bool | None:
    """Whether a fact went from one of some values to one of others."""
    if HIDDEN in (a.facts[fact], b.facts[fact]):
        return None
    return a.facts[fact] in before and b.facts[fact] in after


def _taken(a: Moment, b: Moment, hand: str, takes: bool) -> bool | None:
    """Whether a hand has taken something, or let something go."""
    values = a.facts[hand], b.facts[hand]
    if HIDDEN in values:
        return None
    without, held = values if takes else values[::-1]
    return held != OPEN_HAND and without != held


def _wiped(a: Moment, b: Moment) -> bool | None:
    levels = ("inked", "half", "clean")
    if HIDDEN in (a.facts["board"], b.facts["board"]):
        return None
    return levels.index(b.facts["board"]) > levels.index(a.facts["board"])


Single = Callable[[Facts, Args], str]
Double = Callable[[Moment, Moment, Args], str]
SINGLE: Mapping[str, Single] = {
    "holding": lambda f, a: _yes(_held(f, a["hand"], a["object"])),
    "holds_what": lambda f, a: spoken(f[a["hand"]]),
    "empty": lambda f, a: UNKNOWN if f[a["hand"]] == HIDDEN else _yes(f[a["hand"]] == OPEN_HAND),
    "who_holds": lambda f, a: _who(f, a["object"]),
    "where": lambda f, a: spoken(f[a["object"]]),
    "at": lambda f, a: _yes(_at(f, a["object"], a["place"])),
    "racked": lambda f, _: _racked(f),
    "hole_content": lambda f, a: spoken(f[a["hole"]]),
    "which_hole": lambda f, a: _form(f, a["form"]),
    "clean": lambda f, _: _yes(None if f["board"] == HIDDEN else f["board"] == "clean"),
    "board": lambda f, _: BOARD_WORDS[f["board"]],
    "switched": lambda f, _: _yes(None if f["switch"] == HIDDEN else f["switch"] == "on"),
    "lifted": lambda f, _: _yes(None if f["lifted"] == HIDDEN else f["lifted"] == "yes"),
    "near": lambda f, a: _yes(None if f["light"] == "off" else f[f"{a['side']}_near"] == a["target"]),
    "near_what": lambda f, a: UNKNOWN if f["light"] == "off" else spoken(f[f"{a['side']}_near"]),
    "wiping": lambda f, _: _yes(None if f["light"] == "off" else f["wiping"] == "yes"),
    "blocked": lambda f, _: _yes(None if f["ball"] == HIDDEN else f["ball"] == "yes"),
    "dark": lambda f, _: _yes(f["light"] == "off"),
    "lit": lambda f, _: _yes(f["light"] == "on"),
}
"""About the last picture; facts of a dark picture are hidden."""
DOUBLE: Mapping[str, Double] = {
    "moved": lambda a, b, x: _yes(_moved(a, b, x["object"])),
    "arm_moved": lambda a, b, x: _yes(_arm_moved(a, b, x["hand"])),
    "was_where": lambda a, _, x: spoken(a.facts[x["object"]]),
    "took": lambda a, b, x: _yes(_taken(a, b, x["hand"], True)),
    "let_go": lambda a, b, x: _yes(_taken(a, b, x["hand"], False)),
    "went_on": lambda a, b, _: _yes(_changed(a, b, "switch", ("off",), ("on",))),
    "went_off": lambda a, b, _: _yes(_changed(a, b, "switch", ("on",), ("off",))),
    "wiped": lambda a, b, _: _yes(_wiped(a, b)),
    "went_dark": lambda a, b, _: _yes(not a.dark and b.dark),
}
"""About two pictures, the earlier first; with one picture the answer is unknown."""
KINDS = (*SINGLE, *DOUBLE)


def all_args(kind: str) -> Iterator[dict[str, str]]:
    """Every set of arguments that a kind of question can have."""
    match kind:
        case "holding":
            yield from ({"object": name, "hand": hand} for name in OBJECTS for hand in HANDS)
        case "holds_what" | "empty" | "arm_moved" | "took" | "let_go":
            yield from ({"hand": hand} for hand in HANDS)
        case "who_holds" | "where" | "moved" | "was_where":
            yield from ({"object": name} for name in OBJECTS)
        case "at":
            yield from ({"object": name, "place": place} for name in TOOLS for place in ("rack", "tray"))
            yield from ({"object": name, "place": hole} for name in TOOLS[1:] for hole in HOLES)
            yield from ({"object": "box", "place": place} for place in ("stand", "tray", "shelf"))
        case "hole_content":
            yield from ({"hole": hole} for hole in HOLES)
        case "which_hole":
            yield from ({"form": form} for form in ("round", "square"))
        case "near":
            yield from ({"side": side, "target": name} for side in ("left", "right") for name in NEAR[1:])
        case "near_what":
            yield from ({"side": side} for side in ("left", "right"))
        case _:
            yield {}


def answer(kind: str, args: Args, last: Moment, before: Moment | None = None) -> str:
    """The true answer."""
    if kind in SINGLE:
        return SINGLE[kind](last.facts, args)
    return UNKNOWN if before is None else DOUBLE[kind](before, last, args)
