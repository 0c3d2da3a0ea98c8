"""Whole runs on the simulated bench, with a failure and without."""

from pathlib import Path

import pytest

from touchloop.bench.monitor_repair import calls_of, run_on_bench
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.language.embedded import EmbeddedPlanner
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import Failure

LIMITS = Limits.load(Path(__file__).parents[4] / "config" / "monitor_limits.yaml")
SEED = 711


@pytest.fixture(scope="module")
def bench():
    with Workbench() as found:
        yield found


def program_of(bench, instruction):
    bench.reset(SEED)
    return EmbeddedPlanner().plan(instruction, facts_at_rest(bench.view())).program


def kinds(outcome):
    return [event.kind for event in outcome.events]


def test_facts_are_what_the_bench_shows(bench):
    bench.reset(SEED)
    facts, truth = facts_at_rest(bench.view()), bench.truth()
    assert facts.places == {name: place for name, place in truth.at.items() if place is not None}
    assert facts.forms == {name: plate.config.form for name, plate in bench.scene.holes.items()}


def test_an_undisturbed_run_has_no_verdict_of_failure(bench):
    outcome = run_on_bench(bench, program_of(bench, "press the switch"), LIMITS, "evidence", SEED)
    assert outcome.success
    assert outcome.status == "done"
    assert "verdict" not in kinds(outcome)


def test_a_failure_is_explained_and_repaired_and_blind_runs_fail(bench):
    program = program_of(bench, "put the wiper on the tray")
    assert calls_of(program)[0][0] == "grasp"
    failure = Failure("no_grasp", 0)
    blind = run_on_bench(bench, program, LIMITS, "none", SEED, failure)
    assert not blind.success
    outcome = run_on_bench(bench, program, LIMITS, "evidence", SEED, failure)
    assert outcome.success
    (verdict,) = [event.verdict for event in outcome.events if event.verdict is not None]
    assert (verdict.cause, verdict.step) == ("no_grasp", 1)
    (repair,) = [event.repair for event in outcome.events if event.repair is not None]
    assert "no grasp" in repair.sentence


def test_in_the_dark_the_human_is_asked_for_light(bench):
    outcome = run_on_bench(
        bench, program_of(bench, "press the switch"), LIMITS, "evidence", SEED, Failure("lights_out", 0)
    )
    assert "ask" in kinds(outcome)
    assert outcome.success


def test_an_unknown_mode_is_refused(bench):
    with pytest.raises(InputError, match="evidence"):
        run_on_bench(bench, program_of(bench, "press the switch"), LIMITS, "magic", SEED)
