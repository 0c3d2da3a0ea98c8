"""Names that programs use: skills and conditions with their arguments, and what each argument may be."""

from collections.abc import Mapping

from touchloop.errors import InputError
from touchloop.sim.workbench.layout import ARMS, BOX_PLACES, HOLES, OBJECTS, TARGETS, TOOLS

PEGS = ("round_peg", "square_peg")
GRASPABLE = (*TOOLS, "box")
HOME = "home"
"""Where an arm rests; only arms can be near it."""
PLACES_OF = {"box": BOX_PLACES, **dict.fromkeys(TOOLS, ("rack", "tray"))}
Choices = Mapping[str, tuple[str, ...]]
SKILLS: Mapping[str, Choices] = {
    "home": {"arm": ARMS},
    "grasp": {"arm": ARMS, "object": GRASPABLE},
    "release": {"arm": ARMS},
    "place": {"arm": ARMS, "object": GRASPABLE, "target": ("rack", *BOX_PLACES)},
    "move": {"arm": ARMS, "target": (*TARGETS, *OBJECTS)},
    "insert": {"arm": ARMS, "object": PEGS, "target": HOLES},
    "wipe": {"arm": ARMS, "object": ("board",)},
    "press": {"arm": ARMS, "object": ("switch",)},
    "lift": {"object": ("box",)},
}
CONDITIONS: Mapping[str, Choices] = {
    "holding": {"arm": ARMS, "object": GRASPABLE},
    "free": {"arm": ARMS},
    "at": {"object": GRASPABLE, "target": TARGETS},
    "inserted": {"object": PEGS, "target": HOLES},
    "pressed": {"object": ("switch",)},
    "clean": {"object": ("board",)},
    "lifted": {"object": ("box",)},
    "near": {"arm": ARMS, "target": (*TARGETS, *OBJECTS, HOME)},
    "lit": {},
}
DEFAULTS = {"wipe": {"object": "board"}, "press": {"object": "switch"}, "lift": {"object": "box"}}


def checked_call(name: str, args: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a skill with its defaults filled in.

    Raises:
        InputError: no such skill, a missing, unknown or invalid argument, or a thing that does not belong there.
    """
    filled = checked("skill", SKILLS, name, {**DEFAULTS.get(name, {}), **args})
    if name == "place" and filled["target"] not in PLACES_OF[filled["object"]]:
        places = ", ".join(PLACES_OF[filled["object"]])
        raise InputError(f"place: target '{filled['target']}' for {filled['object']}: expected one of {places}")
    return filled


def checked(kind: str, table: Mapping[str, Choices], name: str, args: Mapping[str, str]) -> dict[str, str]:
    """The arguments of a skill or a condition, or an error that lists what is valid."""
    if name not in table:
        raise InputError(f"{kind} '{name}': expected one of {', '.join(table)}")
    wanted = table[name]
    for key in args:
        if key not in wanted:
            raise InputError(f"{name}: argument '{key}': expected {', '.join(wanted) or 'no arguments'}")
    for key, valid in wanted.items():
        if key not in args:
            raise InputError(f"{name}: argument '{key}' is missing: expected one of {', '.join(valid)}")
        if args[key] not in valid:
            raise InputError(f"{name}: {key} '{args[key]}': expected one of {', '.join(valid)}")
    return dict(args)


def arms_of(name: str, args: Mapping[str, str]) -> tuple[int, ...]:
    """Numbers of the arms that a skill moves; the box may have to be put down by both."""
    both = name == "lift" or (name == "place" and args["object"] == "box")
    return (0, 1) if both else (ARMS.index(args["arm"]),)
