"""The words of instructions: what they stand for, and how their spelling is mended."""

from dataclasses import dataclass
from functools import lru_cache


def _set(text: str) -> frozenset[str]:
    return frozenset(text.split())


VERBS = {
    "wipe": """
        wipe wiping wiped wipes clean cleans cleaned cleaning scrub scrubs scrubbed scrubbing mop mopped mopping
        dust dusted dusting sweep swept sweeping polish polished polishing rub rubbed rubbing erase erased
        erasing wash washed washing clear cleared clearing spotless swipe swiped rinse swab swabbed swabbing
        cleanse cleansed cleansing sanitize sanitized""",
    "press": """
        press presses pressed pressing push pushes pushed pushing hit hits hitting flick flicked flicking flip
        flipped flipping toggle toggled toggling activate activated activating tap tapped tapping click clicked
        clicking depress depressed depressing punch trigger triggered triggering actuate actuated on enable
        enabled engage engaged poke poked poking strike struck prod prodded""",
    "lift": """
        lift lifts lifted lifting raise raises raised raising hoist hoists hoisted hoisting elevate elevates
        elevated elevating heave up upwards uplift heft hefted jack""",
    "grasp": """
        grasp grasps grasped grasping grab grabs grabbed grabbing take takes taken taking fetch fetched fetching
        hold holds held holding pick picks picked picking seize seized seizing grip gripped gripping retrieve
        retrieved retrieving clutch collect collected collecting remove removed removing pull pulled pulling
        extract extracted extracting unplug unplugged pluck plucked snatch snatched catch caught obtain obtained
        acquire acquired gather gathered""",
    "put": """
        put puts putting place places placed placing set sets setting move moves moved moving bring brings
        brought bringing transfer transfers transferred transferring carry carries carried carrying deposit
        deposited depositing lay laid laying drop drops dropped dropping stow stowed stowing store stored
        storing goes belongs lands deliver delivered delivering shift shifted shifting leave stand rest park
        relocate relocated relocating lower lowered lowering dump dumped load loaded sits go transport
        transports transported transporting convey conveyed haul hauled ferry ferried drag dragged reposition
        repositioned stash stashed""",
    "insert": """
        insert inserts inserted inserting plug plugs plugged plugging stick sticks stuck sticking slot slots
        slotted slotting fit fits fitted fitting slide slides sliding mount mounted mounting pop popped popping
        shove shoved seat seated thread sink drive driven jam in into inside lodge lodged embed embedded install
        installed dock docked introduce introduced ram rammed""",
    "return": "return returns returned returning back",
    "release": """
        release releases released releasing open opened opening ungrip relinquish""",
    "get": "get gets getting got",
}
"""Kind of verb -> its words. Words of small weight, such as 'on', 'up' and 'in', count where nothing else does."""
WEAK = _set("on up upwards in into inside back get gets getting got go goes belongs lands leave stand rest sits")
OBJECTS = {
    "board": "board whiteboard blackboard chalkboard boards",
    "switch": "switch button toggle-switch lightswitch",
    "box": "box crate carton package parcel container",
    "wiper": "wiper eraser sponge squeegee cloth duster rag",
    "peg": "peg pegs pin pins dowel dowels",
    "hole": "hole holes socket sockets opening-hole",
    "rack": "rack stand-rack holder",
    "tray": "tray trays",
    "shelf": "shelf shelves",
    "home": "home",
}
FORMS = {"round": "round circular cylindrical cylinder", "square": "square squared rectangular cubic"}
SIDES = {"left": "left lefthand left-hand", "right": "right righthand right-hand"}
ARM = {"arm": "arm arms hand hands gripper grippers manipulator manipulators robot-arm"}
QUANTITIES = {"both": "both all each every", "two": "two 2", "many": "three four five six seven several some few many"}
PRONOUNS = {"it": "it", "them": "them they these those both-of-them", "one": "one ones", "other": "other remaining"}
MANNER = {"manner": "quick quickly gently carefully careful slowly firmly softly cautiously fast slow gentle hard"}
"""How fast and firm is left to the skills; that is told, not passed over."""
REFUSED = {
    "not": "not dont never without avoid no cannot cant nor neither except stop",
    "if": "if unless otherwise else or either maybe perhaps whether while until simultaneously meanwhile instead",
    "again": "twice thrice again repeat repeatedly times",
}
"""Words that change the meaning in ways the grammar does not know: nothing is planned around them."""
FILLERS = _set("""
    a an the this that my your our its his her me you we i us he she robot hi hello hey ok okay so well now just
    also too please kindly thanks thank would could can should shall will must may might do does did done doing be
    is are was were been being am have has having had need needs needed want wants wanted wish like liked love to
    of for with by from at over onto upon off down out away using use used uses via under there here which what
    who when and but then as such very good nice properly completely fully entirely thoroughly today possible mind
    kind make makes making made sure see ensure certain finish finished finishes end ends ending begin begins
    beginning start starts starting continue continues continuing task job work part parts thing things step steps
    first second third firstly secondly thirdly additionally fourth fifth next last final finally lastly
    afterwards afterward later subsequently once after before prior give gives giving let lets both-of same
    ends-up some-of plz pls dirt dirty dirt-free tidy tidying going neatly place-of position resting spot side
    surface hand-side tip finger fingertip their empty matching corresponding proper correct respective
    appropriate own where right-away state required ready able help until-then still ahead proceed send sends
    sending has-to hence therefore about everything order following follow follows all-of else-where location
    have-to lot alright great cheers u ur r find locate look panel really simply basically actually anyway buddy
    sir dear morning day evening asap immediately straight straightaway directly gonna wanna gotta im id ill ive
    whole entire individually together separately""")
"""Words that change nothing. Everything that is in no list is reported as not understood."""
_ROLES = {"verb": VERBS, "thing": OBJECTS, "form": FORMS, "side": SIDES, "arm": ARM, "count": QUANTITIES}
_ROLES |= {"pronoun": PRONOUNS, "refused": REFUSED, "manner": MANNER}


@dataclass(frozen=True, slots=True)
class Word:
    """A word as it was written, its role and what it stands for; the role is empty if it is not known."""

    text: str
    role: str
    means: str = ""

    @property
    def weak(self) -> bool:
        """Whether it is a verb only where there is no other."""
        return self.role == "verb" and self.text in WEAK


def _table() -> dict[str, tuple[str, str]]:
    table: dict[str, tuple[str, str]] = dict.fromkeys(FILLERS, ("filler", ""))
    for role, kinds in _ROLES.items():
        for means, words in kinds.items():
            table |= dict.fromkeys(words.split(), (role, means))
    return table


_TABLE = _table()


def look_up(text: str) -> Word:
    """The word, its spelling mended if only one known word is so near."""
    known = text if text in _TABLE else mend(text)
    if known is None:
        return Word(text, "")
    return Word(known, *_TABLE[known])


@lru_cache(maxsize=4096)
def mend(text: str) -> str | None:
    """The known word that one slip of the finger turns into ``text``.

    A slip leaves a letter out, doubles or adds one, or swaps neighbours; another letter in its place counts only in
    words of six letters or more, since in short ones it makes other words of English ('pen' is no peg). The first
    letter stays. None if no word is so near, or words that mean different things are.
    """
    if len(text) < 3 or not text.isalpha():
        return None
    near = [word for word, (role, _) in _TABLE.items() if role != "refused" and _one_slip(text, word)]
    return near[0] if len({_TABLE[word] for word in near}) == 1 else None


def _one_slip(text: str, word: str) -> bool:
    if len(text) == len(word):
        wrong = [i for i in range(len(word)) if text[i] != word[i]]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return (text[wrong[0]], text[wrong[1]]) == (word[wrong[1]], word[wrong[0]])
        return len(wrong) == 1 and wrong[0] > 0 and len(word) >= 6
    short, long = sorted((text, word), key=len)
    if len(long) - len(short) != 1 or len(long) < 4 or text[0] != word[0]:
        return False
    return any(long[:i] + long[i + 1 :] == short for i in range(len(long)))
