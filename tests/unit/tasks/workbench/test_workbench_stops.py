"""A stop leaves arms where they stand, and presses on nothing but a box between two palms."""

import numpy as np
import pytest

from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Execution

LIFT, PRESS, MOVE = ("lift", {}), ("press", {"arm": "left"}), ("move", {"arm": "left", "target": "board"})


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


def force_n(bench, arm=0):
    contact = bench.world.contacts[arm]
    return 0.0 if contact is None else contact.force_n


def started(bench, call, until):
    """An execution whose skill runs until something is true."""
    bench.reset(5)
    execution = Execution(bench)
    execution.start(0, *call)
    for _ in range(round(20.0 / PERIOD_S)):
        tick = execution.tick()
        if until(tick):
            return execution
    raise AssertionError(f"{call} does not get there")


def waits(bench, execution, seconds=1.5):
    """How far the left arm goes meanwhile [m]."""
    start = bench.observations[0].tcp_in_base[:3]
    ticks = [execution.tick() for _ in range(round(seconds / PERIOD_S))]
    return max(float(np.linalg.norm(tick.observations[0].tcp_in_base[:3] - start)) for tick in ticks)


def test_a_moving_arm_stops_within_millimetres(bench):
    def fast(tick):
        return float(np.linalg.norm(tick.observations[0].tcp_twist_in_base[:3])) > 0.25

    execution = started(bench, MOVE, fast)
    execution.stop(stand=True)
    assert waits(bench, execution) < 0.016
    execution = started(bench, MOVE, fast)
    execution.stop()
    assert waits(bench, execution) > 0.025


def test_an_arm_in_contact_does_not_press_on(bench):
    execution = started(bench, PRESS, lambda _: force_n(bench) > 5.0)
    execution.stop(stand=True)
    waits(bench, execution, 0.5)
    assert force_n(bench) < 2.0


def test_an_arm_that_gives_up_does_not_press_on(bench):
    bench.reset(5)
    execution = Execution(bench)
    execution.start(0, *PRESS, 0.3, 4.0)
    while not (tick := execution.tick()).done:
        pass
    assert tick.gave_up
    waits(bench, execution, 0.5)
    assert force_n(bench) < 1.5


@pytest.mark.parametrize("at_end", [False, True])
def test_a_box_between_two_palms_does_not_fall(bench, at_end):
    execution = started(bench, LIFT, lambda tick: tick.done if at_end else bench.scene.box.lifted_m > 0.05)
    height_m = bench.scene.box.lifted_m
    execution.stop(stand=True)
    waits(bench, execution, 3.0)
    assert bench.scene.box.lifted_m == pytest.approx(height_m, abs=0.012)
    assert min(force_n(bench, 0), force_n(bench, 1)) > 3.0
