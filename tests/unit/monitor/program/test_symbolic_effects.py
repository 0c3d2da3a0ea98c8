import pytest

from touchloop.errors import InputError
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import Outcome, lasting, simulate

FACTS = SceneFacts(
    {"left_hole": "round", "right_hole": "square"}, {"wiper": "rack", "round_peg": "rack", "square_peg": "rack"}
)


def outcome(text: str, facts: SceneFacts = FACTS) -> Outcome:
    return simulate(parse(text), facts, REGISTRY)


def told(text: str, facts: SceneFacts = FACTS) -> list[str]:
    return sorted(str(condition) for condition in outcome(text, facts).state)


def test_a_peg_stays_in_its_hole_when_the_hand_opens() -> None:
    state = told("grasp(left, round_peg)\ninsert(left, round_peg, left_hole)\nrelease(left)")
    assert "inserted(round_peg, left_hole)" in state
    assert "free(left)" in state


def test_what_is_let_go_over_the_tray_is_on_the_tray() -> None:
    assert "at(round_peg, tray)" in told("grasp(left, round_peg)\nmove(left, tray)\nrelease(left)")
    assert not [c for c in told("grasp(left, round_peg)\nrelease(left)") if "round_peg" in c]
    assert "at(wiper, left_hole)" not in told("grasp(left, wiper)\nmove(left, left_hole)\nrelease(left)")


def test_a_box_that_both_hold_is_put_down_by_both() -> None:
    state = told("lift()\nplace(left, box, shelf)")
    assert {"at(box, shelf)", "free(left)", "free(right)"} <= set(state)
    assert "lifted(box)" not in state


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("wipe(left)", "line 1: wipe(left, board): holding(left, wiper) must hold"),
        ("grasp(left, wiper)\npress(left)", "line 2: press(left, switch): free(left) must hold"),
        ("grasp(left, wiper)\ngrasp(right, wiper)", "holding(*, wiper) must not hold"),
        ("lift()\nhome(left)", "line 2: home(left): lifted(box) must not hold"),
        ("grasp(left, round_peg)\ninsert(left, round_peg, right_hole)", "right_hole is square"),
        ("check pressed()", "line 1: check pressed(switch): it does not hold here"),
    ],
)
def test_needs_that_are_not_met_are_named(text: str, problem: str) -> None:
    assert problem in outcome(text).problems[0]


def test_a_hole_takes_one_peg() -> None:
    facts = SceneFacts({}, {"round_peg": "left_hole", "square_peg": "left"})
    assert "must not hold" in outcome("insert(left, square_peg, left_hole)", facts).problems[0]


def test_a_fallback_goes_on_with_what_can_be_done() -> None:
    result = outcome("fallback:\n    check pressed()\n    press(left)\nhome(left)")
    assert result.problems == ()
    assert result.unreached((Condition("pressed", ("switch",)), Condition("near", ("left", "home")))) == ()


def test_goals_count_in_their_order() -> None:
    pressed, clean = Condition("pressed", ("switch",)), Condition("near", ("left", "home"))
    assert outcome("home(left)\npress(left)").unreached((pressed, clean)) == (clean,)


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ({"forms": {"middle_hole": "round"}}, "'middle_hole' does not exist; valid: left_hole, right_hole"),
        ({"forms": {"left_hole": "oval"}}, "form of left_hole: 'oval' does not exist; valid: round, square"),
        ({"places": {"cup": "tray"}}, "object: 'cup' does not exist"),
        ({"places": {"box": "moon"}}, "place of box: 'moon' does not exist"),
        ({"reach": {"box": ("middle",)}}, "arm that reaches box: 'middle'"),
    ],
)
def test_facts_that_cannot_be_are_refused(facts: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        SceneFacts(**facts)


def test_only_what_is_not_undone_lasts():
    program = parse("lift(box)\nplace(left, box, shelf)\npress(left, switch)\n")
    goals = [Condition("lifted", ("box",)), Condition("at", ("box", "shelf")), Condition("pressed", ("switch",))]
    assert lasting(goals, program, SceneFacts(), REGISTRY) == tuple(goals[1:])
