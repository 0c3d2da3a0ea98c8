"""Patterns of what follows an introduction such as "tell me whether"; see ``phrases``."""

from collections.abc import Mapping, Sequence

from touchloop.monitor.vlm.phrases_change import CHANGE_CLAUSES

CLAUSES: Mapping[str, Sequence[str]] = {
    "holding": (
        "the {hand} (holds|has|carries|grips|is holding) the {object} <NOW>",
        "the {object} is (in|held by|gripped by|with) the {hand}",
    ),
    "holds_what": (
        "what the {hand} (holds|has|carries|grips|has got|is holding) <NOW>",
        "(what|which <THING>) is (in|held by|carried by) the {hand}",
        "which <THING> the {hand} (holds|has|carries|grips)",
    ),
    "empty": (
        "the {hand} is (empty|free|unoccupied|without load|not holding anything) <NOW>",
        "the {hand} (holds|has|carries) nothing <NOW>",
        "(there is nothing|nothing is) in the {hand}",
    ),
    "who_holds": (
        "which <ARM> (holds|has|carries|grips) the {object} <NOW>",
        "who (holds|has|carries|is holding) the {object} <NOW>",
        "in which (hand|gripper) the {object} is",
    ),
    "where": (
        "where the {object} (is|stands|lies|can be found|has been put|has gone|sits) <NOW>",
        "in which <PLACE> the {object} is",
        "the (place|position|whereabouts) of the {object}",
    ),
    "at": (
        "the {object} (is|stands|lies|sits|rests) (in|on|at) the {place} <NOW>",
        "the {place} (holds|contains|has) the {object}",
        "the {object} has been put (into|on|in) the {place}",
    ),
    "racked": (
        "how many (tools|things|items) (are|stand|sit|remain) in the {rack} <NOW>",
        "how many (tools|things) the {rack} (holds|has|contains)",
        "the (number|count) of tools in the {rack}",
    ),
    "hole_content": (
        "(what|which peg|which pin) (is|sits|has been put|was inserted) in the {hole}",
        "(what|which peg) the {hole} (holds|contains|has)",
    ),
    "which_hole": (
        "which (hole|plate|opening|one of the holes) is {form}",
        "which (side|plate) has the {form} (hole|opening)",
        "(where|at which side) the {form} (hole|opening) is",
    ),
    "clean": (
        "the {board} is (clean|spotless|free of ink|fully wiped|wiped clean|without ink) <NOW>",
        "(all|all the|all of the) ink is gone [from the {board}]",
        "there is no ink left on the {board}",
        "the {board} has been (cleaned|wiped clean)",
    ),
    "board": (
        "how (clean|far wiped|dirty) the {board} is <NOW>",
        "how much of the {board} (is|has been) wiped",
        "in what (state|condition) the {board} is",
        "how the {board} looks",
        "the (state|condition) of the {board}",
        "how much ink is left on the {board}",
    ),
    "switched": (
        "the <LAMP> is (on|lit|shining|glowing|green) <NOW>",
        "the {switch} is (on|switched on|turned on|active) <NOW>",
        "the {switch} has been pressed",
        "the lamp (shines|glows|burns) <NOW>",
    ),
    "lifted": (
        "the {box} is (lifted|raised|in the air|up in the air|held up|off its stand) <NOW>",
        "the {box} has been (lifted|raised) [up]",
        "the arms (hold|keep) the {box} up",
    ),
    "near": (
        "the {hand} is (near|at|close to|over|by|next to|beside) the {target} <NOW>",
        "the {hand} has (reached|come to|gone to|approached) the {target}",
    ),
    "near_what": (
        "what the {hand} is (by|next to|close to|over|at) <NOW>",
        "where the {hand} (is|has gone|hovers) <NOW>",
        "(what|which thing) is (near|close to|next to|by) the {hand}",
    ),
    "wiping": (
        "the {wiper} (touches|is on|presses on|rests on|is in contact with) the {board} <NOW>",
        "the {board} is being (wiped|rubbed)",
        "an arm (wipes|is wiping|is cleaning) the {board}",
    ),
    "blocked": (
        "something (is in the way|blocks the way|blocks the arms)",
        "there is (a ball|an obstacle|something|an object) in the way",
        "(the way|the path) is (blocked|obstructed)",
        "a ball (is|lies) in the way",
        "there is an obstacle",
    ),
    "dark": (
        "it is (dark|pitch dark|too dark) <NOW>",
        "(the light is|the lights are) (out|off|switched off) <NOW>",
        "there is no light",
        "the (bench|picture|scene) is dark",
        "the light (has failed|does not work)",
    ),
    "lit": (
        "(the light is|the lights are) (on|switched on|working) <NOW>",
        "it is (bright|light|bright enough) <NOW>",
        "there is (light|enough light)",
        "the (bench|scene) is lit",
        "the light works",
    ),
    **CHANGE_CLAUSES,
}
"""What follows an introduction."""
