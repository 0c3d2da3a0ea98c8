"""How people ask: wordings to train on, and others that are held out for scoring and never trained on."""

from collections.abc import Mapping

import numpy as np

from touchloop.monitor.vlm.names import MORE_NAMES, NAMES
from touchloop.monitor.vlm.phrases import sentences

_WH = (
    *("", "", "", "", "", "tell me: ", "say ", "in the picture, ", "look closely: ", "please, ", "i wonder: "),
    *("from what you see, ", "looking at the bench, ", "hey, ", "answer this: ", "now, ", "please answer: ", "so, "),
    *("i would like to know: ", "on the bench, ", "going by the picture, ", "robot, ", "can you say: ", "one thing: "),
)
_HELD_OUT_WH = ("", "could you tell me: ", "judging from the picture, ", "quick question: ")

TRAINED: Mapping[str, tuple[str, ...]] = {
    "holding": (
        "is the {object} in the {hand}",
        "does the {hand} hold the {object}",
        "is the {hand} holding the {object}",
        "has the {hand} got the {object}",
        "is the {object} held by the {hand}",
        "does the {hand} carry the {object}",
        "the {hand} holds the {object}, right",
        "is it the {object} that the {hand} has",
        "did the {hand} grasp the {object}",
        "is there the {object} in the {hand} now",
    ),
    "holds_what": (
        "what does the {hand} hold",
        "what is in the {hand}",
        "what is the {hand} holding",
        "which object does the {hand} carry",
        "which thing is held by the {hand}",
        "what has the {hand} got",
        "name what the {hand} has",
        "what tool is in the {hand}",
        "which tool does the {hand} hold",
    ),
    "empty": (
        "is the {hand} empty",
        "is the {hand} free",
        "does the {hand} hold nothing",
        "is there nothing in the {hand}",
        "is the {hand} without any object",
        "has the {hand} no tool",
        "could the {hand} take something now",
    ),
    "who_holds": (
        "which arm holds the {object}",
        "who holds the {object}",
        "which gripper has the {object}",
        "in which hand is the {object}",
        "which robot carries the {object}",
        "who has got the {object}",
        "by which arm is the {object} held",
        "which hand is holding the {object}",
    ),
    "where": (
        "where is the {object}",
        "where can the {object} be found",
        "in which place is the {object}",
        "where does the {object} stand",
        "what is the place of the {object}",
        "where do you see the {object}",
        "where is the {object} now",
        "where did the {object} end up",
        "tell the location of the {object}",
    ),
    "at": (
        "is the {object} in the {place}",
        "is the {object} on the {place}",
        "is the {object} at the {place}",
        "does the {object} stand in the {place}",
        "does the {object} sit on the {place}",
        "has the {object} been put into the {place}",
        "was the {object} placed on the {place}",
        "do you see the {object} in the {place}",
        "the {object} is in the {place}, right",
        "is the {place} where the {object} is",
    ),
    "racked": (
        "how many tools are in the rack",
        "how many tools does the rack hold",
        "count the tools in the tool rack",
        "what is the number of tools in the tool holder",
        "how many tools stand in the rack",
        "how many pegs and wipers are in the rack",
    ),
    "hole_content": (
        "what is in the {hole}",
        "which peg is in the {hole}",
        "what does the {hole} contain",
        "which peg was put into the {hole}",
        "what stands in the {hole}",
        "what fills the {hole}",
        "name the peg in the {hole}",
    ),
    "which_hole": (
        "which hole is {form}",
        "which of the holes is {form}",
        "where is the {form} hole",
        "which plate has the {form} hole",
        "which side has the {form} hole",
        "is the {form} hole left or right",
        "which one is the {form} hole",
    ),
    "clean": (
        "is the {board} clean",
        "has the {board} been wiped clean",
        "is all ink gone from the {board}",
        "is the {board} free of ink",
        "is the {board} completely wiped",
        "has the line on the {board} been removed",
        "is there no ink left on the {board}",
        "is the ink all wiped away",
    ),
    "board": (
        "what is the state of the {board}",
        "how does the {board} look",
        "how clean is the {board}",
        "how much of the {board} has been wiped",
        "how far is the wiping of the {board}",
        "in what state is the {board}",
        "describe the ink on the {board}",
    ),
    "switched": (
        "is the {switch} on",
        "is the lamp on",
        "is the lamp of the {switch} lit",
        "does the lamp shine",
        "has the {switch} been pressed",
        "is the {switch} switched on",
        "is the indicator green",
        "does the lamp glow",
    ),
    "lifted": (
        "is the {box} lifted",
        "has the {box} been lifted",
        "is the {box} up in the air",
        "is the {box} raised",
        "is the {box} held up high",
        "was the {box} lifted off its stand",
        "is the {box} above its support",
    ),
    "near": (
        "is the {hand} near the {target}",
        "is the {hand} at the {target}",
        "is the {hand} close to the {target}",
        "is the {hand} over the {target}",
        "is the {hand} by the {target}",
        "did the {hand} go to the {target}",
        "has the {hand} reached the {target}",
        "is the {target} near the {hand}",
    ),
    "near_what": (
        "what is the {hand} near",
        "what is the {hand} at",
        "what is closest to the {hand}",
        "where is the {hand}",
        "what is the {hand} close to",
        "which thing has the {hand} reached",
        "over what is the {hand}",
        "where did the {hand} go",
    ),
    "wiping": (
        "does the {wiper} touch the {board}",
        "is the {wiper} on the {board}",
        "is the {wiper} in contact with the {board}",
        "is the {board} being wiped",
        "is the {wiper} pressed on the {board}",
        "is an arm wiping the {board}",
        "is there contact between the {wiper} and the {board}",
    ),
    "blocked": (
        "is there a ball in the way",
        "is something in the way",
        "does anything block the bench",
        "is there an obstacle",
        "do you see a ball",
        "is the way blocked",
        "is a yellow ball on the bench",
    ),
    "dark": (
        "is it dark",
        "is the light out",
        "are the lights off",
        "is the light off",
        "is the picture dark",
        "is there no light",
        "has the light failed",
    ),
    "lit": (
        "is the light on",
        "are the lights on",
        "is it bright",
        "is there light",
        "is the bench lit",
        "does the light work",
        "is the picture bright",
    ),
    "moved": (
        "did the {object} move between the pictures",
        "has the {object} moved",
        "was the {object} moved",
        "is the {object} at another place than before",
        "did the {object} change its place",
        "is the {object} elsewhere in the second picture",
        "has the place of the {object} changed",
        "did anyone move the {object}",
    ),
    "arm_moved": (
        "did the {hand} move between the pictures",
        "has the {hand} moved",
        "did the {hand} change its place",
        "is the {hand} at another place than before",
        "is the {hand} elsewhere in the second picture",
        "has the place of the {hand} changed",
    ),
    "was_where": (
        "where was the {object}",
        "where was the {object} before",
        "where was the {object} in the first picture",
        "where did the {object} stand before",
        "in which place was the {object} at first",
        "where was the {object} in the earlier picture",
        "from where did the {object} come",
    ),
    "took": (
        "did the {hand} take something between the pictures",
        "has the {hand} grasped something",
        "did the {hand} pick something up",
        "has the {hand} taken hold of something new",
        "does the {hand} hold something that it did not hold before",
        "did the {hand} get a tool or the box",
    ),
    "let_go": (
        "did the {hand} let something go between the pictures",
        "has the {hand} released something",
        "did the {hand} drop something",
        "did the {hand} lose what it held",
        "has the {hand} put something down",
        "did the {hand} let go of what it held",
    ),
    "went_on": (
        "did the lamp go on between the pictures",
        "was the {switch} switched on between the pictures",
        "has the lamp come on",
        "did somebody switch the {switch} on",
        "did the lamp change from off to on",
        "has the {switch} gone on since the first picture",
    ),
    "went_off": (
        "did the lamp go off between the pictures",
        "was the {switch} switched off between the pictures",
        "has the lamp gone off",
        "did somebody switch the {switch} off",
        "did the lamp change from on to off",
        "has the {switch} gone off since the first picture",
    ),
    "wiped": (
        "has ink been wiped off between the pictures",
        "is there less ink than before",
        "was the {board} wiped between the pictures",
        "did the ink get less",
        "is the {board} cleaner than before",
        "did the {board} become cleaner",
    ),
    "went_dark": (
        "did the light go out between the pictures",
        "has it become dark",
        "did it get dark",
        "was the light switched off between the pictures",
        "is it darker than before because the light went out",
        "did the lights fail since the first picture",
    ),
}
HELD_OUT: Mapping[str, tuple[str, ...]] = {
    "holding": ("do you see the {object} in the {hand}", "is the {hand} carrying the {object} now"),
    "holds_what": ("what object is the {hand} carrying", "tell me the thing in the {hand}"),
    "empty": ("is nothing held by the {hand}", "is the {hand} free of any tool"),
    "who_holds": ("which of the arms is holding the {object}", "whose hand has the {object}"),
    "where": ("at which place do you find the {object}", "what is the location of the {object} now"),
    "at": ("has the {object} been placed in the {place}", "can the {object} be seen at the {place}"),
    "racked": ("how many of the tools can be found in the rack", "what number of tools stands in the tool rack"),
    "hole_content": ("what has been put into the {hole}", "tell me which peg stands in the {hole}"),
    "which_hole": ("on which side is the {form} hole", "of the holes, which one is {form}"),
    "clean": ("is the {board} wiped clean of all ink", "has all the ink on the {board} been removed"),
    "board": ("what does the {board} look like", "how far has the {board} been wiped"),
    "switched": ("is the lamp lit", "does the {switch} have its lamp on"),
    "lifted": ("is the {box} raised above its stand", "do the arms hold the {box} up in the air"),
    "near": ("has the {hand} gone close to the {target}", "do you see the {hand} at the {target}"),
    "near_what": ("which thing is the {hand} close to", "tell me what the {hand} is near"),
    "wiping": ("is the {wiper} touching the {board}", "do the {wiper} and the {board} touch"),
    "blocked": ("is a ball blocking the way", "do you see an obstacle on the bench"),
    "dark": ("has the light gone out", "is it dark in the picture"),
    "lit": ("are the lights of the bench on", "is it bright in the picture"),
    "moved": ("has the {object} changed place since the first picture", "is the {object} not where it was before"),
    "arm_moved": ("has the {hand} changed place since the first picture", "is the {hand} not where it was before"),
    "was_where": ("what was the place of the {object} before", "in the earlier picture, where is the {object}"),
    "took": ("has the {hand} picked up something since the first picture", "did the {hand} grasp something new"),
    "let_go": ("has the {hand} dropped what it held", "did the {hand} release something since the first picture"),
    "went_on": ("has the lamp gone from off to on", "was the lamp switched on since the first picture"),
    "went_off": ("has the lamp gone from on to off", "was the lamp switched off since the first picture"),
    "wiped": ("has the {board} got cleaner since the first picture", "did ink go away between the pictures"),
    "went_dark": ("has the light gone out since the first picture", "did it become dark between the pictures"),
}


UNFOLDED = 0.7
"""Share of training questions from the patterns of ``phrases``."""
ALONE = ("board", "switch", "box", "wiper", "rack")
"""What questions name though it is no argument; the last in training only."""
USUAL = 0.4
"""Share of names that are the usual ones."""


def word(kind: str, args: Mapping[str, str], rng: np.random.Generator, held_out: bool) -> str:
    """A question in words; ``held_out`` ones use sentences, openings and names that training never does."""
    templates = (HELD_OUT if held_out else TRAINED)[kind]
    if not held_out and rng.random() < UNFOLDED:
        templates = sentences(kind, HELD_OUT[kind])
    values = dict(args)
    if "side" in values:
        values["hand"] = f"{values['side']}_hand"
    values |= {name: name for name in (ALONE[:-1] if held_out else ALONE)}
    text = templates[int(rng.integers(len(templates)))].format(
        **{key: _name(value, rng, held_out) for key, value in values.items() if value in NAMES}
    )
    opening = str(rng.choice(_HELD_OUT_WH if held_out else _WH))
    ending = str(rng.choice(["?", "?", "", "."]))
    return f"{opening}{text}{ending}"


def _name(value: str, rng: np.random.Generator, held_out: bool) -> str:
    trained, others = NAMES[value]
    # Held-out sentences use known and unknown names alike.
    if held_out:
        return str(rng.choice(others if rng.random() < 0.5 else trained))
    return str(rng.choice(trained if rng.random() < USUAL else (*trained, *MORE_NAMES.get(value, ()))))
