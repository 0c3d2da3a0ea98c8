import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Execution, run_program
from touchloop.tasks.workbench.failures import MODES, Failure, fits, sample_failure

GRASP = ("grasp", {"arm": "left", "object": "square_peg"})
HOLDING = ("holding", {"arm": "left", "object": "square_peg"})
WIPER = {"arm": "left", "object": "wiper"}
RETURN = ("place", {**WIPER, "target": "rack"})
CARRY = [("grasp", WIPER), RETURN]
BACK = ("at", {"object": "wiper", "target": "rack"})


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


@pytest.mark.parametrize(
    ("mode", "program", "step", "goal"),
    [
        ("no_grasp", [GRASP], 0, HOLDING),
        ("translation", [GRASP], 0, HOLDING),
        ("rotation", [GRASP], 0, HOLDING),
        ("no_rotation", [GRASP], 0, HOLDING),
        ("wrong_object", [GRASP], 0, HOLDING),
        ("blocked", [GRASP], 0, HOLDING),
        ("slip", CARRY, 1, BACK),
        ("moved_after_success", CARRY, 1, BACK),
        ("wrong_order", CARRY, 0, ("free", {"arm": "left"})),
        ("lost_tool", [("grasp", WIPER), ("wipe", {"arm": "left"})], 1, ("clean", {"object": "board"})),
        ("lights_out", [("home", {"arm": "left"})], 0, ("lit", {})),
    ],
)
def test_failures_do_harm_and_are_recorded(bench, mode, program, step, goal):
    ticks = list(run_program(bench, program, 2, Failure(mode, step)))
    record = ticks[-1].record
    condition, args = goal
    assert not ticks[-1].truth.holds_true(condition, **args)
    assert record is not None
    assert (record.mode, record.step, record.skill) == (mode, step, program[step][0])
    began_s = next(t.time_s for t in ticks if t.step == step)
    assert began_s - 0.01 <= record.time_s <= ticks[-1].time_s
    # Nobody is told before it is so.
    assert next(t.time_s for t in ticks if t.record is not None) == pytest.approx(record.time_s, abs=0.009)


def test_a_failure_happens_once_so_that_the_step_can_be_tried_again(bench):
    bench.reset(6)
    execution = Execution(bench, failure=Failure("no_grasp", 0), program=[GRASP])
    held = []
    for _ in range(2):
        execution.start(0, *GRASP)
        while not execution.tick().done:
            pass
        held.append(bench.truth().holds_true("holding", arm="left", object="square_peg"))
    assert held == [False, True]


def test_sampled_failures_fit_and_use_every_mode():
    program = [GRASP, ("insert", {**GRASP[1], "target": "left_hole"}), ("press", {"arm": "right"})]
    program = [(name, {"object": "switch", **args}) for name, args in program]
    rng = np.random.default_rng(0)
    found = [sample_failure(program, rng) for _ in range(200)]
    assert all(fits(failure.mode, program, failure.step) for failure in found)
    assert {failure.mode for failure in found} == set(MODES)
    again = np.random.default_rng(0)
    assert found[:5] == [sample_failure(program, again) for _ in range(5)]


@pytest.mark.parametrize(
    ("failure", "message"),
    [
        (Failure("gremlins", 0), "expected one of no_grasp, slip"),
        (Failure("no_grasp", 3), "expected 0 to 0"),
        (Failure("slip", 0), r"step 0 \(grasp\): expected one of no_grasp"),
    ],
)
def test_failures_that_do_not_fit_are_told(bench, failure, message):
    with pytest.raises(InputError, match=message):
        next(run_program(bench, [GRASP], 0, failure))
