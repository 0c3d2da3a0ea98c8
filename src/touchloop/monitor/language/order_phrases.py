"""How people say what comes first, next and last."""

from touchloop.monitor.language.marks import AFTER, BEFORE, BEFORE_THAT, FIRST, FRONT, LAST, THEN

_IT = (
    r"(?:all (?:of )?(?:that|this|these|those)|both of (?:them|these|those)|you|that|this|it|they|these|those|which"
    r"|everything|the above|the (?:task|job|step|work))"
)
_IS = r"(?:(?:is|are|was|were|has|have|had|been|gets|got|all|both|fully|completely|successfully) )*"
_DONE = (
    r"(?:done|finished|complete|completed|over|accomplished|achieved|taken care of|out of the way|dealt with"
    r"|sorted(?: out)?|behind you|settled)"
)
_STOP = r"(?=\s*(?:[,.;:!)\"]|$))"
_NO_OBJECT = r"(?=\s*[,.;:!]|\s*$|\s+(?!\w+ing\b|with\b|the\b|to\b|for\b))"
_PAST = r"(?:\w+ed|put|set|hit|swept|stuck|taken|brought|hung|got|gotten|slid|held|struck|driven)"
_STEP = r"(?:step|task|part|job|action|thing|act|move|stage)"
ORDER_PHRASES = (
    (r"\bbefore you(?: do)?(?: that| this| so| it)?(?=\s*[,.;])", f" {BEFORE_THAT} "),
    (r"\b(?:when|once|after) (?:all|everything|all that|all of it) (?:is|has been) (?:said and )?done\b", f" {LAST} "),
    (
        r"\bbefore (?:both|all|either) (?:of )?(?:that|those|these|them)\b|\bfirst,? (?:though|however)\b",
        f" {BEFORE_THAT} ",
    ),
    (
        r"\b(?:(?:all (?:of )?)?(?:these|those)|the following|the below) (?:\w+ )?"
        r"(?:steps|tasks|things|jobs|actions|chores|instructions|orders)\b(?: in order)?",
        " ",
    ),
    (r"\bthe (?:moment|instant|minute)(?: that| when)?\b", f" {AFTER} "),
    (
        r"\b(?:exactly |precisely |strictly )?in (?:exactly |precisely )?(?:that|this|the following|the given"
        r"|the stated)"
        r"(?: very| exact)? (?:order|sequence)\b|\bin (?:sequence|succession|turn)\b|\bone after (?:the other"
        r"|another)\b",
        " ",
    ),
    (
        r"\b(?:just |only )?(?:once|one time|a single time)"
        r"(?=\s*(?:[.;,!]|$|and\b|then\b|with (?:the|your)\b|using\b|before\b|but\b))",
        " ",
    ),
    (r"(?<=\w )\b(?:right|directly|immediately|straight|just|shortly|soon) (?=after\b|before\b|afterwards?\b)", ""),
    (
        r"\b(?:before (?:anything|everything)(?: else)?|before all else|first and foremost|first things first"
        r"|for starters"
        r"|for a start|at first|initially|to (?:begin|start)(?: off)?(?: with)?|to kick (?:things )?off"
        rf"|at the (?:very )?(?:start|beginning)|in the first place|as (?:a|the|your) first {_STEP})\b",
        f" {FRONT} ",
    ),
    (
        rf"\bin the (?:second|third|fourth|next) place\b|\bas (?:a|the|your) (?:second|third|fourth|next) {_STEP}\b",
        f" {THEN} ",
    ),
    (r"\bwhereupon\b|\bat which point\b|\bnext in order\b", f" {THEN} "),
    (r"\bfirst (?:comes?|goes|up is|up|off)\b", f" {FRONT} "),
    (r"\b(?:comes?|goes|is|gets done|happens) first\b(?! of)", f" {FIRST} "),
    (r"\b(?:as|for) (?:a|the|our) (?:grand )?(?:finale|climax|closer|conclusion)\b", f" {LAST} "),
    (r"\bfollow(?:ing)? up (?:by|with)\b", f" {THEN} tackle "),
    (r"\b(?:and )?only then\b", f" {THEN} "),
    (
        r"\b(?:and )?only after (?:that|this|it|which|these)(?=\s*,| (?:press|wipe|wipe-ink|clean|lift|put|insert|move"
        r"|place|take|raise|grab|turn|carry|bring|set|you|should|may|is|are)\b)",
        f" {THEN} ",
    ),
    (r"\bonly (?:after|once|when)\b", f" {AFTER} "),
    (
        r"\b(?:before that|before this|beforehand|before doing (?:so|that|this|it)|prior to (?:that|this|doing so)"
        rf"|in advance|(?:in|as) (?:a )?preparation|ahead of that){_STOP}",
        f" {FIRST} ",
    ),
    (r"\b(?:before|prior to) doing (?:so|that|this|it)\b", f" {BEFORE_THAT} "),
    (
        r"\b(?:after|having|when|upon|on) (?:doing|done|completing|finishing) (?:so|that|this|it|these|all that)\b",
        f" {THEN} ",
    ),
    (r"\b(?:up)?on completion(?! of\b)", f" {THEN} "),
    (r"\b(?:up)?on (?:the )?completion of\b|\b(?:upon|following) (?=\w+ing\b)", f" {AFTER} "),
    (
        r"\b(?:leave|save|keep)(?:ing)? (the [a-z ]{2,30}?|\w+ing [a-z ]{2,30}?) (?:for|until|till) (?:the"
        r" )?(?:very )?"
        r"(?:last|end)\b",
        rf" \1 {LAST} ",
    ),
    (
        r"\b(?:finish|end|conclude|close|wrap)(?:ping|ing|es|s)?(?: (?:things|it|everything))?(?: off| up|"
        r" out)? (?:by|with)\b",
        f" {LAST} tackle ",
    ),
    (
        r"\b(?:start|begin|kick|open|lead|commenc)(?:ning|ing|e|s)?(?: (?:things|it))?(?: off| out)? (?:by|with)\b",
        f" {FRONT} tackle ",
    ),
    (
        r"\b(?:and )?(?:is |are |to be )?(?:then )?(?:followed|succeeded) by\b|\bfollow(?:ing)? (?:that|this"
        r"|it)(?: up)? (?:by|with)\b",
        f" {THEN} ",
    ),
    (
        rf"\b(?:and )?(?:once|when|after|as soon as|with|now that|upon|following)"
        rf" (?:{_IT} {_IS})?{_DONE}(?: (?:with|doing) (?:it|that|this|those|them))?{_NO_OBJECT}",
        f" {THEN} ",
    ),
    (rf"\b(?:and )?(?:that|this|which|all that) (?:being |having been )?{_DONE}(?=\s*,)", f" {THEN} "),
    (
        rf"\bwith (?=(?:the|both) [a-z ]{{2,40}}? (?:{_DONE}|{_PAST}|clean|in place|in (?:its|their) holes?)\s*,)",
        f" {AFTER} ",
    ),
    (rf"\bhaving (?:first |already |just )?(?=(?:finished |completed |done )?(?:{_PAST}|\w+ing)\b)", f" {AFTER} "),
    (
        r"\b(?:after that|after which|after this|after these|after all (?:of )?(?:that|this)|after(?=\s*,)"
        r"|afterwards?"
        r"|following that|following this|thereafter|thereupon|subsequently|from there|next up|next in line)\b",
        f" {THEN} ",
    ),
    (r"\bafter (?=(?:press|wipe|clean|lift|put|insert|grab|push|place|take|raise|hit)\b)", f" {THEN} "),
    (
        r"\b(?:before that|before this|before you do (?:that|this|so|it)|beforehand|but first(?! of)|prior to"
        r" (?:that|this))\b",
        f" {BEFORE_THAT} ",
    ),
    (
        r"\b(?:last of all|last but not least|at (?:long )?last|finally|lastly|ultimately|in the end|at the"
        r" (?:very )?end|last"
        r"|to (?:end|finish|conclude|close|wrap)(?: (?:things|it|everything))?(?: off| up| out)?(?: with)?"
        r"|to (?:round|top) (?:things|it|everything|that) off"
        rf"|as (?:a|the|your) (?:last|final|closing) {_STEP})\b",
        f" {LAST} ",
    ),
    (rf"\bfirst(?: of all)?{_STOP}", f" {FIRST} "),
    (r"\b(?:prior to|before|ahead of(?= \w+ing\b)|in advance of)\b", f" {BEFORE} "),
    (r"\b(arms|hands) at once\b", r"\1"),
    (r"\bat (?:the same time|once)\b|\bin parallel\b", " simultaneously "),
    (r"\b(?:after|once|when|as soon as)\b", f" {AFTER} "),
    (r"\b(?:then|next|later)\b", f" {THEN} "),
)
"""Tried in this order. What is put in place of a phrase is a mark, or nothing."""
