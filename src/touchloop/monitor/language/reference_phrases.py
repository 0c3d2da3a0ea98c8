"""Turns of phrase that point at things: counterparts, fitting pegs, forms told by corners, places told by habit."""

_FIT = r"(?:respective|own|matching|corresponding|fitting|proper|right|correct|appropriate)"
_MATE = r"(?:counterpart|companion|partner|twin|sibling|brother|sister|colleague|fellow|neighbou?r|cousin)"
_SHAPE = r"(?:cross[- ]?section|profile|shape|section|base|end|outline)"
_HAS_FORM = r"(?=(?:pegs?|holes?|one|pin|dowel|counterpart|companion|partner)\b)"
REFERENCE_PHRASES = (
    (r"(?<=peg )home (?=(?:in|into|on)\b)|\bout of the way (?=(?:on|to|in|into)\b)", ""),
    (r"\boff (?:of )?the deck\b", " up "),
    (r"\b(?:look|looks|looking|gaze|stare) (?:at|for|after)\b|\bmind (?=the\b)", " observe "),
    (r"\b(?:on|onto) (?:its|their) (?:side|head|edge|end|face|top)\b", " turned-over "),
    (
        r"\bthe (?:second|third|fourth|fifth) (?=(?:switch|button|box|board|wiper|tray|shelf|lamp)\b)",
        "the umpteenth ",
    ),
    (r"\bthe (?:third|fourth|fifth|sixth) (?=(?:hole|peg|socket)\b)", "the umpteenth "),
    (r"\b(?:hold|keep|hover|suspend)(?:ing)? ((?:the (?:\w+ )?\w+)|it|them) over (?=the\b)", r" hold \1 above "),
    (
        r"\b(?:circle|disc|disk|tubular|(?:disc|disk|circle|round|cylinder|tube)[- ]shaped)[ -]"
        rf"{_HAS_FORM}",
        "round ",
    ),
    (
        r"\b(?:cube|block|cuboid|cubical|boxy|four[- ]?(?:cornered|sided)|(?:cube|square|block)[- ]shaped)[ -]"
        rf"{_HAS_FORM}",
        "square ",
    ),
    (
        r"\b(hole|peg|one) (?:with|that has|which has|having) (?:the |its )?(?:four|4) (?:corners|sides|edges)\b",
        r"square \1",
    ),
    (rf"\b(hole|peg|one) (?:of|with|having) (?:an? |the )?(square|round|circular) {_SHAPE}\b", r"\2 \1"),
    (rf"\bits (square|round|circular) {_MATE}\b|\bthe (square|round|circular) {_MATE}\b", r"the \1\2 peg"),
    (rf"\b(?:its|the|the other) {_MATE}\b|\bthe remaining one\b", "the other one"),
    (
        r"\b(?:give|get|provide|supply|furnish)(?:ing)? (?:each|every|both)(?: of the)? (?:holes?|sockets?) (?:with )?"
        rf"(?:its|their|the|a) (?:{_FIT} )*pegs?\b",
        " insert both pegs ",
    ),
    (rf",? with (?:its|their|the) (?:{_FIT} )+pegs?\b", " "),
    (
        r"(?<!round )(?<!square )(?<!circular )(?<!cylindrical )\bpeg (?:(?:that|which) (?:matches|corresponds to"
        r"|fits(?: into| in)?|belongs (?:in|to|into)|is (?:for|meant for))|matching|corresponding to|fitting"
        r"|belonging (?:in|to|into)"
        r"|suited to|meant for|made for|for) the (left|right)(?:[- ]hand)? (?:hole|one|opening)\b",
        r"peg-of-\1",
    ),
    (r"\bthe hole (?:that |which |where )?(?:it|they) (?:belongs?|fits?|goes|go)(?: in| into| to)?\b", "its hole"),
    (r"\bwhere the (round|square) (?:one|peg) (?:goes|fits|belongs)\b", r"the \1 peg into its hole"),
    (
        r"\b(?:to |in |into )?(?:its|their|a) (?:(?:new|final|own|usual|proper|rightful|future) )?"
        r"(?:place|spot|position|home|location|seat) (?=(?:on|in|at|upon) )",
        " ",
    ),
    (r"\bfind(?:s|ing)? (?=(?:its|their) (?:home|place|spot|way)\b)", " goes "),
    (r"\b(?:its|their) (?:way|home) (?=(?:on|in|into|onto|to|at) )", " "),
    (r"\bto (?:bed|sleep|rest)(?= (?:in|on|at)\b)", " "),
    (r"\bfrom now on\b|\bfrom (?:there|here)(?= (?:to|into|onto)\b)", " "),
    (r"\b(?:right )?alongside (?:it|them|that)\b|\bnext to it there\b", " there-too "),
    (r"\b(back|up|away) ((?:in|on|to|into|onto) the \w+) with (it|the \w+(?: peg)?)\b", r" put \3 \1 \2 "),
    (r"\bup with (it|the box)\b", r" lift \1 "),
    (r"\bup top\b", " up "),
    (
        r"\b(?:to|towards?|into|for) the (?:sky|skies|ceiling|heavens|stars|roof)\b|\bsky[- ]?high\b|\baloft\b"
        r"|\bskywards?\b"
        r"|\b(?:off|from) (?:of )?(?:its|the) (?:stand|pedestal|base|support|supports|plinth|resting place)\b",
        " up ",
    ),
    (r"\bracked(?: up)?\b", " put on the rack "),
    (r"\brack(?:ing)? (?=(?:up )?(?:the|it|both|that|my|your|wiper|pegs)\b)", " put on the rack "),
    (r"\bshelv(?:e|ed|ing)\b", " put on the shelf "),
    (r"\btray(?:ed|ing)\b", " put on the tray "),
    (r"\bdo(?:ing)? (?=(?:the|that) (?:switch|button|board|lamp|whiteboard)\b)", " tackle "),
    (
        r"\bgiv(?:e|ing) (the (?:switch|button|lamp)|it) an? (?:\w+ )?"
        r"(?:push|shove|press|poke|tap|nudge|click|flick|hit|prod|bump|thump)\b",
        r" press \1 ",
    ),
    (
        r"\bshow(?:ing)? (?:me|us|them|everyone|everybody|the \w+) "
        r"(?:(?:how|that) (?:you |to )?|(?=the (?:round|square) peg into)"
        r"|(?=an? (?:clean|wiped|lifted|raised|press|lit)))",
        " ",
    ),
)
