import numpy as np
import pytest

from touchloop.monitor.vlm.facts import FACTS, HIDDEN, MOVABLE, NAMES, from_codes
from touchloop.monitor.vlm.phrases import CLAUSES, DIRECT, sentences, unfolded
from touchloop.monitor.vlm.questions import ANSWERS, DOUBLE, KINDS, SINGLE, Moment, all_args, answer
from touchloop.monitor.vlm.wordings import HELD_OUT, TRAINED, word
from touchloop.monitor.vlm.wordings import NAMES as SPOKEN

USUAL = {
    "wiper": "left_hand",
    "round_peg": "left_hole",
    "square_peg": HIDDEN,
    "box": "stand",
    "left_hand": "wiper",
    "right_hand": "nothing",
    "left_hole": "round_peg",
    "right_hole": "nothing",
    "form": "left_hole",
    "board": "half",
    "switch": "off",
    "lifted": "no",
    "left_near": "board",
    "right_near": "nothing",
    "wiping": "yes",
    "ball": "no",
    "light": "on",
}


def moment(x: float = 0.0, **changes: str) -> Moment:
    return Moment({**USUAL, **changes}, {name: np.array([x, 0.0, 0.0]) for name in MOVABLE})


@pytest.mark.parametrize(
    ("kind", "args", "wanted"),
    [
        ("holding", {"object": "wiper", "hand": "left_hand"}, "yes"),
        ("holding", {"object": "wiper", "hand": "right_hand"}, "no"),
        ("holds_what", {"hand": "left_hand"}, "wiper"),
        ("empty", {"hand": "right_hand"}, "yes"),
        ("who_holds", {"object": "box"}, "neither"),
        ("where", {"object": "round_peg"}, "left hole"),
        ("where", {"object": "square_peg"}, "unknown"),
        ("at", {"object": "square_peg", "place": "left_hole"}, "no"),
        ("at", {"object": "square_peg", "place": "rack"}, "unknown"),
        ("racked", {}, "unknown"),
        ("hole_content", {"hole": "right_hole"}, "nothing"),
        ("which_hole", {"form": "square"}, "right hole"),
        ("clean", {}, "no"),
        ("board", {}, "partly wiped"),
        ("near", {"side": "left", "target": "board"}, "yes"),
        ("near_what", {"side": "right"}, "nothing"),
        ("wiping", {}, "yes"),
        ("dark", {}, "no"),
    ],
)
def test_questions_about_one_moment(kind: str, args: dict[str, str], wanted: str) -> None:
    assert answer(kind, args, moment()) == wanted


def test_questions_about_changes() -> None:
    before, last = moment(), moment(0.1, left_hand="nothing", switch="on", board="clean")
    asked = {
        ("moved", "object", "box"): "yes",
        ("moved", "object", "square_peg"): "unknown",
        ("took", "hand", "left_hand"): "no",
        ("let_go", "hand", "left_hand"): "yes",
        ("was_where", "object", "wiper"): "left gripper",
    }
    for (kind, name, value), wanted in asked.items():
        assert answer(kind, {name: value}, last, before) == wanted
    for kind, wanted in {"went_on": "yes", "went_off": "no", "wiped": "yes", "went_dark": "no"}.items():
        assert answer(kind, {}, last, before) == wanted
        assert answer(kind, {}, last) == "unknown"


def test_nothing_is_known_in_the_dark_but_the_dark() -> None:
    hidden = {name: HIDDEN for name, values in FACTS.items() if HIDDEN in values}
    dark = moment(**hidden, light="off")
    for kind in SINGLE:
        for args in all_args(kind):
            assert answer(kind, args, dark) == {"dark": "yes", "lit": "no"}.get(kind, "unknown"), (kind, args)


def test_every_answer_is_in_the_vocabulary() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        codes = np.array([rng.integers(len(FACTS[name])) for name in NAMES])
        one = Moment(from_codes(codes), moment(float(rng.normal())).positions)
        for kind in KINDS:
            for args in all_args(kind):
                assert answer(kind, args, one, moment() if kind in DOUBLE else None) in ANSWERS


def test_held_out_wordings_are_not_trained_on() -> None:
    assert set(TRAINED) == set(HELD_OUT) == set(KINDS)
    trained = {text for texts in TRAINED.values() for text in texts}
    assert not trained & {text for texts in HELD_OUT.values() for text in texts}
    for name, (usual, others) in SPOKEN.items():
        if name not in ("round", "square"):
            assert not set(usual) & set(others), name


def test_patterns_keep_their_distance_from_held_out_wordings() -> None:
    assert set(DIRECT) == set(CLAUSES) == set(KINDS)
    for kind in KINDS:
        found = sentences(kind, HELD_OUT[kind])
        assert len(found) > 150
        assert len(set(found)) == len(found)
        for text in found:
            assert not set("()[]<>|") & set(text), text
            assert text not in HELD_OUT[kind]


def test_a_pattern_unfolds() -> None:
    rng = np.random.default_rng(0)
    assert {unfolded("is it (a|b) [c|d]", rng) for _ in range(200)} == {
        f"is it {x}{y}" for x in "ab" for y in ("", " c", " d")
    }


def test_every_kind_can_be_worded() -> None:
    rng = np.random.default_rng(0)
    for kind in KINDS:
        for args in all_args(kind):
            for held_out in (False, True):
                text = word(kind, args, rng, held_out)
                assert "{" not in text
                assert 2 <= len(text.split()) <= 32


def test_what_the_monitor_asks_is_worded_as_in_training() -> None:
    asked = {
        "clean": "is the {board} clean",
        "switched": "is the {switch} on",
        "at": "is the {object} in the {place}",
        "holding": "is the {object} in the {hand}",
        "empty": "is the {hand} empty",
        "lifted": "is the {box} lifted",
        "lit": "is the light on",
        "near": "is the {hand} near the {target}",
    }
    for kind, text in asked.items():
        assert text in TRAINED[kind]
