"""Sentences about the things that a clause names, each with what the rule planner makes of it: goals, or nothing.

Sentences that mean nothing here ('paint the board') are as needed as the others: a clause is taken for a known sentence
only where it is clearly nearer to that than to anything else that people say about the same things.
"""

from dataclasses import dataclass
from functools import lru_cache

from touchloop.monitor.language.context import NotUnderstood
from touchloop.monitor.language.frame import Frame
from touchloop.monitor.language.join import join
from touchloop.monitor.language.meaning import Interpreter
from touchloop.monitor.language.reading import read
from touchloop.monitor.program.facts import SceneFacts

_DEEDS = """
    wipe|clean|scrub|mop|dust|polish|rub|erase|wash|clear|swab|rinse|cleanse|brush|wipe down|clean up|scrub down
    press|push|hit|tap|click|poke|flip|toggle|activate|trigger|enable|turn on|switch on|push down
    lift|raise|hoist|elevate|heave|lift up|raise up
    put|place|set|move|bring|carry|transfer|drop|deposit|lay|stow|return|set down|put away|hang up
    insert|plug|slot|fit|stick|slide|mount
    grasp|grab|take|hold|pick up|fetch|grip|seize|pull out
    release|open|let go of
"""
OTHER_DEEDS = """
    admire|annotate|assemble|auction|avoid|bend|besmirch|bite|bleach|bless|borrow|bounce|break|build|burn|bury|buy
    call|carve|chalk|check|close|color|compare|confiscate|contaminate|cook|cool|count|cover|crush|cut|damage
    dangle|deactivate|debounce|decorate|deface|demolish|describe|desolder|destroy|detach|dim|dirty|disable|discard
    disconnect|dismantle|dismount|donate|doodle on|draw on|drench|dribble|drill|drink|drop-kick|drown|dry|eat
    empty|engrave|explain|fill|find|fix|flatten|fling|flip over|flood|fold|frame|freeze|gift-wrap|glue|guard
    hammer|heat|hide|hug|hurl|hypnotize|illustrate|inspect|invert|iron|jam|juggle|kick|kill|kiss|label|lacquer
    laminate|lend|level|lick|listen to|load|lob|lock|look at|lose|lubricate|magnetize|mail|measure|moisten|muddy
    mute|nail|nibble|order|pack|paint|perforate|photograph|pierce|plane|pollute|pour|power down|protect|pull
    puncture|punt|rattle|read|reboot|recalibrate|recycle|remove|rename|repair|replace|reset|reupholster|rewire
    roll|rotate|sabotage|sandblast|sandpaper|saw|saw through|scan|scratch|screw|scribble on|seal|sell|sew|shake
    sharpen|shatter|ship|short|show|shred|shut down|sign|smash|smear|smudge|snap|soak|soil|spin|split|squash
    squeeze|stack|stain|stamp|staple|stare at|steal|stomp|straighten|stroke|study|submerge|sully|swap|swing
    switch off|talk to|tape|tape over|tear|test|throw|throw away|tickle|tilt|tip|tip over|topple|toss|touch
    translate|trash|turn|turn off|twirl|twist|unbutton|unlock|unmount|unpack|unscrew|unwrap|upend|upgrade
    vandalise|vandalize|varnish|wallpaper|watch|weigh|weld|wet|whittle|wobble|wrap|wreck|wring|write on|yeet
"""
_STATES = "clean|spotless|shiny|pressed|lifted"
_OTHER_STATES = "dirty|wet|black|red|warm|bigger|visible|move|fall|disappear|broken|empty|open"
_GIVEN = "wipe|clean|scrub|wash|rub|polish|press|push|tap|lift"
_OTHER_GIVEN = "kick|kiss|name|coat of paint|shake|turn|look|cut|break|hug|bath"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence and its meaning."""

    text: str
    goals: tuple[str, ...]
    """Empty if it means nothing here."""
    verbs: tuple[str, ...] = ()
    weak: tuple[str, ...] = ()


@lru_cache(maxsize=64)
def candidates(objects: str, place: str) -> tuple[Candidate, ...]:
    """What may be said of 'the box' and, if it is not empty, 'onto the shelf'."""
    rest = f"{objects} {place}".strip()
    here = [f"{verb} {rest}" for verb in _split(_DEEDS)]
    elsewhere = [f"{verb} {rest}" for verb in _split(OTHER_DEEDS)]
    if not place:
        here += [f"give {objects} a {verb}" for verb in _split(_GIVEN)]
        elsewhere += [f"give {objects} a {verb}" for verb in _split(_OTHER_GIVEN)]
        here += [f"{how} {objects} {state}" for how in ("make", "get") for state in _split(_STATES)]
        elsewhere += [f"{how} {objects} {state}" for how in ("make", "get") for state in _split(_OTHER_STATES)]
    return (*map(_candidate, here), *(Candidate(text, ()) for text in elsewhere))


def _split(text: str) -> list[str]:
    return [word for line in text.split("\n") for word in line.strip().split("|") if word]


def _candidate(text: str) -> Candidate:
    _, frames = read(text)
    if len(frames) != 1 or frames[0].unknown or frames[0].refused or not (frames[0].verbs or frames[0].weak):
        return Candidate(text, ())
    (frame,) = frames
    return Candidate(text, _goals(frame), tuple(frame.verbs), tuple(frame.weak))


def _goals(frame: Frame) -> tuple[str, ...]:
    interpreter = Interpreter(SceneFacts({"left_hole": "round", "right_hole": "square"}))
    try:
        return tuple(str(goal) for joined in join([frame]) for goal in interpreter.goals(joined))
    except NotUnderstood:
        return ()
