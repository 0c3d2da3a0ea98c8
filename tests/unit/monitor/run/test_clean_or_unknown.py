"""Whether the board is clean is unknown until a camera has looked at it after a wipe."""

from dataclasses import replace
from pathlib import Path

import pytest

from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.pictures import PictureAnswer
from touchloop.monitor.evidence.sensed import sensed_of
from touchloop.monitor.evidence.watch import Watch
from touchloop.monitor.program.model import Condition
from touchloop.monitor.program.parser import parse
from touchloop.monitor.run.monitored_run import MonitoredRun
from touchloop.monitor.run.picture_checks import PictureChecks
from touchloop.monitor.run.seen_facts import facts_at_rest
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Execution

LIMITS = Limits.load(Path(__file__).parents[4] / "config" / "monitor_limits.yaml")
CLEAN = Condition("clean", ("board",))


@pytest.fixture(scope="module")
def sensed():
    with Workbench() as bench:
        bench.reset(1)
        assert CLEAN not in facts_at_rest(bench.view()).true
        return sensed_of(Execution(bench).tick())


def run_of(pictures=None):
    return MonitoredRun(parse("home(left)\n"), Watch(LIMITS), None, lambda _: None, pictures=pictures)


def test_nobody_knows_before_somebody_looks(sensed):
    run = run_of()
    run.step(sensed, PERIOD_S)
    assert run.holds(CLEAN) is None
    assert CLEAN not in run.facts.true


def test_what_was_seen_last_counts(sensed):
    run = run_of()
    for share, clean in ((0.0, True), (None, True), (0.6, False), (None, False)):
        run.step(replace(sensed, ink_share=share), PERIOD_S)
        assert run.holds(CLEAN) is clean
        assert (CLEAN in run.facts.true) is clean


def test_a_picture_is_asked_while_nobody_knows(sensed):
    asked = []

    def look(condition):
        asked.append(condition)
        return PictureAnswer(condition, "is it clean?", True, 0.99)

    run = run_of(PictureChecks(look))
    run.step(sensed, PERIOD_S)
    assert run.holds(CLEAN) is True
    assert asked == [CLEAN]
    run.step(replace(sensed, ink_share=0.6), PERIOD_S)
    assert run.holds(CLEAN) is False
    assert asked == [CLEAN]
