"""Verbs that clearly mean something else than the deeds of the bench: no clause with one is passed over or guessed."""

from touchloop.monitor.language.candidates import OTHER_DEEDS
from touchloop.monitor.language.word_list import word_set

_MORE = word_set("""
    lying standing located found seen hanging stuck hate loathe dislike detest fear dread mind regret
    aim bang bash batter beat bolt bombard bore brandish bring-down cast catapult chop chuck-out clip collide crash
    crack cram criss-cross dance describe detonate discuss dodge drag-race dunk eject embroider ensure exchange
    explode extinguish fire flap flog forget frisbee gift glance grind groan guess hack halve hammer hand-over
    hint hum imagine impale inspect joke juggle jump kiln knock know laugh launch leap lever liken listen look
    loosen mark melt mention mix mutilate name nail note observe offer pelt phone pick-apart play plot point post
    pound pretend print pry puncture quiz ram-raid recite reject remind remove-from report rest-upon rip rivet rocket
    rub-out run sand save say scatter scrape screw send shake shift-out shoot sing sit-on sketch slam slap sling
    slingshot smear snap solder speak spill spit splash spray sprinkle squirt stab stack stomp strap strew strip
    swallow swap tack talk taste tell tense threaten tie tilt tip topple trade trample trip tug twist type unload
    upset walk wallop warn weld whack whip whirl whistle wiggle wire withhold wobble wonder wrench write yank
    photocopy ask answer remember learn teach think count order play cook bake brew buy sell pay email text message
    google search open close lock shave sleep eat drink sweep-up swim drive-off park-car turn spin stare watch
    align compare balance hover halt prop lean suspend dangle wave drum rap steal seize-up forge bounce juggle
    blow chew lick bite""")
LOOSE = word_set("coax jiggle")
"""Too loose for a rule; only a comparison with sentences may take them."""
_LIST = word_set(OTHER_DEEDS.replace("|", " ")) | _MORE | LOOSE
_ENDINGS = ("s", "es", "ed", "d", "ing", "ned", "ning", "ped", "ping", "ted", "ting", "ged", "ging", "bed", "bing")


def means_something_else(word: str, strictly: bool = False) -> bool:
    """Whether a word is a verb of another deed, in any of its forms; strictly, also one that may undo something."""
    if word in _LIST:
        return True
    if strictly and word.startswith(("un", "de", "dis", "mis", "over", "out")) and not word.startswith("deploy"):
        return True
    stems = {word.removesuffix(ending) for ending in _ENDINGS if word.endswith(ending)}
    stems |= {word.removesuffix("ing") + "e", word.removesuffix("ied") + "y"}
    return bool(stems & _LIST)
