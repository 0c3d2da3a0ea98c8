"""Words that no list has and that change nothing where they stand: modifiers of known nouns, adverbs, kind words."""

from touchloop.monitor.language.word_list import word_set
from touchloop.monitor.language.words import Word

KIND_WORDS = word_set("""
    much asap darling sweetheart honey love dear dearest sweetie babe boss chief captain champ champion folks guys lads
    team everyone everybody ladies gentlemen gentleman dude bro man yay yo hooray hurray hurrah wow cool awesome
    wonderful fantastic brilliant excellent amazing terrific lovely beautiful cheerio bye goodbye welcome delighted
    grateful obliged appreciated pronto quickly urgently promptly instantly tonight tomorrow
    noon ta merci danke gracias bitte
    madam mister machine robo droid
    goodness heck thx thanx lol haha ta pet kids children righto grandma guv gosh hmm voila bravo""")
"""Passed over wherever they stand."""
_PLAIN = word_set("""
    big little small large tiny huge great heavy light lovely nice pretty handsome wee old new-ish shiny dusty plain
    wooden plastic metal steel cardboard paper rubber heavyweight famous poor good fine precious beloved dirty grubby
    whole actual said aforementioned humble trusty wretched silly stupid bloody damn darn blasted ugly messy smooth
    same-old entire lonely sturdy clever clunky bulky hefty weighty mighty modest simple ordinary usual quick swift
    firm brief short proper decent careful thorough final wide long thin thick fancy snug tight flush neat neatly flat
    high safe secure sound""")
"""Modifiers that tell nothing apart here: everything on the bench exists but once, and pegs have their forms."""
_BEHIND = word_set("snug snugly tight tightly flush neat neatly secure safe sound high")
"""Passed over behind what they are said of."""
_TELLS_APART = word_set("""
    umpteenth
    top bottom upper lower middle center centre central front rear near far nearer nearest farther farthest further
    other second third fourth fifth another spare extra additional next previous last first wrong opposite outer inner
    outside inside new different same only single half quarter single-use fake real false stop emergency reset
    power alarm panic doorbell start master main circuit bulletin notice surf key skate ironing cutting chess
    dart bread tool lunch pen pencil pizza shoe mail letter fuse match music juice cereal toy shopping ballot black
    white red green blue yellow orange purple pink brown grey gray golden silver triangular hexagonal oval star
    triangle hexagonal coat book ash tea tape towel clothes tent hair bowling safety hitching cheese""")
_COLOURS = word_set("black white red green blue yellow orange purple pink brown grey gray golden silver")
_CHANGES = word_set("""
    only partially halfway repeatedly scarcely separately simultaneously continuously diagonally vertically
    horizontally sideways occasionally randomly jointly alternately alternatively fatally violently roughly
    supply apply reply rely multiply imply comply family assembly belly fly lily jelly bully rally ally tally folly
    destructively wrongly falsely badly incorrectly improperly incompletely conditionally temporarily temporally
    hourly daily weekly yearly doubly triply mostly largely mainly merely solely exclusively slightly lightly
    selectively previously formerly early supposedly allegedly possibly potentially probably early anomaly
    reluctantly""")
"""Adverbs that change the deed, and other words that end in -ly."""
_ALONE = ("box", "wiper", "rack", "tray", "shelf")
_OPENERS = ("form", "side", "count", "passed")


def pass_over(written: list[str], words: list[Word]) -> tuple[list[Word], list[str]]:
    """The words, those that change nothing marked ``passed``, and what to tell of them."""
    seen: list[Word] = []
    notes: list[str] = []
    for index, word in enumerate(words):
        if not word.role and _passes(seen, word, words[index + 1 :]):
            notes.append(f"{written[index]!r} is ignored")
            word = Word(word.text, "passed")
        seen.append(word)
    return seen, notes


def _passes(before: list[Word], word: Word, following: list[Word]) -> bool:
    text = word.text
    if text in KIND_WORDS:
        return True
    if text.endswith("ly") and len(text) > 4 and text not in _CHANGES and text.isalpha():
        return True
    if text in _BEHIND and any(w.role in ("thing", "pronoun") or w.weak for w in before):
        return True
    if not text.replace("-", "").isalpha() or text.startswith(("non", "un", "anti")):
        return False
    article = before and before[-1].text in ("a", "an", "one", "good", "nice")
    if text in _PLAIN and article and following and following[0].role == "verb":
        # 'give the switch a little push'
        return True
    return _modifies(before, text, following)


def _modifies(before: list[Word], text: str, following: list[Word]) -> bool:
    """Whether the word stands before a known noun, inside what is said of it, and cannot tell it from another."""
    told = False
    for word in following:
        if word.role == "thing" or (word.role == "pronoun" and word.means == "one"):
            return _tells_nothing(before, text, word, told)
        told = told or word.role in ("form", "side")
        if word.role not in ("form", "side", "count", "") or word.text in _TELLS_APART:
            return False
        if not word.role and not word.text.isalpha():
            return False
    return False


def _tells_nothing(before: list[Word], text: str, noun: Word, told: bool) -> bool:
    opened = bool(before) and (before[-1].role in _OPENERS or before[-1].text in _ARTICLES)
    told = told or (bool(before) and before[-1].role in ("form", "side"))
    if noun.means in ("peg", "hole") or noun.role == "pronoun":
        if text in _PLAIN:
            return told
        return told and opened and text not in _TELLS_APART
    if text in _PLAIN:
        return True
    if noun.means in _ALONE:
        fits = text not in _TELLS_APART or text in _COLOURS
        return fits and not text.endswith(("est", "ing")) and (opened or (bool(before) and before[-1].role == "verb"))
    return False


_ARTICLES = word_set("the a an this that my your our its their his her these those one")
