"""The names of arms, objects and places that programs, planners and pictures share."""

ARMS = ("left", "right")
PEGS = ("round_peg", "square_peg")
TOOLS = ("wiper",)
GRASPABLE = (*TOOLS, *PEGS, "box")
OBJECTS = ("board", "switch", *GRASPABLE)
HOLES = ("left_hole", "right_hole")
TARGETS = (*HOLES, "rack", "tray", "shelf")
HOME = "home"
"""Where an arm rests. Only arms can be there, so it is no target."""
FORMS = ("round", "square")
PLACES_OF = {
    "wiper": ("rack", "tray"),
    "round_peg": ("rack", "tray"),
    "square_peg": ("rack", "tray"),
    "box": ("shelf", "tray"),
}
"""Where an object can be put; first where it goes when a hand must be emptied."""


def form_of(peg: str) -> str:
    """'round' or 'square'."""
    return peg.removesuffix("_peg")


def peg_of(form: str) -> str:
    """The peg of a form."""
    return f"{form}_peg"


def other_arm(arm: str) -> str:
    """The arm on the other side."""
    return ARMS[1 - ARMS.index(arm)]
