"""What a picture of the bench says, as a fixed list of facts, each with a few values."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

TIMES = 2
"""Pictures have so many times the overview camera's width and height: the forms of pegs and holes need it."""
HIDDEN = "hidden"
"""The picture does not show it."""
OPEN_HAND, FULL_HAND = "nothing", ("wiper", "round_peg", "square_peg", "box")
NEAR = ("nothing", "board", "rack", "left_hole", "right_hole", "switch", "box", "tray", "shelf")
TOOL_PLACES = ("left_hand", "right_hand", "rack", "left_hole", "right_hole", "tray", "elsewhere", HIDDEN)
BOX_PLACES = ("stand", "tray", "shelf", "left_hand", "right_hand", "both_hands", "elsewhere", HIDDEN)
FACTS: Mapping[str, tuple[str, ...]] = {
    "wiper": TOOL_PLACES,
    "round_peg": TOOL_PLACES,
    "square_peg": TOOL_PLACES,
    "box": BOX_PLACES,
    "left_hand": (OPEN_HAND, *FULL_HAND, HIDDEN),
    "right_hand": (OPEN_HAND, *FULL_HAND, HIDDEN),
    "left_hole": ("nothing", "round_peg", "square_peg", HIDDEN),
    "right_hole": ("nothing", "round_peg", "square_peg", HIDDEN),
    "form": ("left_hole", "right_hole", HIDDEN),
    "board": ("inked", "half", "clean", HIDDEN),
    "switch": ("off", "on", HIDDEN),
    "lifted": ("no", "yes", HIDDEN),
    "left_near": NEAR,
    "right_near": NEAR,
    "wiping": ("no", "yes"),
    "ball": ("no", "yes", HIDDEN),
    "light": ("off", "on"),
}
"""``form`` is which hole is round; a near thing is at most 10 cm from the arm's end; ``wiping``: the wiper is on the
board; ``ball``: something is in the way."""
NAMES = tuple(FACTS)
SIZES = tuple(len(values) for values in FACTS.values())
STARTS = tuple(int(n) for n in np.cumsum((0, *SIZES)))
"""Where each fact's values begin in a vector of all of them; the last is its length."""
LANDMARKS = (
    *("wiper", "round_peg", "square_peg", "box", "left_hand", "right_hand", "board"),
    *("left_hole", "right_hole", "switch", "tray", "shelf", "rack"),
)
"""What has a place in the picture."""
MOVABLE = LANDMARKS[:6]
"""Those of them that move."""


@dataclass(frozen=True, slots=True)
class Seen:
    """The truth about one picture."""

    facts: dict[str, str]
    """A value of each fact; in the dark all but the light are hidden, or what is usual where there is no such value."""
    pixels: np.ndarray
    """(landmarks, 2) column and row in the picture; NaN outside."""
    positions: np.ndarray
    """(movable, 3) in the world [m]."""

    def codes(self) -> np.ndarray:
        """(facts,) int64: index of each value."""
        return np.array([FACTS[name].index(self.facts[name]) for name in NAMES])


def from_codes(codes: np.ndarray) -> dict[str, str]:
    """The inverse of ``Seen.codes``."""
    return {name: FACTS[name][int(code)] for name, code in zip(NAMES, codes, strict=True)}
