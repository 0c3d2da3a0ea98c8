import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.program import model
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.program.parser import parse
from touchloop.monitor.program.printer import print_program
from touchloop.monitor.program.skills import REGISTRY
from touchloop.monitor.program.symbolic import apply, simulate
from touchloop.monitor.program.validator import validate
from touchloop.monitor.repair.memory import RepairMemory
from touchloop.monitor.repair.repairer import KINDS, MAX_REPAIRS, Repair, Repairer, Trace
from touchloop.monitor.verdict import CAUSES, Verdict

sys.path.append(str(Path(__file__).parents[1] / "program"))
sys.path.append(str(Path(__file__).parents[1] / "language"))
from instruction_file import SCENES, START, read_instructions
from program_strategies import programs

FORMS = SCENES["round_left"].forms
PROGRAM = parse("""\
instruction "wipe the board, insert the round peg"
goal clean(board)
goal inserted(round_peg, left_hole)

sequence:
    grasp(left, wiper)
    wipe(left, board)
    check clean(board)
    checkpoint one
place(left, wiper, rack)
sequence:
    grasp(left, round_peg)
    insert(left, round_peg, left_hole)
    release(left)
""")


def failed(cause: str, step: int | None) -> Verdict:
    return Verdict("failed", cause, step, 0.9)


def scene(**places: str) -> SceneFacts:
    return SceneFacts(FORMS, START | places)


def skills(repair: Repair) -> list[str]:
    return [str(step.skill) for step in repair.program.steps()]


def by_kind(done: set[int], verdict: Verdict, facts: SceneFacts, program: model.Program = PROGRAM) -> dict[str, Repair]:
    found = Repairer().candidates(program, Trace(frozenset(done)), verdict, facts)
    return {repair.kind: repair for repair in found}


def test_a_grasp_that_missed_is_tried_again_and_the_rest_follows() -> None:
    repair = Repairer().next(PROGRAM, Trace(), failed("no_grasp", 1), scene())
    assert repair is not None
    assert repair.kind == "retry"
    assert skills(repair) == [str(step.skill) for step in PROGRAM.steps()]
    assert repair.sentence == (
        "grasp(left, wiper) failed (no grasp), so it is tried again, with what it needs put right first."
    )


def test_a_slipped_peg_is_grasped_again_before_it_is_inserted() -> None:
    repairs = by_kind({1, 2, 3, 4}, failed("slip", 5), scene())
    assert skills(repairs["slower"])[:2] == [
        "grasp(left, round_peg)",
        "insert(left, round_peg, left_hole, speed_m_s=0.15)",
    ]
    assert skills(repairs["other_arm"]) == [
        "grasp(right, round_peg)",
        "insert(right, round_peg, left_hole)",
        "release(right)",
    ]


def test_a_lost_tool_is_fetched() -> None:
    repairs = by_kind({1}, failed("lost_tool", 2), scene(wiper="tray"))
    assert skills(repairs["retry"])[:2] == ["grasp(left, wiper)", "wipe(left, board)"]


def test_a_wrong_object_is_put_back() -> None:
    repairs = by_kind({1, 2, 3}, failed("wrong_object", 4), scene(square_peg="left"))
    assert skills(repairs["retry"])[:3] == [
        "place(left, square_peg, rack)",
        "grasp(left, round_peg)",
        "insert(left, round_peg, left_hole)",
    ]


def test_a_turned_peg_is_grasped_anew() -> None:
    repair = Repairer().next(PROGRAM, Trace(frozenset({1, 2, 3, 4})), failed("rotation", 5), scene(round_peg="left"))
    assert repair is not None
    assert skills(repair)[:3] == [
        "place(left, round_peg, rack)",
        "grasp(left, round_peg)",
        "insert(left, round_peg, left_hole)",
    ]


def test_what_was_undone_is_done_again() -> None:
    program = parse("goal at(round_peg, tray)\ngrasp(left, round_peg)\nplace(left, round_peg, tray)\npress(right)")
    repair = Repairer().next(program, Trace(frozenset({1, 2})), failed("moved_after_success", 2), scene())
    assert repair is not None
    assert skills(repair) == ["grasp(left, round_peg)", "place(left, round_peg, tray)", "press(right, switch)"]


def test_an_arm_that_is_blocked_goes_home_first() -> None:
    program = parse("goal pressed(switch)\npress(right)")
    repairs = by_kind(set(), failed("blocked", 1), scene(), program)
    assert skills(repairs["home_first"]) == ["home(right)", "press(right, switch)"]
    assert skills(repairs["other_arm"]) == ["press(left, switch)"]
    assert skills(repairs["other_skill"]) == ["move(right, switch)", "press(right, switch)"]


def test_a_wrong_order_is_set_right() -> None:
    program = parse("goal clean(board)\ngoal pressed(switch)\npress(left)\ngrasp(left, wiper)\nwipe(left)")
    repairs = by_kind(set(), failed("wrong_order", 1), scene(), program)
    assert skills(repairs["reorder"]) == ["grasp(left, wiper)", "wipe(left, board)", "press(right, switch)"]


def test_in_the_dark_only_the_human_is_asked() -> None:
    repairs = by_kind({1}, failed("lights_out", 2), scene(wiper="left"))
    assert list(repairs) == ["light"]
    assert "turn on the light" in print_program(repairs["light"].program)


def test_without_a_step_the_human_is_asked() -> None:
    repairs = by_kind({1}, failed("unknown", None), scene(wiper="left"))
    assert list(repairs) == ["ask"]


def test_a_failure_inside_a_branch_stays_in_its_arm() -> None:
    left, right = "grasp(left, wiper)\n        wipe(left)", "press(right)\n        home(right)"
    program = parse(f"parallel:\n    left:\n        {left}\n    right:\n        {right}")
    for repair in Repairer().candidates(program, Trace(frozenset({1, 3})), failed("slip", 2), scene(wiper="left")):
        validate(repair.program)
        assert "press(right, switch)" not in skills(repair)
        assert "home(right)" in skills(repair) or repair.kind == "other_arm"


def test_at_most_five_and_never_the_same_twice_and_the_last_asks() -> None:
    repairer, program, kinds = Repairer(), parse("goal pressed(switch)\npress(right)"), []
    while (repair := repairer.next(program, Trace(), failed("no_grasp", 1), scene())) is not None:
        kinds.append(repair.kind)
    assert len(kinds) == MAX_REPAIRS
    assert len(set(kinds)) == MAX_REPAIRS
    assert kinds[-1] == "ask"


def test_a_skill_off_the_allow_list_is_not_used() -> None:
    allowed = frozenset({"press"})
    program = parse("goal pressed(switch)\npress(right)")
    for repair in Repairer(allowed=allowed).candidates(program, Trace(), failed("blocked", 1), scene()):
        assert {step.skill.name for step in repair.program.steps()} <= allowed


def test_what_is_not_a_failure_is_refused() -> None:
    with pytest.raises(InputError, match="only 'failed' and 'unknown'"):
        Repairer().candidates(PROGRAM, Trace(), Verdict("ok"), scene())
    with pytest.raises(InputError, match="steps 1 to 6"):
        Repairer().candidates(PROGRAM, Trace(), failed("slip", 7), scene())
    with pytest.raises(InputError, match="from 0 to 5"):
        Repairer(max_repairs=6)


def test_memory_puts_first_what_worked(tmp_path: Path) -> None:
    memory = RepairMemory(tmp_path / "repairs.jsonl")
    repairer = Repairer(memory=memory)
    first = repairer.candidates(PROGRAM, Trace(), failed("no_grasp", 1), scene())
    other = next(repair for repair in first if repair.kind == "other_arm")
    for _ in range(3):
        repairer.learn(other, True)
    repairer.learn(first[0], False)
    again = Repairer(memory=RepairMemory(tmp_path / "repairs.jsonl"))
    kinds = [repair.kind for repair in again.candidates(PROGRAM, Trace(), failed("no_grasp", 1), scene())]
    assert kinds[0] == "other_arm"
    # Six ways are open; the one that failed is the one too many.
    assert "retry" not in kinds
    # Switched off, the order is the written one.
    kinds = [r.kind for r in Repairer().candidates(PROGRAM, Trace(), failed("no_grasp", 1), scene())]
    assert kinds[0] == KINDS["no_grasp"][0]


@settings(max_examples=150)
@given(
    st.sampled_from(read_instructions()[0]),
    st.sampled_from(CAUSES),
    st.data(),
)
def test_repairs_of_planned_programs_are_valid_and_still_reach_the_goals(entry: dict, cause: str, data) -> None:
    facts = SCENES[entry["scene"]]
    program = EmbeddedPlanner().plan(entry["text"], facts).program
    assert program is not None
    steps = program.steps()
    number = data.draw(st.integers(1, len(steps)))
    state = facts.conditions()
    for step in steps[: number - 1]:
        state = apply(REGISTRY, step.skill, state)
    now = _facts(facts, state, lost=data.draw(st.booleans()))
    repairer = Repairer()
    repairs = repairer.candidates(program, Trace(frozenset(range(1, number))), failed(cause, number), now)
    assert 1 <= len(repairs) <= MAX_REPAIRS
    for repair in repairs:
        _check(repair)
        if repair.kind not in ("ask", "light"):
            outcome = simulate(repair.program, now, REGISTRY)
            assert outcome.problems == ()
            assert outcome.unreached(repair.program.goals) == ()


@settings(max_examples=150)
@given(programs(), st.sampled_from(CAUSES), st.data())
def test_repairs_of_any_program_are_valid(program: model.Program, cause: str, data) -> None:
    count = len(program.steps())
    done = data.draw(st.frozensets(st.integers(1, max(count, 1))))
    step = data.draw(st.none() | st.integers(1, count)) if count else None
    places = data.draw(
        st.dictionaries(st.sampled_from(sorted(START)), st.sampled_from(["rack", "tray", "left"]), max_size=1)
    )
    for repair in Repairer().candidates(program, Trace(done), failed(cause, step), SceneFacts(FORMS, places)):
        _check(repair)


def _check(repair: Repair) -> None:
    validate(repair.program)
    assert parse(print_program(repair.program)) == repair.program
    assert repair.sentence.endswith(".")
    assert repair.sentence.count(". ") == 0


def _facts(facts: SceneFacts, state: frozenset[model.Condition], lost: bool) -> SceneFacts:
    """What a camera would tell of a state; what a hand held may have dropped out of it."""
    places = {}
    for c in state:
        if c.name in ("at", "inserted"):
            places[c.arguments[0]] = c.arguments[1]
        elif c.name == "holding" and not lost:
            places[c.arguments[1]] = c.arguments[0]
    true = frozenset(c for c in state if c.name in ("clean", "pressed", "lifted"))
    return SceneFacts(facts.forms, places, true)


def test_in_the_dark_without_a_step_the_human_is_asked_for_light():
    program = parse("press(left, switch)\ncheck pressed(switch)\nhome(left)\n")
    verdict = Verdict("failed", "lights_out", None, 0.9)
    (repair,) = Repairer().candidates(program, Trace(frozenset({1})), verdict, SceneFacts())
    assert repair.kind == "light"
    assert "light" in repair.program.body[0].question
    assert [str(step.skill) for step in repair.program.steps()] == ["home(left)"]


def test_what_was_checked_before_the_step_that_failed_is_not_checked_again():
    program = parse("grasp(left, wiper)\ncheck holding(left, wiper)\nwipe(left, board)\n")
    verdict = Verdict("failed", "slip", 2, 0.9)
    facts = SceneFacts(places={"round_peg": "rack", "square_peg": "rack"})
    kinds = [repair.kind for repair in Repairer().candidates(program, Trace(frozenset({1})), verdict, facts)]
    assert "slower" in kinds
    assert "retry" in kinds
