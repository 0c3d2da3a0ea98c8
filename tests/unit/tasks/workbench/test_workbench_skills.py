import pytest

from touchloop.errors import InputError
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import run_program
from touchloop.tasks.workbench.skills import Skills
from touchloop.tasks.workbench.trial import attempt
from touchloop.tasks.workbench.vocabulary import SKILLS, checked_call


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


@pytest.mark.parametrize(
    ("plan", "arm", "seed"),
    [
        ("round_peg", "right", 2),
        ("square_peg", "left", 3),
        ("press", "right", 4),
        ("lift_and_place", "left", 5),
        ("tray", "right", 6),
        ("move", "left", 8),
    ],
)
def test_skills_do_what_they_are_for(bench, plan, arm, seed):
    outcome = attempt(bench, plan, arm, seed)
    assert outcome.success, outcome.reasons
    assert not outcome.reasons


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["wipe", "round_peg", "square_peg", "press", "lift", "tray", "shelf", "tool_on_tray"])
@pytest.mark.parametrize("seed", [21, 22, 23])
def test_skills_do_it_on_other_benches(bench, plan, seed):
    assert attempt(bench, plan, "left" if seed % 2 else "right", seed).success


@pytest.mark.slow
@pytest.mark.parametrize("plan", ["wipe", "lift"])
def test_learned_policies_work_in_the_task_frame(bench, plan):
    assert attempt(bench, plan, "left", 1, backend="learned").success


def test_ticks_say_what_runs(bench):
    program = [("move", {"arm": "left", "target": "rack"}), ("home", {"arm": "right"})]
    ticks = list(run_program(bench, program, 4, tail_s=0.2))
    assert [t.step for t in ticks if t.done] == [0, 1]
    assert ticks[-1].step == 2
    assert ticks[-1].skill == ""
    assert ticks[0].skill == "move"
    assert ticks[0].args == {"arm": "left", "target": "rack"}
    assert all(t.record is None for t in ticks)
    assert ticks[-1].truth.holds_true("near", arm="left", target="rack")
    assert ticks[-1].truth.holds_true("near", arm="right", target="home")


def test_the_same_seed_runs_the_same(bench):
    def last():
        return list(run_program(bench, [("grasp", {"arm": "left", "object": "wiper"})], 9, tail_s=0.1))[-1]

    first, second = last(), last()
    assert first.time_s == second.time_s
    assert (first.observations[0].wrench_at_sensor == second.observations[0].wrench_at_sensor).all()


@pytest.mark.parametrize(
    ("name", "args", "message"),
    [
        ("jump", {}, f"expected one of {', '.join(SKILLS)}"),
        ("grasp", {"arm": "left", "object": "board"}, "expected one of wiper, round_peg, square_peg, box"),
        ("grasp", {"arm": "up", "object": "wiper"}, "expected one of left, right"),
        ("insert", {"arm": "left", "object": "wiper", "target": "left_hole"}, "expected one of round_peg, square_peg"),
        ("place", {"arm": "left", "object": "box", "target": "rack"}, "expected one of tray, shelf"),
        ("place", {"arm": "left", "object": "wiper", "target": "shelf"}, "expected one of rack, tray"),
        ("home", {"arm": "left", "speed": "fast"}, "argument 'speed'"),
        ("home", {}, "argument 'arm' is missing"),
    ],
)
def test_wrong_calls_are_told(name, args, message):
    with pytest.raises(InputError, match=message):
        checked_call(name, args)


def test_defaults_are_filled_in():
    assert checked_call("wipe", {"arm": "left"}) == {"arm": "left", "object": "board"}


def test_an_unknown_backend_and_an_empty_program_are_told(bench):
    with pytest.raises(InputError, match="scripted, learned"):
        Skills("telepathy")
    with pytest.raises(InputError, match="at least one call"):
        next(run_program(bench, [], 0))
