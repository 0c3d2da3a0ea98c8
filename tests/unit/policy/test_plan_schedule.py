import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.plan import LatentPlan
from touchloop.policy.plan_schedule import PlanSchedule

MS = 1_000_000
PERIOD = 500 * MS
START = 10_000 * MS
POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


class Planner:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[PlannerObservation, int, int]] = []
        self.fails = False

    def plan(self, observation: PlannerObservation, sequence: int, seed: int) -> LatentPlan:
        if self.fails:
            raise InputError("the observation holds a NaN")
        self.asked.append((observation, sequence, seed))
        return LatentPlan(observation.stamp_ns, sequence, "w", POSE, 0.04, 1, np.zeros((1, 1), np.float32))


def schedule(exact: bool) -> tuple[PlanSchedule, Planner]:
    planner = Planner()
    return PlanSchedule(planner, PERIOD, exact), planner  # type: ignore[arg-type]


def feed(made: PlanSchedule, first_ms: int, last_ms: int, picture_ms: int = 100) -> list[LatentPlan]:
    """Streams from ``START + first_ms`` on, and the plans that come of them."""
    plans = []
    for ms in range(first_ms, last_ms, 4):
        stamp = START + ms * MS
        made.buffer.add_tcp_pose(stamp, POSE)
        made.buffer.add_wrench(stamp, np.full(6, float(ms)))
        if ms % 20 == 0:
            made.buffer.add_markers(stamp, np.zeros((63, 2), np.float32))
        if picture_ms and ms % picture_ms == 0:
            made.buffer.add_wrist_picture(stamp, np.zeros((128, 128, 3), np.uint8))
        while (plan := made.next_plan()) is not None:
            plans.append(plan)
    return plans


@pytest.mark.parametrize("exact", [True, False])
def test_plans_come_each_period_from_the_samples_of_that_instant(exact: bool) -> None:
    made, planner = schedule(exact)
    made.begin_episode(START, seed=7)
    made.set_bias(START + 400 * MS, np.ones(6))
    plans = feed(made, 0, 2000)
    assert [(plan.stamp_ns - START) // MS for plan in plans] == [500, 1000, 1500]
    assert [(sequence, seed) for _, sequence, seed in planner.asked] == [(0, 7), (1, 7), (2, 7)]
    for observation, _, _ in planner.asked:
        ms = (observation.stamp_ns - START) / MS
        assert observation.wrench_at_sensor[1, 0] == pytest.approx(np.mean(np.arange(ms - 36, ms + 1, 4)))
        np.testing.assert_array_equal(observation.wrench_bias, np.ones(6))
    assert made.problem == ""


def test_lockstep_waits_for_every_sample_of_the_instant() -> None:
    made, _ = schedule(exact=True)
    made.begin_episode(START, seed=1)
    assert feed(made, 0, 600, picture_ms=0) == []
    made.buffer.add_wrist_picture(START + PERIOD, np.zeros((128, 128, 3), np.uint8))
    plan = made.next_plan()
    assert plan is not None
    assert plan.stamp_ns == START + PERIOD


def test_free_running_goes_on_with_the_last_picture_but_not_for_ever() -> None:
    made, planner = schedule(exact=False)
    made.begin_episode(START, seed=1)
    made.set_bias(START, np.zeros(6))
    feed(made, 0, 700)
    plans = feed(made, 700, 4000, picture_ms=0)
    ages_ms = [(p.stamp_ns - START) // MS - 600 for p in plans]
    assert ages_ms
    assert max(ages_ms) <= 2000
    assert "camera/wrist/image_raw" in made.problem
    assert feed(made, 4000, 4200)
    assert len(planner.asked) == 1 + len(plans) + 1


def test_free_running_needs_an_episode_and_the_bias_and_says_so() -> None:
    made, _ = schedule(exact=False)
    assert feed(made, 0, 200) == []
    assert made.problem == "no episode yet"
    made.begin_episode(START, seed=1)
    assert feed(made, 200, 700) == []
    assert "wrench bias" in made.problem
    made.set_bias(START - MS, np.zeros(6))
    assert feed(made, 700, 800) == []
    made.set_bias(START + 690 * MS, np.zeros(6))
    assert len(feed(made, 800, 900)) == 1


def test_coming_into_the_middle_of_an_episode_counts_on() -> None:
    made, planner = schedule(exact=False)
    made.begin_episode(START, seed=1)
    made.set_bias(START, np.zeros(6))
    feed(made, 2600, 2800)
    assert [sequence for _, sequence, _ in planner.asked] == [4]


def test_a_new_episode_forgets_the_last_one() -> None:
    made, planner = schedule(exact=False)
    made.begin_episode(START, seed=1)
    made.set_bias(START, np.zeros(6))
    feed(made, 0, 700)
    made.begin_episode(START + 2000 * MS, seed=2)
    made.set_bias(START + 2000 * MS, np.zeros(6))
    feed(made, 2000, 2700)
    assert [(sequence, seed) for _, sequence, seed in planner.asked] == [(0, 1), (0, 2)]


def test_a_failed_plan_is_passed_over() -> None:
    made, planner = schedule(exact=False)
    made.begin_episode(START, seed=1)
    made.set_bias(START, np.zeros(6))
    planner.fails = True
    assert feed(made, 0, 600) == []
    assert "NaN" in made.problem
    planner.fails = False
    assert [(plan.stamp_ns - START) // MS for plan in feed(made, 600, 1200)] == [600, 1100]
