"""Turns of phrase for things and deeds, in the words that the list knows."""

_INK = (
    r"(?:dirt|ink|marks?|markings?|stains?|writing|dust|smudges?|scribbles?|drawings?|doodles?|smears?|grime|text"
    r"|chalk|marker)"
)
_CLEANING = r"(?:wip|rub|clean|scrub|eras|remov|tak|wash|clear|sweep|mop|brush|polish|get|swab|scour)"

THING_IDIOMS = (
    (r"\b(?:next|close) to\b|\bin front of\b", " beside "),
    (
        r"\b(?:white|black|chalk|marker|dry[ -]?erase|drawing|writing)[ -]?board(?: (?=eraser|wiper|duster"
        r"|cloth))?\b",
        "board",
    ),
    (r"\bboard (?:eraser|wiper|duster|cloth|rubber|sponge)\b", "wiper"),
    (r"\b(?:cleaning|wiping) (?:tool|cloth|rag|sponge|pad)\b", "wiper"),
    (r"\b(?:light|wall|toggle|rocker|on[-/]off)[ -](?:switch|button)\b|(?<=the )push[ -]?button\b", "switch"),
    (r"\b(?:tool|peg|storage)[ -](?:rack|holder)\b", "rack"),
    (
        r"\b(left|right|round|square|circular|matching|its|the|other|corresponding|proper|correct) (?:opening"
        r"|slot|cut-?out)\b",
        r"\1 hole",
    ),
    (r"\b(?:opening|slot|cut-?out) (?=(?:on|to) the (?:left|right)\b)", "hole "),
    (
        r"\b(?:in|to|into|at|on) its (?:original|usual|proper|normal|rightful|former|previous|own) (?:place"
        r"|position|spot|location|home)\b",
        " back ",
    ),
    (r"\bback (?:to )?where (?:it|they) (?:belongs?|was|were|came from|goes|go|lives?)\b", " back "),
    (
        r"\b(?:rest|resting|start|starting|initial|neutral|idle|parking|parked|default) "
        r"(?:position|pose|posture|place|point|configuration)s?\b",
        " home ",
    ),
    (r"\b(?:that|which) (?:it )?(?:matches|fits|suits)(?: it| them)?\b", " "),
    (r"\bwhere (?:it|they) (?:fits?|belongs?|goes|go)\b", " into its hole "),
)
DEED_IDIOMS = (
    (r"\b(?:dirty|mess(?: up)?) (?=(?:the|that|this|my|your) |it\b)", " soiling "),
    (
        r"\b(?:mak|get|keep|leav)(?:e|t?ing)? ((?:the \w+|it) )(?:\w+ )?"
        r"(?:dirty|filthy|messy|grubby|smudged|smeared|a mess)\b",
        r" soiling \1",
    ),
    (
        r"\b(?:go|pop|head|walk|mov|com|turn|step|get)(?:e|ing)?(?: on)?(?: over| back| up| across)? to "
        r"(?=the (?:switch|button|board)\b)",
        " tackle ",
    ),
    (
        rf"\b(?:has|have|got|is covered (?:in|with|by)|is full of) (?:\w+ )?{_INK}(?: (?:all )?(?:on|over) it)?\b",
        " dirty ",
    ),
    (r"\b((?:using|with) the \w+) (?:that is )?held\b", r"\1"),
    (r"\b(?:of|with) (?:its|the same|the matching|their) (?:own )?shapes?\b", " "),
    (r"\b(?:match|pair)(?:ing)?(?: up)? (?=(?:the|both|each|all|every|two) (?:\w+ ){0,3}pegs?\b)", " insert "),
    (r"\bmak(?:e|ing) (?:your|its|their) way\b", " go "),
    (
        rf"\b{_CLEANING}(?:\w{{0,4}}) (?:rid of )?(?:away |off |out |up |down )?(?:(?:all|of|any|the|every"
        rf"|those) )*{_INK}(?! (?:onto|into|in|over)\b)(?: (?:off|from|on|of|that is|which is|up|away))*\b",
        " wipe ",
    ),
    (r"\beverything (?:that is |which is )?(?:written |drawn )?(?:on|from|off) (?=the\b)", " "),
    (r"\bwhat(?:ever)? (?:is |has been )?(?:written |drawn )?on (?=the\b)", " "),
    (r"\ball the way\b|\b(?:off|from) (?:of )?the table\b|\b(?:right|straight) away\b", " "),
    (r"\b(?:up )?(?:in|into) the air\b|\boff (?:of )?(?:the )?(?:ground|floor|bench|surface)\b", " up "),
    (r"\b(?:on|onto) (?:the )?top of\b|\batop(?: of)?\b", " onto "),
    (r"\b(drop|set|put|lay|plac)(p?ed|p?ing|ting|s|ing)? off\b", " drop "),
    (r"\b(?:through|done|finished) with\b", " done "),
    (
        r"\b(?:turn|switch|flip|flick|shut|click|power)(?:p?ed|s|p?ing|ting)?(?: the (?:switch|button))? off\b"
        r"|\bshut(?:ting)? down\b",
        " turn-off ",
    ),
    (
        r"\b(?:turn|switch|flip|flick|toggl|click|power|put|set)(?:p?ed|e?s|p?ing|ting|e)? (?:the |that"
        r" )?(?:switch|button) "
        r"(?:to )?(?:the )?on(?: position)?\b",
        " press the switch ",
    ),
    (r"\b(?:turn|switch|power|flip|flick|click)(?:p?ed|s|p?ing)? (?:it |this |that )?on\b", " press "),
    (r"\bthrow(?:ing|n|s)? (?=the switch\b)", " press "),
    (r"\blet(?:ting)? go(?: of)?\b", " release "),
    (
        r"\b(?:take|get|taking|getting|grab|grabbing|keep|lay)(?: a| an)? (?:ahold|hold|grip)(?: of| on| onto)?\b",
        " grasp ",
    ),
    (
        r"\b(?:hang|hold)(?:ing|s)? on ?to\b|\breach(?:ing)? for\b|\b(?:bring|get|fetch|grab)(?:ting|ing)? me\b",
        " grasp ",
    ),
    (r"\bdo(?:ing)? the same (?:with|for|to)\b", " "),
    (
        r"\b(?:deal(?:ing)? with|tak(?:e|ing) care of|attend(?:ing)? to|tackl(?:e|ing)|work(?:ing)? on"
        r"|focus(?:ing)? on"
        r"|see(?:ing)? to|turn(?:ing)? (?:your attention )?to|(?:mov|go|continu|carry|press|push)(?:e|ing)?"
        r" on(?:to)? (?:to|with)"
        r"|carry out)\b",
        " tackle ",
    ),
)
