"""Marks of lists, and words that say in which order the things of a list come ('the square one first')."""

from touchloop.monitor.language.marks import MIDDLE

LIST_SIGNS = (
    (r"\[[ x✓]?\]|☐|□|✓", " . "),
    (r"\bnumber (?:\d|one|two|three|four|five|six)\s*[:.,-]?", " . "),
    (r"\blist(?: for [a-z ]{1,20}?)? [-–—] ", "list: "),
    (r"(?:^|(?<=[\n.;:,!]))\s*\(?(?:\d{1,2}|[a-h]|i{1,3}|iv|v)\s*(?:[).:]|[-–—](?=\s))\s*(?=[^\d\s])", " . "),
    (r"\b(?:first|second|third|fourth|fifth|one|two|three|four|five)(?:ly)?\s*:", " . "),
)
"""Tried on small letters, before anything else."""

_F = r"(?:the )?(round|square|left|right)(?: (?:one|peg|hole))?(?: (?:on|to|in|at) (?:the )?(?:left|right))?"
_ANY = _F.replace("left|right)(?: (?:one", "left|right|wiper|box)(?: (?:one", 1)
_START = r"(?<=[,;:(–—-])\s*(?:and )?(?:with )?"
_END = r"(?=\s*(?:[,.;:!?)–—-]|$|and\b|then\b|please\b))"
_THEN = r"(?:,? ?(?:and |then |and then |after that |and after that |followed by ))"

_DOING = r"(\w+ing (?:the |both )[^.,;]+?)"
LIST_PHRASES = (
    (rf"\bbetween {_DOING} and {_DOING}\s*,\s*([^.;]+)", r" \1 , then \3 , then \2 "),
    (rf"{_START}{_F} first,?{_THEN}?{_F}(?: (?:second|next|last|after|afterwards|then|later))?{_END}", r" list-\1 "),
    (
        rf"{_START}(?:first )?{_F}(?:{_THEN}| before | ahead of | preceding ){_F}(?: (?:second|next|last))?{_END}",
        r" list-\1 ",
    ),
    (
        rf"{_START}{_ANY} (?:first|going first|leading|before the other(?: one)?|ahead of the other(?: one)?){_END}",
        r" list-\1 ",
    ),
    (rf"{_START}{_F} after {_F}{_END}", r" list-\2 "),
    (
        rf"(?<=[\w,;] )(?:starting|beginning|commencing|leading)(?: off)? with {_F}(?: first)?{_END}",
        r" list-\1 ",
    ),
    (
        r"(?:^|(?<=[,.;:])|(?<=\band )|(?<=\bbut ))\s*(?:in[ -]?between(?! the\b| an?\b)|between (?:the two|those two"
        r"|these two|them|both|those|these)(?! (?:\w+ )?(?:pegs|holes|arms|boxes|things|trays)\b))"
        r"(?: (?:of them|steps|tasks|those|these|the two))*",
        f" {MIDDLE} ",
    ),
)
"""Tried once things have their names."""
