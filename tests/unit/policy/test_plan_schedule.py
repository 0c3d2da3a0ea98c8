from collections.abc import Sequence

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.policy.observation_buffer import PlannerObservation
from touchloop.policy.plan import LatentPlan
from touchloop.policy.plan_schedule import MARKERS_PERIOD_NS, PICTURE_PERIOD_NS, PlanSchedule
from touchloop.sim.world import CAMERA_TICKS, PERIOD_NS, TACTILE_TICKS

MS = 1_000_000
PERIOD = 500 * MS
START = 10_000 * MS
POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


class Planner:
    """Remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[PlannerObservation, int, int]] = []
        self.others: list[PlannerObservation] = []
        self.fails = False

    def plan(self, observations: Sequence[PlannerObservation], sequence: int, seed: int) -> tuple[LatentPlan, ...]:
        if self.fails:
            raise InputError("the observation holds a NaN")
        self.asked.append((observations[0], sequence, seed))
        self.others += observations[1:]
        latent = np.zeros((1, 1), np.float32)
        return tuple(LatentPlan(o.stamp_ns, sequence, "w", POSE, 0.04, 1, latent) for o in observations)


def schedule(exact: bool, period_ns: int = PERIOD, arms: Sequence[str] = ("",)) -> tuple[PlanSchedule, Planner]:
    planner = Planner()
    return PlanSchedule(planner, period_ns, exact, arms), planner  # type: ignore[arg-type]


def feed(made: PlanSchedule, first_ms: int, last_ms: int, picture_ms: int = 100) -> list[LatentPlan]:
    """Streams of all arms from ``START + first_ms`` on, and the first arm's plans that come of them."""
    plans = []
    for ms in range(first_ms, last_ms, 4):
        stamp = START + ms * MS
        for arm, buffer in enumerate(made.buffers):
            buffer.add_tcp_pose(stamp, POSE)
            buffer.add_wrench(stamp, np.full(6, float(ms) + 1000.0 * arm))
            if ms % 20 == 0:
                buffer.add_markers(stamp, np.full((63, 2), ms, np.float32))
            if picture_ms and ms % picture_ms == 0:
                buffer.add_wrist_picture(stamp, np.full((128, 128, 3), ms // 100, np.uint8))
        while (due := made.next_plans()) is not None:
            plans.append(due[0])
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
    made.buffers[0].add_wrist_picture(START + PERIOD, np.zeros((128, 128, 3), np.uint8))
    plans = made.next_plans()
    assert plans is not None
    assert plans[0].stamp_ns == START + PERIOD


def test_lockstep_plans_between_pictures_from_the_newest_of_each_stream() -> None:
    made, planner = schedule(exact=True, period_ns=664 * MS)
    made.begin_episode(START, seed=1)
    plans = feed(made, 0, 2100)
    assert [(plan.stamp_ns - START) // MS for plan in plans] == [664, 1328, 1992]
    for observation, _, _ in planner.asked:
        ms = (observation.stamp_ns - START) // MS
        assert observation.markers[0, 0] == ms - ms % 20
        assert observation.wrist_rgb[0, 0, 0] == ms // 100


def test_lockstep_waits_for_a_late_picture_of_before_the_instant() -> None:
    made, planner = schedule(exact=True, period_ns=664 * MS)
    made.begin_episode(START, seed=1)
    assert feed(made, 0, 800, picture_ms=500) == []
    made.buffers[0].add_wrist_picture(START + 600 * MS, np.full((128, 128, 3), 6, np.uint8))
    assert made.next_plans() is not None
    assert planner.asked[0][0].wrist_rgb[0, 0, 0] == 6


@pytest.mark.parametrize("exact", [True, False])
def test_two_arms_are_planned_for_at_once_each_from_its_own_samples(exact: bool) -> None:
    made, planner = schedule(exact, arms=("left", "right"))
    made.begin_episode(START, seed=1)
    for arm in (0, 1):
        made.set_bias(START + 400 * MS, np.full(6, float(arm)), arm)
    assert len(feed(made, 0, 1100)) == 2
    for (left, _, _), right in zip(planner.asked, planner.others, strict=True):
        assert right.wrench_at_sensor[1, 0] == pytest.approx(left.wrench_at_sensor[1, 0] + 1000.0)
        assert (left.wrench_bias[0], right.wrench_bias[0]) == (0.0, 1.0)


def test_what_one_of_two_arms_lacks_is_named() -> None:
    made, _ = schedule(exact=False, arms=("left", "right"))
    made.begin_episode(START, seed=1)
    made.set_bias(START, np.zeros(6), 0)
    feed(made, 0, 700, picture_ms=0)
    assert made.problem == "no fresh left/camera/wrist/image_raw, right/camera/wrist/image_raw"
    feed(made, 700, 1000)
    assert "wrench bias" in made.problem


def test_streams_come_as_often_as_in_the_world() -> None:
    assert (MARKERS_PERIOD_NS, PICTURE_PERIOD_NS) == (TACTILE_TICKS * PERIOD_NS, CAMERA_TICKS * PERIOD_NS)


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
