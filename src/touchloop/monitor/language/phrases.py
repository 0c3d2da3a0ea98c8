"""Rewrites turns of phrase before an instruction is cut.

The rules are tried in their order on text in small letters. What they take out of it means nothing here.
"""

import re

from touchloop.monitor.language.bench_phrases import INK_PHRASES, LAMP_PHRASES
from touchloop.monitor.language.idioms import DEED_IDIOMS, THING_IDIOMS
from touchloop.monitor.language.list_phrases import LIST_PHRASES, LIST_SIGNS
from touchloop.monitor.language.marks import AFTER
from touchloop.monitor.language.order_phrases import ORDER_PHRASES
from touchloop.monitor.language.reference_phrases import REFERENCE_PHRASES

_NUMBER = r"(?:\d+|one|two|three|four|five|six|seven|eight|nine)"
_SIGNS = (
    (r"[’`]", "'"),
    (r"->(?=\s*(?:the )?(?:\w+ )?(?:hole|rack|tray|shelf)\b)", " to "),
    (r"->|→|>|<", " , "),
    (r"\b(?:n|an'|'n')\b", " and "),
    (rf"(?:^|\b)(?:step|task|job|action|stage|phase|item|no\.|#) ?{_NUMBER}\b(?: is(?: to)?\b)?\s*[:.)]?", " . "),
    (r"(?:^|\s)\(?(?:\d+[.)]|[a-h]\))(?=\s)", " . "),
    (r"(?:^|\n)\s*[-*•–]\s", " . "),
)
_POLITE = (
    (
        r"(?:^|(?<=[.!?;]))\s*(?:is|are|was|were|does|did|why|who|how|where)\b (?!it (?:be )?possible|about\b)"
        r"[^.!?;]*\?",
        " question-asked ",
    ),
    (r"^\s*(?:all )?right(?: then)?\s*[,!.]", " "),
    (
        r"(?:^|(?<=[.!?;]))\s*(?:(?:my|our|your|the) (?!left|right|round|square)\w+|it|we|i|one|everyone)"
        r"(?: would|'d| will)(?: (?:really|so|all|dearly))? (?:(?:love|like|please|delight|help|enjoy)"
        r"(?: (?!to\b|if\b|not\b)\w+){0,2} to (?:see|have)|(?:please|delight|help) (?:me|us|(?:the|my|our) \w+) if"
        r"|(?:love|like|enjoy|appreciate) it if)(?: you (?:could|would|can))?\b",
        " ",
    ),
    (r"\bwould it be (?:too )?(?:much |a |any )*(?:trouble|bother|problem|imposition) (?:to|for you to|if you)\b", " "),
    (
        r",? ?\bif (?:that|it|this)(?:'s| is) (?:ok|okay|all ?right|alright|fine|possible)(?: (?:with|by) you)?\b"
        r"|\bwhen(?:ever)? you(?:'re| are)? (?:ready|get a \w+|have (?:a|the) (?:\w+))(?=\s*[,.;!]|$)",
        " ",
    ),
    (
        r"(?:^|(?<=[.!?;]))\s*(?:in|as part of) (?:this|our|today's)"
        r" (?!left|right|round|square|tray|rack|shelf|hole|box)\w+,? (?=we|you|please|first|the robot)",
        " ",
    ),
    (r"\b(?:watch this|look here|listen(?: up)?|pay attention|check this out|heads up)\s*[,.!:]", " . "),
    (r"^\s*\w+ here\s*[.,!]", " "),
    (r"\b(?:do )?you know(?: what)?\s*[,!?]", " "),
    (r"\b(?:oh|ah|um|uh|hmm|yes|yeah|well|ok|okay)\s*,", " "),
    (r"\b(?:how|what) about\b|\bwhy (?:don't|do not) you\b", " "),
    (
        r"\b(?:it|that)(?: would| will|'d|'ll) be (?:\w+ )?"
        r"(?:great|good|nice|lovely|kind|helpful|perfect|best|wonderful|ideal|fantastic) (?:if|to)\b",
        " ",
    ),
    (r"\b(?:i (?:would|'d)|i'd) (?:appreciate|love|like) it if(?: you (?:could|would|can))?\b", " "),
    (r"\bi(?:'d| would) be (?:\w+ )?(?:grateful|thankful|happy|glad|obliged) if(?: you (?:could|would|can))?\b", " "),
    (r"\bi was (?:hoping|thinking)(?: that)?(?: you (?:could|would|can|might))?\b", " "),
    (r"\bi (?:was wondering|wonder) if(?: you (?:could|would|can))?\b|\b(?:is|would) it (?:be )?possible to\b", " "),
    (
        r"\b(?:do me (?:a|the) (?:favou?r|kindness) (?:and|of)|(?:may|can|could|might) i ask (?:that )?you(?:"
        r" to)?)\b",
        " ",
    ),
    (r"\bbe so (?:kind|good)(?: as)? to\b|\bfeel free to\b|\bgo on and\b|\b(?:it is|it's|now is the) time to\b", " "),
    (
        r"\b(?:your|the|my|our) (?:mission|objective|goal|assignment|aim|plan|idea|request|wish) (?:here"
        r" )?(?:is|will be)(?: to| that)?\b",
        " ",
    ),
    (
        r"\b(?:here is|here's) (?:what|the plan|your task)(?: i (?:want|need)| you (?:should|must|have to) do|"
        r" to do)?\b",
        " ",
    ),
    (r"\bwhat i (?:want|need|would like)(?: you to do)?(?: here| now)? is(?: for you)?(?: to)?\b", " "),
    (r"\b(?:if you don't mind|if you do not mind|if you please|if possible|if you (?:can|could|would)|do that)\b", " "),
    (r",? ?\b(?:(?:and|but) )?not (?:before|any earlier|earlier|sooner)(?=\s*[,.;]|\s*$)", " "),
    (
        r"\b(?:and |then )*(?:that|this)(?:'s| is| will be| would be) (?:all|it|everything)(?: for (?:now"
        r"|today)| i need)?(?=\s*(?:[,.;!]|$))",
        " . ",
    ),
    (r"\b(?:but )?not (?:until|before)\b", f" {AFTER} "),
    (r"n't\b", " not"),
    (r"\b(?:do not|never) (?:forget|neglect|fail|omit) (?:to\b|about\b)?", " "),
    (r"\b(?:remember|try|proceed|continue) (?:to|with|by)\b(?=\s+\w)", " "),
    (r"\b(?:be|make) (?:sure|certain) (?:to|that)\b|\b(?:see|seeing) to it(?: that)?\b", " "),
    (r"'(?:d|s|ll|re|m|ve)\b", " "),
)
_RULES = tuple(
    (re.compile(pattern), replacement)
    for group in (
        LIST_SIGNS,
        _SIGNS,
        _POLITE,
        THING_IDIOMS,
        LAMP_PHRASES,
        INK_PHRASES,
        REFERENCE_PHRASES,
        LIST_PHRASES,
        ORDER_PHRASES,
        DEED_IDIOMS,
    )
    for pattern, replacement in group
)
_SPACES = re.compile(r"[ \t]+")
_TELEGRAM = re.compile(r"(?<=[A-Za-z0-9]) STOP\b")
_LAST_STOP = re.compile(r"(?<=[a-z0-9])(?:\s*[.,;!]|,? (?:and |then )+)\s*stop\s*[.!]*\s*$")


def rewrite(text: str) -> str:
    """The text in small letters, its turns of phrase replaced by marks and by words that the list knows."""
    lowered = _LAST_STOP.sub(" . ", _TELEGRAM.sub(" . ", text).lower())
    for pattern, replacement in _RULES:
        lowered = _SPACES.sub(" ", pattern.sub(replacement, lowered))
    return lowered
