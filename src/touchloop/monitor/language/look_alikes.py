"""Words of English that are one slip away from a word of the list, and are no slips: 'smashed' is not 'stashed'."""

from touchloop.monitor.language.word_list import word_set

LOOK_ALIKES = word_set("""
    righto tape tapes taped taping bathe prick lapse lather lathered tickle tickled
    abe abel acre ale alter amy arise arises arising arte bait bard ben black bluff blushed blushing boasted boasts
    boat boeing boil bolt booster booth boots boring bought bout boxers break brig briggs brit buffer buffet bumper
    burt burton bush bushes bust cain canton carbon carlton carrier carriers carson cartoon cary catcher chan cheeks
    cheer chicks clamped clans clap clapped clapping clashed classed cleaner clearer clocks coe cold comets compete
    competed competes competing complexes complexion comte contained continued convened convex convoy convoys cranes
    craters create creates curate curtain daly dar davy derive died ding dive domes dong doping dose doses draw
    dripped dripping drone drown drugged ducked eating elsewhere endure enraged entirety fairy fat faust feast
    feeling fellow fellows feud fiat fined finer finnish fisted fists fled flew flicker flopped flour fred freed
    freshmen fried fur gasp gasped gasping gasps gentry glided gliding goat god gong greta haas hailed handing handy
    hating hats havre hays headed healed hear heated heavens heir hilt hint hints hips holden holmes homme host
    hosted hosting hosts huang huey hug indexed insect insects intro inverted jacket james kid lacy lad lads lady
    laird latter lazy leading leases least lent lest licked lid lie lied lil linked listed listing lit loaned loft
    logged logging longed longing losers lost lovers lying macy makers mandy manly mapped mapping marching marking
    mary mating meade mid mined moaning mont mounds mourning movie movies nad nba nets netting niche niece oder ono
    opener opined ounce owen pace paced paces pacing pain pains palace palaces parker parted parting pat patting
    paul peking peng picket pinched pines planes plates played playing plush pod pods polled polling posing possibly
    prick prop property props proud puck pulsed pulsing punk punt quiet rae raided raiding railing rained raining
    rally ramos ramps rang read regaining regal reilly remote renal rented reset retaining ringing roam robbed root
    rubber sand sash sat scores scouting scouts sealed sealing searing seater seattle sect self sell sensing sent
    sep settlers severn shafts shame shaved shifter shirts shit shoes shrubs shutting sick siding simple sites
    sitting size sized sizes skating slashed slated sleeping sleeps sliced slices slicing slit slits slowed slowing
    smash smashed smashing somme sore sour spend spending spends spit spores sport spotted spotting squire sri stab
    stabbed stabbing stacks stared starring startling starving stat stats statue steep steven stink stir stitch
    stocks stokes stones stories stormed storms strand stride strides strife strikers string stripe stripes strive
    stroke strokes stroking stuart suck sue sued suit suits surge sven sweat sweating sweets talking tank tanks
    taped tapes tay ten thinks threat threats through thumped thumping thy ticked ticking tie tipped tipping togo
    topped topping toro tow tracy trap trapped trapping traps tread tree trip truck trucks try tucker upton users
    vida vie vila visa vita viva wah waited walsh wars wasting ways wedding wee wen wheat width wiring wished wishes
    wishing witch won""")
