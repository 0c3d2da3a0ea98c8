"""How people may ask each kind of question: patterns that unfold into the many sentences of the training.

``(a|b)`` is one of several, ``[a|b]`` one of several or nothing, ``<NAME>`` a group from ``GROUPS``. Clauses follow an
introduction such as "tell me whether". No sentence is kept that is a held-out one but for a word.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from touchloop.monitor.vlm.clauses import CLAUSES
from touchloop.monitor.vlm.phrases_change import CHANGE_DIRECT

MOST, TRIES = 700, 1400
"""Sentences of a kind, and how often patterns are unfolded to find them."""
LEAST_CHANGES = 2
"""Words by which a sentence differs from each held-out one of its kind."""
GROUPS: Mapping[str, str] = {
    "NOW": "[now|right now|currently|at the moment|at present|in this picture]",
    "SINCE": "(between the pictures|between the two pictures|in between|from the first picture to the second"
    "|compared with before|compared to the earlier picture|since the earlier picture|in the meantime|meanwhile)",
    "BEFORE": "(before|at first|earlier|previously|originally|at the start|in the first picture|in the picture before)",
    "SEE": "(do you see|can you see|do you notice|can you make out|do you find)",
    "THING": "(thing|object|item|tool)",
    "SOMETHING": "(something|a thing|an object|anything|a tool)",
    "SOMEONE": "(someone|somebody|an arm|a gripper|the robot|anybody)",
    "ARM": "(arm|gripper|hand|robot|manipulator)",
    "PLACE": "(place|spot|location|position)",
    "LAMP": "(lamp|indicator|signal lamp|indicator lamp|led)",
    "INK": "(ink|line|stroke|drawing|mark)",
    "IF": "(tell me|say|check|i want to know|can you tell|find out|let me know|please check|see) (if|whether)",
    "THAT": "(is it true|would you say|do you think|is it right|is it the case|am i right|can you confirm) that",
    "TELL": "(tell me|say|please tell me|i want to know|can you say|do you know|let me know|report|find out)",
}
DIRECT: Mapping[str, Sequence[str]] = {
    "holding": (
        "does the {hand} (hold|have|grip|grasp|carry|keep|clasp|hold on to) the {object} <NOW>",
        "is the {hand} (gripping|grasping|clasping|keeping|carrying|holding on to) the {object} <NOW>",
        "has the {hand} (grasped|grabbed|gripped|taken|got hold of|picked up) the {object}",
        "is the {object} (gripped|carried|grasped|kept|clasped|grabbed|taken) by the {hand} <NOW>",
        "is the {object} (inside|within|between the fingers of|in the grip of|with) the {hand} <NOW>",
        "is the {object} (what|the <THING>) the {hand} (holds|has|carries|grips)",
        "is the <THING> in the {hand} the {object}",
        "is the {hand} the one (with|that has|that holds|that carries) the {object}",
        "does the {object} (hang|sit|stay) in the {hand}",
        "is it the {hand} that (has|holds|carries) the {object}",
    ),
    "holds_what": (
        "(what|which <THING>|what <THING>) does the {hand} (have|grip|carry|grasp|keep|clasp|hold on to) <NOW>",
        "(what|which <THING>) is the {hand} (gripping|grasping|keeping|clasping|carrying|holding on to) <NOW>",
        "(what|which <THING>|what <THING>) is (inside|within|gripped by|carried by|grasped by) the {hand}",
        "(what|which <THING>) (sits|hangs|is found|can be seen|is kept) in the {hand} <NOW>",
        "(name|identify|report|show) (the <THING>|what is) (in|held by|carried by|gripped by) the {hand}",
        "the {hand} (holds|has|carries) (what|which <THING>)",
        "with (what|which <THING>) is the {hand} (busy|loaded|filled)",
        "what has the {hand} (grasped|gripped|grabbed|taken|picked up)",
        "what did the {hand} (take|grab|pick up|grasp)",
        "what is (there|it that is) in the {hand} <NOW>",
        "if anything, what does the {hand} (hold|have|carry)",
        "what kind of <THING> (is in|is held by|does one see in) the {hand}",
        "(which|what) is the <THING> (in|held by|carried by) the {hand}",
        "the <THING> in the {hand} is (what|which one)",
        "(what|which <THING>) (is carried|is held|is kept|is gripped) in the {hand} <NOW>",
    ),
    "empty": (
        "is the {hand} (unoccupied|unloaded|vacant|available|bare|free now|all empty) <NOW>",
        "is the {hand} without (a tool|anything|load|an object|a thing) <NOW>",
        "does the {hand} (carry|have|grip|grasp|keep) nothing <NOW>",
        "has the {hand} [got] (nothing|not a thing|no object|no load|nothing in it) <NOW>",
        "is there (no tool|no object|not anything|no thing|not a thing) in the {hand} <NOW>",
        "is nothing (in|inside|within|at) the {hand} <NOW>",
        "is the {hand} not (holding|carrying|gripping) (anything|a thing|any object) <NOW>",
        "is the {hand} ready to (take|grasp|pick up|grab) (something|a tool|a thing)",
        "could the {hand} (pick up|grasp|grab|hold|carry) (something|a thing|a tool) now",
        "does nothing (sit|hang|stay) in the {hand}",
    ),
    "who_holds": (
        "(which|what) <ARM> (has|carries|grips|grasps|keeps|has got|has hold of|is carrying) the {object} <NOW>",
        "who (has|carries|grips|grasps|keeps|is holding|is carrying|has hold of|took) the {object} <NOW>",
        "(in|inside|with) (which|what) (arm|gripper|robot|manipulator) is the {object} <NOW>",
        "by (which|what) (gripper|hand|robot|manipulator) is the {object} (held|carried|gripped|kept)",
        "is the {object} (held|carried|gripped|kept) by the left or [by] the right <ARM>",
        "is the {object} in the left or [in] the right (hand|gripper)",
        "left or right: (who|which <ARM>) (has|holds|carries) the {object}",
        "does the left or the right <ARM> (hold|have|carry|grip) the {object}",
        "in whose (gripper|grip|fingers) is the {object}",
        "which of the (two|two arms|grippers|hands|robots) (has|holds|carries|grips) the {object}",
        "(who|what|whom) is the {object} (held|carried|gripped) by",
        "(name|identify) the <ARM> (with|that has|that holds|that carries) the {object}",
        "(which|what) (one|side) (has|holds|carries|is holding|has got) the {object} <NOW>",
        "(which|what) of the (arms|two hands|manipulators) (carries|has got|grips) the {object} <NOW>",
        "to (which|what) <ARM> does the {object} (belong|stick) <NOW>",
        "with (whom|which <ARM>|what <ARM>) is the {object} <NOW>",
        "whose (grip|fingers|palm) (is around|holds|keeps) the {object}",
    ),
    "where": (
        "where (do you|can you|can i|can one|would you) (find|see|spot|locate) the {object} <NOW>",
        "where (on the bench|in the picture|exactly) is the {object} <NOW>",
        "(in|at|on) (what|which) <PLACE> is the {object} <NOW>",
        "(what|which) <PLACE> is the {object} (in|at)",
        "what is the (position|spot|whereabouts|current place|present place) of the {object}",
        "where does the {object} (lie|sit|rest|stay) <NOW>",
        "where is the {object} (kept|placed|located|standing|lying|resting|to be found|sitting) <NOW>",
        "where has the {object} (been put|been placed|gone|been left|ended up)",
        "(locate|find|spot|look for) the {object}",
        "the {object} is where",
        "on what does the {object} (stand|lie|rest|sit)",
        "(give|report|name|state) the <PLACE> of the {object}",
        "(which|what) is the <PLACE> of the {object} <NOW>",
        "in (which|what) part of the bench is the {object}",
    ),
    "at": (
        "is the {object} (inside|within|upon|put into|lying on|standing in|standing on|resting on) the {place}",
        "is the {object} (sitting in|kept in|located at|to be found in|put on|left on|stuck in) the {place} <NOW>",
        "does the {object} (lie|rest|stay|sit|stand) (in|on|at) the {place} <NOW>",
        "has the {object} been (put|laid|set|moved|stored|inserted|left) (in|on|into|on to|at) the {place}",
        "<SEE> the {object} (on|at|inside|in) the {place}",
        "is the {place} (holding|carrying|occupied by|filled by|taken by) the {object}",
        "does the {place} (hold|contain|carry|have|keep) the {object} <NOW>",
        "can (you|one) find the {object} (in|on|at) the {place}",
        "is it the {object} that is (in|on|at) the {place}",
        "is the <PLACE> of the {object} the {place}",
        "did <SOMEONE> (put|place|set|leave) the {object} (in|on|into) the {place}",
        "(can one see|does the picture show) the {object} (in|on) the {place}",
        "was the {object} (put|set|laid|left|stored) (in|on|into) the {place}",
    ),
    "racked": (
        "how many (tools|things|pegs and wipers|items) (are|stand|sit|are left|are kept|remain) in the {rack} <NOW>",
        "how many tools (are there|do you see|do you count|can you see|would you count) in the {rack}",
        "how many (tools|things|items) does the {rack} (contain|have|keep|carry|hold) <NOW>",
        "count the (tools|things|items) (that are|standing|left|kept|sitting) in the {rack}",
        "(give|tell|report) [me] the (number|count) of (tools|things|items) in the {rack}",
        "what is the (count|total|number) of (tools|things|items) in the {rack} <NOW>",
        "how many (slots|places) of the {rack} (are taken|are filled|have a tool)",
        "the {rack} (holds|has|contains) how many (tools|things)",
        "with how many tools is the {rack} filled",
        "how many tools (have a|are in their) place in the {rack}",
    ),
    "hole_content": (
        "(what|which peg|what peg|which thing|which pin) (sits|is inserted|is seated|is plugged) in the {hole} <NOW>",
        "(what|which peg|which pin|which tool) (was|is|has been) (inserted|pushed|plugged|placed) (in|into) the {hole}",
        "what does the {hole} (hold|have in it|have inside|keep) <NOW>",
        "which (peg|pin|tool) does the {hole} (hold|contain|have) <NOW>",
        "what (occupies|plugs|closes|is inside|is within|takes up) the {hole} <NOW>",
        "(with|by) (what|which peg) is the {hole} (filled|plugged|occupied|taken)",
        "(what|which) (peg|pin) can be seen in the {hole}",
        "is there a (peg|pin) in the {hole}, and which [one]",
        "the {hole} (holds|contains|has) (what|which peg|which pin)",
        "(identify|report|show) (what is|the pin|the thing|the object|the peg) in the {hole}",
        "what did <SOMEONE> (put|insert|push|stick) into the {hole}",
    ),
    "which_hole": (
        "(which|what) (plate|socket|opening|side) is [the] {form} [one]",
        "which (hole|socket|opening) is the {form} one",
        "which of the (two holes|plates|sockets|openings|two plates) is [the] {form} [one]",
        "where is the (hole|socket|opening) that is {form}",
        "where is the {form} (one|socket|opening)",
        "(at|to) (which|what) (side|end|hand) is the {form} (socket|opening|hole|one)",
        "is the {form} (socket|one|opening|hole) (on the left or on the right|the left or the right one|left or right)",
        "is [it] the left or the right (hole|plate|socket) [that is] {form}",
        "left or right: which hole is {form}",
        "which (plate|side) (is with|carries|holds|comes with|bears) (a|the) {form} (hole|opening)",
        "(find|point out|locate|identify|show) the {form} (hole|opening|socket)",
        "which (hole|opening) has (a|the) {form} (form|shape|outline)",
        "which (hole|opening|plate) (looks|seems|appears) {form}",
        "the {form} hole is (which one|where|on which side)",
    ),
    "clean": (
        "is the {board} (spotless|free from ink|without ink|all clean|fully wiped|totally clean|wiped off|bare) <NOW>",
        "is (all of the|every bit of|all the) <INK> (gone|away|removed|wiped off|erased) [from the {board}]",
        "has (all|every bit of|all of the) ink been (wiped off|wiped away|erased|cleaned off) [from the {board}]",
        "has the {board} been [fully|completely|wholly] (cleaned|erased|cleared)",
        "has the {board} been (fully|completely|wholly) wiped",
        "has the <INK> (been wiped off|been erased|gone|vanished|disappeared) [from the {board}] completely",
        "is the <INK> [all|completely] (gone|erased|wiped off) from the {board}",
        "is there no (line|mark|stroke|trace of ink) (left|any more) on the {board}",
        "is no ink (left|to be seen) on the {board} <NOW>",
        "does the {board} (show|have|bear) no (ink|mark|line) [any more|at all]",
        "is the (wiping|cleaning) of the {board} (done|finished|complete)",
        "did <SOMEONE> wipe the {board} clean",
    ),
    "board": (
        "(what|which) (condition|state) is the {board} in <NOW>",
        "in which (condition|state) is the {board} <NOW>",
        "what is the (condition|status|present state) of the {board} <NOW>",
        "how (inked|dirty|wiped|far wiped|well wiped|well cleaned) is the {board} <NOW>",
        "how much (ink|of the ink|of the line) is (left|still there|still) on the {board}",
        "how (complete|advanced|far along) is the (cleaning|wiping) of the {board}",
        "to what (degree|extent) is the {board} (clean|wiped|cleaned)",
        "(describe|report|give|state) the (state|condition) of the {board}",
        "is the {board} (clean, partly wiped or not wiped|not wiped, half wiped or clean|inked, half wiped or clean)",
        "has the {board} been wiped (not at all, partly or fully|fully, partly or not at all)",
        "how does the ink on the {board} look",
        "what (share|part) of the {board} (is|has been) (wiped|cleaned)",
        "what (remains|is left) of the <INK> on the {board}",
        "how far (has the wiping of the {board} come|did the cleaning of the {board} get|along is the wiping)",
    ),
    "switched": (
        "is the (indicator|signal lamp|led) (shining|glowing|green|switched on|turned on|burning|illuminated) <NOW>",
        "is the lamp (switched on|turned on|at the {switch} on|by the {switch} on) <NOW>",
        "does the (indicator|lamp|led|signal lamp) (burn|glow|shine|show green|give light) <NOW>",
        "is the {switch} (turned on|activated|pressed in|engaged|active|enabled|in the on position) <NOW>",
        "has the {switch} been (turned on|activated|pushed|actuated|pushed in|operated)",
        "does the {switch} (glow|show green|show on|stand on on)",
        "is the green (lamp|indicator) (on|to be seen|shining)",
        "is the {switch} in the on state",
        "is the <LAMP> of the {switch} (on|glowing|green|shining|burning)",
        "<SEE> (a green|a glowing|a shining) lamp [at the {switch}]",
    ),
    "lifted": (
        "is the {box} (off its stand|off its support|up|high up|hovering|in the air|aloft|elevated|hoisted) <NOW>",
        "is the {box} (held aloft|held up|raised up|lifted up|lifted off|in midair|hanging in the air) <NOW>",
        "has the {box} been (raised|hoisted|taken off its stand|elevated|heaved up|lifted up)",
        "did (the arms|they|the grippers|the robots|someone) (lift|raise|hoist|heave) the {box} [up]",
        "does the {box} (hover|hang|float) [up] in the air",
        "is the {box} being (lifted|raised|held up|carried in the air)",
        "do (both arms|the grippers|the hands) (hold|keep|have) the {box} [lifted] up",
        "is there air (under|below|beneath) the {box}",
        "has the {box} left its (stand|support|column)",
        "is the {box} higher than its (stand|support|column)",
    ),
    "near": (
        "is the {hand} (beside|next to|around|above|right at|right by|within reach of|not far from) the {target} <NOW>",
        "is the {hand} (hovering over|positioned at|located at|in the vicinity of|nearby) the {target} <NOW>",
        "has the {hand} (gone|come|moved|travelled|got) (to|up to|near|over) the {target}",
        "did the {hand} (reach|approach|come to|arrive at|come near|get to|move to|get close to) the {target}",
        "has the {hand} (approached|arrived at|come close to|got to) the {target}",
        "does the {hand} (hover|stay|wait|stand|hang) (over|at|by|near|above) the {target} <NOW>",
        "<SEE> the {hand} (near|by|over|close to|next to|beside) the {target}",
        "is the {target} (close to|next to|beside|by|under|within reach of) the {hand} <NOW>",
        "is the {target} where the {hand} is",
        "is the {hand} where the {target} is",
        "is it the {target} that the {hand} is (near|at|close to|next to)",
        "are the {hand} and the {target} close (together|to each other)",
    ),
    "near_what": (
        "(what|which thing|which place|which object) is (near|next to|beside|by|nearest to) the {hand} <NOW>",
        "(what|which part|which place) is the {hand} (next to|beside|over|by|above|hovering over|nearest to) <NOW>",
        "(at|by|near|beside|next to|above|close to) (what|which thing|which place) is the {hand} <NOW>",
        "what has the {hand} (reached|approached|come to|gone to|come near)",
        "what did the {hand} (reach|approach|come to|go to|get to)",
        "where (has the {hand} gone|does the {hand} hover|do you see the {hand}|does the {hand} stay)",
        "where (can the {hand} be found|is the {hand} positioned|is the {hand} now|is the {hand} located)",
        "where on the bench is the {hand} <NOW>",
        "(what|which) <PLACE> is the {hand} (in|at)",
        "to (what|which place|which thing) (has the {hand} gone|did the {hand} go|has the {hand} moved)",
        "(locate|find|spot) the {hand}",
        "what (lies|stands|is) (close to|beside|near|below) the {hand}",
    ),
    "wiping": (
        "does the {wiper} (contact|press on|rest on|lie on|meet|rub|sit on|press against|scrub) the {board} <NOW>",
        "is the {wiper} (pressed against|against|in touch with|resting on|moving on|held on) the {board} <NOW>",
        "is (someone|the robot|one of the arms|a hand|a gripper) (wiping|cleaning|rubbing) the {board} <NOW>",
        "is the {board} (in contact with|in touch with|touched by|rubbed by|being cleaned by) the {wiper} <NOW>",
        "is the {board} being (cleaned|rubbed|scrubbed|worked on) <NOW>",
        "has the {wiper} (touched down on|contact with|contact to|come down on|been put on) the {board}",
        "are the {wiper} and the {board} (touching|in contact|in touch) <NOW>",
        "is there (touch|a touch|pressure) between the {wiper} and the {board}",
        "<SEE> the {wiper} (touching|on|pressed against|rubbing) the {board}",
        "is wiping (going on|in progress|under way) <NOW>",
        "does (an arm|a hand|a gripper|the robot) (wipe|clean|rub) the {board} <NOW>",
    ),
    "blocked": (
        "is there (something|anything|a thing|an object|a ball) (in the way|that blocks the way|that is in the way)",
        "is there (a yellow ball|an obstruction|a foreign object|a hindrance|any obstacle|a ball) [on the bench] <NOW>",
        "(do|can) you (see|notice|find|make out) (a yellow ball|any obstacle|an obstruction|a sphere)",
        "does (something|anything|a ball|an object) (stand|lie|sit|hang) in the way",
        "does (something|a ball|an obstacle) (block|obstruct|hinder|bar) (the way|the arms|the path|the work)",
        "is (the path|the bench|the workspace|the work) (obstructed|blocked|not free|barred) [by something|by a ball]",
        "is (an object|something|an obstacle) (blocking|obstructing|hindering|barring) (the path|the arms|the work)",
        "is the way not (clear|free)",
        "has (a ball|something|an object) (got|come|rolled|been put) (in|into) the way",
        "are the arms (blocked|obstructed|hindered) [by something|by a ball]",
        "does a yellow (ball|sphere) (lie|sit|stand) on the bench",
    ),
    "dark": (
        "is (everything|all|the scene|the bench|the room) (dark|pitch dark|black|unlit|too dark|without light) <NOW>",
        "is it (pitch dark|black|unlit|too dark|all dark|too dark to see) <NOW>",
        "are the lights (out|down|switched off|turned off|dead|not on) <NOW>",
        "is the (light|lighting|illumination|bench light) (switched off|turned off|down|dead|missing|not on) <NOW>",
        "is there (darkness|no lighting|no illumination|a blackout) <NOW>",
        "is the (picture|image|view|photo) (black|too dark|all black|unlit)",
        "do we (lack|have no) light <NOW>",
        "does the light not work",
        "did the (light|lights|lighting) (fail|break down)",
        "has the (lighting|illumination|lamp of the room) (failed|broken down|stopped)",
        "are we in the dark",
        "is the (bench|table|scene) (in the dark|without any light|in darkness) <NOW>",
    ),
    "lit": (
        "are the lights (switched on|turned on|burning|working|up) <NOW>",
        "is the (light|lighting|illumination|bench light) (switched on|turned on|working|burning|up|there) <NOW>",
        "is (the bench|everything|the scene|the room|the table) (lit|illuminated|bright|well lit|lit up) <NOW>",
        "is there (enough light|lighting|illumination|any light|light to see by) [on the bench] <NOW>",
        "is the (picture|image|view|photo) (lit|well lit|light|bright enough)",
        "is it (light|well lit|light enough|bright enough|bright enough to see) <NOW>",
        "do (we|you) have (light|enough light|lighting) <NOW>",
        "does the (lighting|illumination|bench light) (work|shine) <NOW>",
        "do the lights (work|shine|burn) <NOW>",
        "is the light (still|really) (on|working)",
    ),
    **CHANGE_DIRECT,
}
"""Whole questions."""
ASK_WORDS = (
    *("holds_what", "who_holds", "where", "racked", "hole_content", "which_hole", "board", "near_what", "was_where"),
)
"""Kinds whose answers are not yes or no."""


@lru_cache(maxsize=64)
def sentences(kind: str, held_out: tuple[str, ...]) -> tuple[str, ...]:
    """Sentences of a kind with names still open, each far enough from the held-out ones; always the same."""
    rng = np.random.default_rng(0)
    direct, clauses = DIRECT[kind], CLAUSES[kind]
    intros = ("<TELL>",) if kind in ASK_WORDS else ("<IF>", "<IF>", "<THAT>")
    others = [text.replace(",", "").split() for text in held_out]
    found: dict[str, None] = {}
    for _ in range(TRIES):
        if rng.random() < len(clauses) / (len(direct) + len(clauses)):
            pattern = f"{intros[int(rng.integers(len(intros)))]} {clauses[int(rng.integers(len(clauses)))]}"
        else:
            pattern = direct[int(rng.integers(len(direct)))]
        text = unfolded(pattern, rng)
        words = text.replace(",", "").replace(":", "").split()
        if all(_changes(words, other) >= LEAST_CHANGES for other in others):
            found[text] = None
        if len(found) == MOST:
            break
    return tuple(found)


def unfolded(pattern: str, rng: np.random.Generator) -> str:
    """A sentence of a pattern."""
    for name, group in GROUPS.items():
        pattern = pattern.replace(f"<{name}>", group)
    while "<" in pattern:
        pattern = unfolded(pattern, rng)
    while (end := min((i for i in (pattern.find(")"), pattern.find("]")) if i >= 0), default=-1)) >= 0:
        start = max(pattern.rfind("(", 0, end), pattern.rfind("[", 0, end))
        options = pattern[start + 1 : end].split("|")
        if pattern[start] == "[" and rng.random() < 0.5:
            options = [""]
        pattern = pattern[:start] + options[int(rng.integers(len(options)))] + pattern[end + 1 :]
    return " ".join(pattern.split())


def _changes(words: Sequence[str], other: Sequence[str]) -> int:
    """Fewest words to put in, leave out or exchange that turn one into the other."""
    row = list(range(len(other) + 1))
    for i, word in enumerate(words, 1):
        last, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != wanted))
    return row[-1]
