"""How people call things: in training, and other names that are held out for scoring."""

from collections.abc import Mapping

NAMES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "left_hand": (("left gripper", "left hand", "left arm", "left robot"), ("left robot arm", "gripper on the left")),
    "right_hand": (
        ("right gripper", "right hand", "right arm", "right robot"),
        ("right robot arm", "gripper on the right"),
    ),
    "wiper": (("wiper", "wiping tool", "board wiper"), ("wiper tool", "tool for wiping")),
    "round_peg": (("round peg", "round pin", "cylindrical peg", "peg with the round end"), ("peg that is round",)),
    "square_peg": (("square peg", "square pin", "angular peg", "peg with the square end"), ("peg that is square",)),
    "box": (("box", "carton", "package"), ("striped box", "box with the stripe")),
    "rack": (("rack", "tool rack", "tool holder"), ("rack for the tools",)),
    "tray": (("tray",), ("tray for things",)),
    "shelf": (("shelf",), ("shelf for the box",)),
    "stand": (("stand", "support", "column"), ("support column",)),
    "left_hole": (("left hole", "left plate", "hole on the left"), ("left one of the holes",)),
    "right_hole": (("right hole", "right plate", "hole on the right"), ("right one of the holes",)),
    "board": (("board", "whiteboard"), ("white board",)),
    "switch": (("switch", "button"), ("push switch",)),
    "round": (("round", "circular"), ("round",)),
    "square": (("square", "angular"), ("square",)),
}
"""By argument: words in training, and held-out ones beside them."""
MORE_NAMES: Mapping[str, tuple[str, ...]] = {
    "left_hand": (
        "left manipulator",
        "left robot hand",
        "arm at left",
    ),
    "right_hand": (
        "right manipulator",
        "right robot hand",
        "arm at right",
    ),
    "wiper": (
        "eraser",
        "sponge",
        "cleaning tool",
        "wiper head",
    ),
    "round_peg": (
        "round plug",
        "circular peg",
        "round rod",
    ),
    "square_peg": (
        "square plug",
        "squared peg",
        "square rod",
    ),
    "box": (
        "parcel",
        "crate",
        "cardboard box",
        "container",
    ),
    "rack": (
        "holder of the tools",
        "rack of tools",
    ),
    "tray": (
        "flat tray",
        "tray plate",
    ),
    "shelf": (
        "ledge",
        "shelf plate",
    ),
    "stand": (
        "pedestal",
        "post",
        "box stand",
    ),
    "left_hole": (
        "left socket",
        "left opening",
        "socket on the left",
    ),
    "right_hole": (
        "right socket",
        "right opening",
        "socket on the right",
    ),
    "board": (
        "writing board",
        "drawing board",
    ),
    "switch": (
        "push button",
        "toggle",
    ),
    "round": ("rounded",),
    "square": ("squared",),
}
"""Other words, in training only."""
