"""Caps of speed and force hold whatever a skill wants."""

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.monitor.program.skills import MAX_SPEED_M_S
from touchloop.sim.contact import Contact
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.workbench.bench import Workbench
from touchloop.tasks.workbench.execution import Execution
from touchloop.tasks.workbench.failures import Failure
from touchloop.tasks.workbench.limiter import STUCK_S, Limiter
from touchloop.tasks.workbench.skill import SPEED_M_S
from touchloop.tasks.workbench.trial import plan_of

DROPS_N = 10.0
"""A peg that finds its hole lands on the floor with about this, whatever the cap."""
LAST = {"wipe": 1, "round_peg": 1, "tray": 1}
LONGEST_S = 40.0
PLANS = ("wipe", "press", "lift", "round_peg", "tray", "move")
UP = np.array([0.0, 0.0, 1.0])
DOWN_IN_BASE = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


@pytest.fixture(scope="module")
def bench():
    with Workbench() as made:
        yield made


class Run:
    """The most that arms were commanded and pressed in the last step of a program that has caps, or the failing one."""

    def __init__(self, bench, plan, seed, speed_m_s, force_n, failure=None):
        capped = LAST.get(plan, 0) if failure is None else failure.step
        self.speed_m_s = self.force_n = 0.0
        self.reason = ""
        calls = plan_of(bench, plan, "left", seed).calls
        bench.reset(seed)
        execution = Execution(bench, "scripted", seed, failure, calls)
        for step, (name, args) in enumerate(calls):
            execution.start(step, name, args, *((speed_m_s, force_n) if step == capped else ()))
            done, until_s = False, bench.time_s + LONGEST_S
            while not done and bench.time_s < until_s:
                before = [target[:3].copy() for target in bench.world.targets_in_base]
                tick = execution.tick()
                done = tick.done
                if step < capped:
                    continue
                for arm, contact in enumerate(bench.world.contacts):
                    way = bench.world.targets_in_base[arm][:3] - before[arm]
                    if contact is not None:
                        # Drawing back from what is touched is no motion that a cap of speed is about.
                        push = contact.total_in_base
                        self.force_n = max(self.force_n, float(np.linalg.norm(push)))
                        way -= push * max(float(way @ push), 0.0) / max(float(push @ push), 1e-12)
                    self.speed_m_s = max(self.speed_m_s, float(np.linalg.norm(way)) / PERIOD_S)
            if step == capped:
                self.reason = tick.gave_up
                return


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
@given(
    plan=st.sampled_from(PLANS),
    seed=st.integers(0, 50),
    speed_m_s=st.floats(0.04, 0.6),
    force_n=st.floats(4.0, 30.0),
)
def test_no_skill_is_faster_or_harder_than_its_caps(bench, plan, seed, speed_m_s, force_n):
    run = Run(bench, plan, seed, speed_m_s, force_n)
    assert run.speed_m_s <= min(speed_m_s, SPEED_M_S) + 1e-9
    assert run.force_n <= max(1.2 * force_n, DROPS_N * (plan == "round_peg"))


def test_a_collision_stays_under_the_cap_and_is_told(bench):
    for plan, step in (("tray", 0), ("tool_on_tray", 1)):
        run = Run(bench, plan, 1, SPEED_M_S, 20.0, Failure("blocked", step))
        assert run.force_n < 24.0
        assert "blocked: the arm does not get there; the force cap of 20 N was reached" in run.reason


def test_a_skill_that_needs_more_force_gives_up_and_says_so(bench):
    run = Run(bench, "press", 2, 0.3, 5.0)
    assert run.reason == "the force cap of 5 N was reached"
    assert run.force_n < 6.0


def test_wiping_presses_with_what_it_may(bench):
    run = Run(bench, "wipe", 3, 0.3, 6.5)
    assert not run.reason
    assert 5.0 < run.force_n < 7.8


def test_a_program_may_ask_for_the_usual_speed():
    assert MAX_SPEED_M_S == SPEED_M_S


@pytest.mark.parametrize("caps", [(0.0, 1.0), (1.0, 0.0), (-0.1, 1.0), (0.1, float("nan"))])
def test_bad_caps_are_refused(bench, caps):
    bench.reset(0)
    with pytest.raises(InputError, match="expected a number above 0"):
        Execution(bench).start(0, "home", {"arm": "left"}, *caps)


def on_table(force_n):
    return Contact(force_n, np.zeros(3), np.zeros(3), UP)


def test_a_target_is_drawn_out_of_what_is_pressed_too_hard_and_the_arm_is_stuck_in_the_end():
    limiter, tcp = Limiter(0.3, 8.0), DOWN_IN_BASE
    deep, last = tcp - 0.05 * np.array([*UP, 0, 0, 0, 0]), tcp.copy()
    for _ in range(round(STUCK_S / PERIOD_S) + 2):
        last = limiter.step(deep, last, tcp, np.zeros(3), on_table(8.0))
    assert tcp[2] - last[2] == pytest.approx(8.0 / 800.0)
    assert limiter.held
    assert limiter.stuck
    assert limiter.reason == "the force cap of 8 N was reached"
    after = limiter.step(deep, last, tcp, np.zeros(3), on_table(12.0))
    assert after[2] > last[2]


def test_in_free_air_only_the_speed_counts():
    limiter, last = Limiter(0.1, float("inf")), DOWN_IN_BASE
    far = last + np.array([0.2, 0, 0, 0, 0, 0, 0])
    after = limiter.step(far, last, last, np.zeros(3), None)
    assert after[0] - last[0] == pytest.approx(0.1 * PERIOD_S)
    assert limiter.behind_m == pytest.approx(0.2 - 0.1 * PERIOD_S)
    assert limiter.step(None, last, last, np.zeros(3), None) == pytest.approx(last)
