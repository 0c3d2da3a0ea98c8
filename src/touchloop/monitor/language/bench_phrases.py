"""The lamp of the switch and the ink on the board: what people say of them, in the words that the list knows.

To have the lamp lit is to press the switch, to have the ink gone is to clean the board. The words ``lamp`` and
``wipe-ink`` stay in the text, so that the notes can tell what was taken for what.
"""

_DET = r"(?:(?:some|all|any|every|of) )*(?:(?:the|that|this|those|these|my|our|your|a|an|its) )?"
_AUX = (
    r"(?:(?:is|are|was|to|be|being|been|must|should|shall|will|can|may|has|have|had|needs?|ought|gets?|got|come|comes"
    r"|go|goes|nice|nicely|and|brightly|turned|switched|powered|put|both|all|subsequently|then"
    r"|afterwards|also|duly) )*"
)
LAMP = r"(?:(?:(?:light|led|signal|indicator|desk|warning) )?(?:lamps?|lights?|bulbs?|lightbulbs?|leds?))"
_LIT = (
    r"(?:on|lit(?: up)?|alight|aglow|going|running|burning|bright|shin(?:e|es|ing)|glow(?:s|ing)?|illuminated"
    r"|energi[sz]ed|light(?:s|ing)? up|burn(?:s|ing)?(?: bright(?:ly)?)?"
    r"|to life|blaz(?:e|ing)|beam(?:ing)?|activated)\b"
)
_TURN = (
    r"(?:turn|switch|flick|flip|click|power|put|set|get|mak|hav|let|see|bring|leav|want|snap"
    r"|whack|pop|stick|bang|knock|hit|bung)(?:p?ing|ting|ned|ped|ed|e)?"
)
_TURN_ON = r"(?:turn|switch|flick|flip|click|power|snap|fir|spark|start)(?:p?ing|ed|e)? (?:on|up)"
_LIGHT = r"(?:light|illuminat|ignit|energi[sz]|brighten|kindl)(?:e|ing|ed)?(?: up)?"
_END = r"(?=\s*(?:[,.;:!?)]|$|and\b|then\b|please\b|from\b))"

LAMP_PHRASES = (
    (r"\bon (?:and|then|and then) off\b|\boff (?:and|then|and then) (?:back )?on\b", " turn-off "),
    (
        r"\blight (?=(?:touch|push|press|tap|wipe|scrub|clean|rub|pressure|force|hand|flick|poke|nudge|box|eraser"
        r"|sponge|round|square|wiper|peg)\b)",
        "",
    ),
    (rf"\b(?:lights|lamps) out\b|\b{LAMP} {_AUX}(?:off|out|dark|dimmed|unlit)\b", " turn-off lamp "),
    (rf"\b(?:turn|switch|put|shut|cut)(?:p?ing|ting|ed|s)? (?:off|out|down) {_DET}{LAMP}\b", " turn-off lamp "),
    (
        rf"\b(?:switch|button|thing|one|knob)(?: (?:that|which|to|of|for))+ (?:\w+ )?{_DET}{LAMP}"
        rf"(?: {_AUX}{_LIT})?",
        "switch",
    ),
    (rf"\b{LAMP} (?:switch|button)\b", "switch"),
    (rf"\b(?:{_TURN_ON}|{_LIGHT}) {_DET}{LAMP}\b(?: up| on)?", " press the lamp "),
    (r"\blet there be (?:some )?light\b", " press the lamp "),
    (
        rf"\b(?:bring|give|shed|provide)(?:ing)? (?:some )?light (?:to|on) {_DET}(?:{LAMP}|room|bench|place)\b",
        " press the lamp ",
    ),
    (rf"\b(?:{_TURN} )?{_DET}{LAMP} {_AUX}{_LIT}", " press the lamp "),
    (rf"\b(?:a |one |the )?(?:lit|glowing|shining|burning|illuminated|working) {LAMP}\b", " press the lamp "),
    (rf"\b{LAMP}\b", "lamp"),
)

_WORD = (
    r"(?:dirt|ink|marks?|markings?|stains?|writing|dust|smudges?|scribbl(?:es?|ings?)|drawings?|doodles?|smears?|grime|text"
    r"|chalk|marker|strokes?|lines?|squiggles?|scrawls?|sketch(?:es)?|handwriting|graffiti|lettering)"
)
INK = rf"(?:(?:ink|pen|marker|chalk|old|ugly|messy|black|blue|silly|awful|nasty|stray|whole) )*{_WORD}"
_WHERE = r"(?: (?:off|from|on|of|that is|which is|up|away))*\b"
_CLEANING = (
    r"(?:wip|rub|clean|scrub|eras|remov|wash|clear|sweep|mop|brush|polish|swab|scour|kill|banish|eliminat|delet|expung"
    r"|effac|los|purg)"
)
_GONE = (
    r"(?:removed|erased|wiped|cleaned|cleared|washed|rubbed|scrubbed|gone|vanish(?:es|ed)?|disappear(?:s|ed)?"
    rf"|deleted|off|away|out|go(?:es)?(?: away)?{_END})"
)
INK_PHRASES = (
    (
        rf"\b{_CLEANING}\w{{0,4}} (?:rid of )?(?:away |off |out |up |down )?{_DET}{INK}"
        rf"(?! (?:on ?to|into|in|all over|over|around)\b){_WHERE}",
        " wipe-ink ",
    ),
    (rf"\b(?:get|getting|be|do away) (?:rid of|with) {_DET}{INK}{_WHERE}", " wipe-ink "),
    (rf"\b(?:tak|get|lift)(?:e|t?ing)? (?:off|away|up) {_DET}{INK}{_WHERE}", " wipe-ink "),
    (
        rf"\b(?:(?:let|make|have|see|get|take|getting|taking|want) )?{_DET}{INK}(?: on the board)? "
        rf"{_AUX}{_GONE}{_WHERE}",
        " wipe-ink ",
    ),
    (
        rf"\b(?:free|clear|clean|bare|devoid|rid|cleaned|cleared) (?:of|from) {_DET}{INK}\b|\b{_WORD}[- ]free\b",
        " clean ",
    ),
    (
        r"(?<=board )((?:\w+ ){0,2}?)(?:(?:nice|nicely|all|completely|perfectly|sparkling|snow) (?:and )?)*"
        rf"white(?: again| once more)?{_END}",
        r"\1 clean ",
    ),
)
