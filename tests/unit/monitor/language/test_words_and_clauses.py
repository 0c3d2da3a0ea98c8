import pytest

from touchloop.monitor.language.clauses import order, split
from touchloop.monitor.language.retrieval import EXAMPLES, nearest
from touchloop.monitor.language.words import look_up, mend


@pytest.mark.parametrize(
    ("written", "meant"),
    [("teh", "the"), ("baord", "board"), ("swich", "switch"), ("rond", "round"), ("insret", "insert"), ("hom", "home")],
)
def test_one_slip_is_mended(written: str, meant: str) -> None:
    assert look_up(written).text == meant


@pytest.mark.parametrize(
    "word",
    ["pen", "wire", "plate", "mother", "coffee", "window", "cat", "call", "ball", "1", "é", "smashed", "read", "sat"],
)
def test_other_words_are_not_taken_for_known_ones(word: str) -> None:
    assert mend(word) is None
    assert look_up(word).role == ""


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("wipe, then press", "wipe|press"),
        ("before pressing, wipe", "wipe|pressing"),
        ("press after wiping", "wiping|press"),
        ("a b, but first c d", "c d|a b"),
        ("1. wipe\n2. press", "wipe|press"),
        ("finally press and lift; wipe", "wipe|press|lift"),
        ("press only after wiping", "wiping|press"),
        ("wipe, and once that's done press", "wipe|press"),
        ("with that out of the way, press", "press"),
        ("having wiped, press", "wiped|press"),
        ("press, having first wiped", "wiped|press"),
        ("press. wipe first.", "wipe|press"),
        ("press followed by wiping", "press|wiping"),
        ("press; as a final step lift; wipe", "press|wipe|lift"),
        ("leave the switch for last, wipe", "wipe|the switch"),
        ("press once and wipe", "press|wipe"),
        ("press, and before you do that, wipe", "wipe|press"),
        ("press, and before you do, wipe", "wipe|press"),
        ("wipe and afterwards, not before, press", "wipe|press"),
        ("1) wipe 2) press 3) lift", "wipe|press|lift"),
    ],
)
def test_the_order_that_is_meant(text: str, clauses: str) -> None:
    found = split(text)
    assert "|".join(found[index].text for index in order(found)) == clauses


def test_every_clause_is_done_once() -> None:
    text = "After a, before b, c and then d, but first e. Before that f, finally g after h. i last."
    found = split(text)
    assert sorted(order(found)) == list(range(len(found)))


def test_the_nearest_example() -> None:
    assert nearest("press the swotch")[0] == "press the switch"
    assert nearest("xyzzy") == ()
    assert set(nearest("wipe the box", count=20)) <= set(EXAMPLES)
