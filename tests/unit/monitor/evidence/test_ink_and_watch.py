"""The watch on the simulated bench: good steps are left alone, failures are named with their step."""

from pathlib import Path

import numpy as np
import pytest

from touchloop.bench.monitor_episodes import Episode, watched
from touchloop.monitor.evidence.ink import InkEye
from touchloop.monitor.evidence.limits import Limits
from touchloop.monitor.evidence.watch import Watch
from touchloop.sim.board import stroke_ink
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.failures import Failure

LIMITS = Limits.load(Path(__file__).parents[4] / "config" / "monitor_limits.yaml")
PRESS = (("press", {"arm": "left"}), ("home", {"arm": "left"}))
WIPER = (("grasp", {"arm": "left", "object": "wiper"}), ("place", {"arm": "left", "object": "wiper", "target": "rack"}))


@pytest.fixture(scope="module")
def bench():
    with Workbench() as found:
        yield found


def verdicts(bench, calls, failure=None, seed=701):
    """The first verdict of a failure and when it was given, and the failure's record."""
    watch = Watch(LIMITS)
    state = watch.start()
    first, said_s, record = None, None, None
    for sensed, tick in watched(bench, Episode(seed, calls, failure), pictures=False):
        record = tick.record
        if first is None:
            state, verdict = watch.step(state, sensed, PERIOD_S)
            if verdict.status == "failed":
                first, said_s = verdict, sensed.time_s
    return first, said_s, record


@pytest.mark.parametrize("calls", [PRESS, WIPER])
def test_good_steps_are_left_alone(bench, calls):
    first, _, _ = verdicts(bench, calls)
    assert first is None


@pytest.mark.parametrize(
    ("calls", "mode", "step"),
    [
        (WIPER, "no_grasp", 0),
        (WIPER, "slip", 1),
        (WIPER, "wrong_object", 0),
        (WIPER, "translation", 1),
        (PRESS, "lights_out", 0),
        (PRESS, "moved_after_success", 0),
        (PRESS, "blocked", 0),
    ],
)
def test_failures_are_named_with_their_step_in_time(bench, calls, mode, step):
    first, said_s, record = verdicts(bench, calls, Failure(mode, step))
    assert record is not None
    assert first is not None
    assert (first.cause, first.step) == (mode, step + 1)
    assert -0.1 <= said_s - record.time_s < 1.0
    assert first.evidence
    assert 0.5 <= first.confidence <= 1.0


def test_an_arm_that_goes_down_elsewhere_is_told_before_it_arrives(bench):
    calls = (
        ("grasp", {"arm": "left", "object": "wiper"}),
        ("wipe", {"arm": "left", "object": "board"}),
        ("place", {"arm": "left", "object": "wiper", "target": "rack"}),
    )
    first, said_s, record = verdicts(bench, calls, Failure("wrong_order", 1))
    assert (first.cause, first.step) == ("wrong_order", 2)
    assert said_s - record.time_s < 3.0


def test_the_dark_after_the_last_step_is_told(bench):
    calls = (("home", {"arm": "left"}),)
    watch = Watch(LIMITS)
    state, said = watch.start(), []
    for sensed, tick in watched(bench, Episode(701, calls, None), pictures=False):
        if tick.done:
            bench.light(False)
        state, verdict = watch.step(state, sensed, PERIOD_S)
        if verdict.status == "failed":
            said.append((verdict.cause, verdict.step))
    assert said[0] == ("lights_out", 1)
    bench.light(True)


def test_ink_is_seen_to_go_and_to_come_back(bench):
    bench.reset(703)
    board = bench.view().board
    eye = InkEye(bench.render("back"), board)
    assert eye.sees_ink
    assert eye.share(bench.render("back")) == 1.0
    ink = bench.scene.board.ink
    full = stroke_ink(bench.scene.board.config)
    ink[:] = 0.0
    assert eye.share(bench.render("back")) == 0.0
    half = full.copy()
    along = np.argwhere(full > 0)[:, 0]
    half[: int(np.median(along))] = 0.0
    ink[:] = half
    share = eye.share(bench.render("back"))
    assert share is not None
    assert 0.2 < share < 0.8
    ink[:] = full
    assert eye.share(bench.render("back")) == 1.0


def test_a_hidden_board_is_not_called_clean(bench):
    bench.reset(704)
    picture = bench.render("back")
    eye = InkEye(picture, bench.view().board)
    covered = np.full_like(picture, (200, 30, 30))
    assert eye.share(covered) is None
