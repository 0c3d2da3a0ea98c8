"""The word list: which words stand for what."""


def word_set(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


def _forms(text: str) -> str:
    """The forms of regular verbs; '+' doubles the last letter, as in 'grab+': grabs, grabbed, grabbing."""
    forms: list[str] = []
    for verb in text.split():
        base = verb.rstrip("+")
        stem = base + base[-1] if verb != base else base.removesuffix("e")
        plural = base[:-1] + "ies" if base[-1] == "y" and base[-2] not in "aeiou" else base + "s"
        if base.endswith(("s", "sh", "ch", "x", "z")):
            plural = base + "es"
        past = base[:-1] + "ied" if plural.endswith("ies") else stem + "ed"
        forms += [base, plural, past, stem + "ing"]
    return " ".join(forms)


VERBS = {
    "wipe": _forms("""
        wipe clean scrub+ mop+ dust polish rub+ erase wash clear swipe rinse swab+ cleanse sanitize sanitise brush scour
        buff disinfect freshen spruce """)
    + " wipe-ink sweep sweeps swept sweeping spotless",
    "press": _forms("""
        press push flick flip+ toggle activate tap+ click depress punch trigger actuate enable engage poke prod+ jab+
        bump thumb operate bop+ boop smack slap+ nudge depress actuate""")
    + " hit hits hitting strike strikes struck striking on",
    "lift": _forms("lift raise hoist elevate heave uplift heft jack boost") + " up upwards",
    "fill": _forms("fill populate occupy"),
    "grasp": _forms("""
        grasp grab+ fetch pick seize grip+ retrieve clutch collect remove pull extract unplug+ pluck snatch obtain
        acquire gather clasp nab+ procure""")
    + " take takes took taken taking hold holds held holding catch catches caught withdraw withdraws withdrawing",
    "put": _forms("""
        place move transfer+ carry chuck deposit drop+ deliver shift relocate lower dump load transport convey haul
        ferry drag+ reposition tuck plop+ plunk perch shuttle settle park rest""")
    + """ put puts putting set sets setting bring brings brought bringing lay lays laid laying goes go belongs lands
        leave leaves stand sit sits""",
    "stow": _forms("stow stash store replace restore") + " hang hangs hung hanging rehang",
    "insert": _forms("""
        insert plug+ slot+ slide mount pop+ shove seat fit+ jam+ lodge embed+ install dock introduce ram+ wedge ease
        guide nest nestle squeeze thread slip+""")
    + " stick sticks stuck sticking sink drive driven feed fed feeding in into inside",
    "return": "return returns returned returning back away",
    "release": _forms("release open") + " ungrip relinquish",
    "get": "get gets getting got",
}
"""Kind of verb -> its words. Words of small weight, such as 'on', 'up' and 'in', count where nothing else does."""
WEAK = word_set(
    "on up upwards in into inside back away get gets getting got go goes belongs lands leave stand rest sits"
)
OBJECTS = {
    "board": "board whiteboard blackboard chalkboard boards",
    "switch": "switch button toggle-switch lightswitch lamp",
    "box": "box crate crates carton package parcel container boxes",
    "wiper": "wiper eraser sponge squeegee cloth duster rag washcloth towel",
    "peg": "peg pegs pin pins dowel dowels",
    "hole": "hole holes socket sockets cavity cavities recess recesses receptacle receptacles aperture apertures",
    "rack": "rack racks holder",
    "tray": "tray trays",
    "shelf": "shelf shelves",
    "home": "home",
}
TAKEN = {
    "lamp": "the lamp is taken for its switch, which is pressed",
    "wipe-ink": "to be rid of ink is taken for cleaning the board",
}
"""Words of which it is told what they are taken for."""
FORMS = {"round": "round circular cylindrical cylinder", "square": "square squared rectangular cubic"}
SIDES = {"left": "left lefthand left-hand", "right": "right righthand right-hand"}
ARM = {"arm": "arm arms hand hands gripper grippers manipulator manipulators robot-arm mitts paws"}
QUANTITIES = {"both": "both all each every", "two": "two 2", "many": "three four five six seven several some few many"}
HOLE_PEGS = {"left": "peg-of-left", "right": "peg-of-right"}
"""The peg that fits a hole."""
LIST_ORDER = {name: f"list-{name}" for name in ("round", "square", "left", "right", "wiper", "box")}
PRONOUNS = {"it": "it", "them": "them they these those both-of-them", "one": "one ones", "other": "other remaining"}
MANNER = {"manner": "quick quickly gently carefully careful slowly firmly softly cautiously fast slow gentle hard"}
"""How fast and firm is left to the skills; that is told, not passed over."""
REFUSED = {
    "not": """
        not dont never without avoid no cannot cant nor neither except excluding stop skip omit refrain cease quit
        hardly barely instead rather undo unpress unwipe reverse opposite alone""",
    "if": """
        if unless otherwise else or either maybe perhaps whether while whilst until till simultaneously concurrently
        meanwhile during parallel provided assuming suppose supposing depending case whenever wherever""",
    "again": """
        twice thrice again repeat repeats repeated repeatedly times keep keeps constantly continuously continually
        forever always often reps rounds cycles loop half halfway partly partially almost nearly""",
    "which": "everything anything something somewhere anywhere",
    "where": "under underneath beneath below behind beside beyond between against near nearby above around outside",
    "wait": "wait waits waiting pause pausing hesitate delay seconds minutes hours",
    "rules": """
        ignore ignoring ignores disregard disregarding bypass bypassing override overriding overrule rule rules limit
        limits instruction instructions system prompt pretend safety unsafe force forces maximum newton
        newtons jailbreak""",
    "question": "question-asked",
    "off": "turn-off disable disabled deactivate deactivated disconnect shut close closed",
}
"""Words that change the meaning in ways the grammar does not know: nothing is planned around them."""
WHY_REFUSED = {
    "rules": "rules, limits and safety are not up for discussion",
    "off": "nothing here can be switched off",
    "question": "questions are not answered",
    "which": "it is not said which things are meant",
    "where": "of places only into, onto, to and from are understood",
    "wait": "waiting is not understood",
}
"""Group of refused words -> what is said about them; of the others, that conditions, ... are not understood."""
FILLERS = word_set("""
    a an the this that my your our its his her me you we i us he she robot hi hello hey ok okay so well now just
    also too please kindly thanks thank would could can should shall will must may might do does did done doing be
    is are was were been being am have has having had need needs needed want wants wanted wish like liked love to
    of for with by from at over onto upon off down out away using use used uses via there here which what
    who when and but then as such very good nice properly completely fully entirely thoroughly today possible mind
    kind make makes making made sure see ensure certain finish finished finishes end ends ending begin begins
    beginning start starts starting continue continues continuing task job work part parts thing things step steps
    first second third firstly secondly thirdly additionally fourth fifth next last final finally lastly
    afterwards afterward later subsequently once after before prior give gives giving let lets both-of same
    ends-up some-of plz pls dirt-free tidy tidying going neatly place-of position resting spot side
    surface hand-side tip finger fingertip their empty matching corresponding proper correct respective
    appropriate own where right-away state required ready able help until-then still ahead proceed send sends
    sending has-to hence therefore about order following follow follows all-of else-where location
    have-to lot alright great cheers u ur r find locate look panel really simply basically actually anyway buddy
    sir dear morning day evening asap immediately straight straightaway directly gonna wanna gotta im id ill ive
    whole entire individually together separately finishing completing completion complete completes completed
    time head heads heading mate pal friend bot assistant because ought real quite proceeding forth readily bit
    somewhat fairly nicely correctly accordingly accurately precisely exactly solidly securely snugly safely fully
    indeed oh ah um uh hmm yes yeah tackle thorough though mess messy dirty filthy grubby smudged smeared
    perform execute come comes came undertake""")
"""Words that change nothing. Everything that is in no list is reported as not understood."""
