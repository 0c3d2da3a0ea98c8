import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from touchloop.errors import InputError
from touchloop.safety.measured_limits import DEPTH, ENERGY, POWER, MeasuredGuard, MeasuredLimits

DT = 0.004
LIMITS = MeasuredLimits()
INSIDE = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
STILL = np.zeros(6)


def feed(guard: MeasuredGuard, seconds: float, pose: np.ndarray, twist: np.ndarray, wrench: np.ndarray) -> str:
    said = ""
    for _ in range(round(seconds / DT)):
        said = guard.observe(pose, twist, wrench, DT) or said
    return said


def test_a_calm_arm_is_within_its_limits() -> None:
    guard = MeasuredGuard(LIMITS)
    pressing_and_wiping = np.array([2.0, 0.0, 8.0, 0.1, 0.0, 0.0])
    assert feed(guard, 3.0, INSIDE, np.array([0.2, 0.0, 0.0, 0.0, 0.1, 0.0]), pressing_and_wiping) == ""


@pytest.mark.parametrize(
    ("pose", "twist", "wrench", "said"),
    [
        (INSIDE, STILL, np.array([0, 0, 26.0, 0, 0, 0]), "contact force is 26"),
        (INSIDE, STILL, np.array([0, 0, 0, 0, 6.0, 0]), "contact torque is 6"),
        (INSIDE, np.array([0.5, 0, 0, 0, 0, 0]), np.array([-24.0, 0, 0, 0, 0, 0]), "power into the surroundings is 1"),
        (INSIDE, np.array([0.59, 0, 0, 0, 0, 0]), np.array([-16.0, 0, 0, 0, 0, 0]), "energy is 6"),
        (INSIDE, np.array([0.5, 0.4, 0, 0, 0, 0]), STILL, "speed is 0.64"),
        (INSIDE, np.array([0, 0, 0, 0, 0, 3.0]), STILL, "turning speed is 3"),
        (np.array([0.5, 0.0, 0.08, 1.0, 0, 0, 0]), STILL, STILL, "depth outside of the workspace is 0.04 m"),
    ],
)
def test_each_limit_is_named_with_its_figure(
    pose: np.ndarray, twist: np.ndarray, wrench: np.ndarray, said: str
) -> None:
    assert said in feed(MeasuredGuard(LIMITS), 1.0, pose, np.array(twist, float), np.array(wrench, float))


def test_a_blow_is_an_acceleration() -> None:
    guard = MeasuredGuard(LIMITS)
    assert feed(guard, 0.1, INSIDE, STILL, STILL) == ""
    assert "acceleration is " in guard.observe(INSIDE, np.array([0.4, 0, 0, 0, 0, 0.0]), STILL, DT)


def test_one_noisy_sample_of_force_is_no_violation() -> None:
    guard = MeasuredGuard(LIMITS)
    feed(guard, 0.1, INSIDE, STILL, STILL)
    assert guard.observe(INSIDE, STILL, np.array([0, 0, 30.0, 0, 0, 0]), DT) == ""
    assert feed(guard, 0.2, INSIDE, STILL, STILL) == ""


def test_a_force_over_its_limit_is_seen_soon() -> None:
    guard = MeasuredGuard(LIMITS)
    feed(guard, 0.1, INSIDE, STILL, STILL)
    ticks = 0
    while not guard.observe(INSIDE, STILL, np.array([0, 0, -30.0, 0, 0, 0]), DT):
        ticks += 1
    assert ticks * DT <= 0.02


def test_work_done_counts_as_energy_and_is_forgotten() -> None:
    guard = MeasuredGuard(LIMITS)
    feed(guard, 1.0, INSIDE, np.array([0.1, 0, 0, 0, 0, 0]), np.array([-10.0, 0, 0, 0, 0, 0]))
    assert guard.figures[POWER] == pytest.approx(1.0, abs=0.01)
    assert 0.6 < guard.figures[ENERGY] < 0.7
    feed(guard, 4.0, INSIDE, STILL, STILL)
    assert guard.figures[ENERGY] < 0.02
    # An arm that is pushed does no work.
    feed(guard, 1.0, INSIDE, np.array([0.1, 0, 0, 0, 0, 0]), np.array([10.0, 0, 0, 0, 0, 0]))
    assert guard.figures[ENERGY] == pytest.approx(0.5 * LIMITS.mass_kg * 0.01, abs=0.02)


@settings(deadline=None, max_examples=50)
@given(arrays(np.float64, 7, elements=st.floats(-9, 9)), arrays(np.float64, 12, elements=st.floats(-90, 90)))
def test_whatever_is_beyond_a_limit_for_long_is_said(pose: np.ndarray, moving: np.ndarray) -> None:
    guard = MeasuredGuard(LIMITS)
    said = feed(guard, 0.5, pose, moving[:6], moving[6:])
    outside = np.maximum(LIMITS.lower_in_base - pose[:3], pose[:3] - LIMITS.upper_in_base).max()
    beyond = (
        outside > LIMITS.margin_m + 1e-9
        or np.linalg.norm(moving[:3]) > LIMITS.speed_m_s
        or np.linalg.norm(moving[6:9]) > LIMITS.force_n * 1.001
    )
    assert said or not beyond
    assert guard.figures[DEPTH] == pytest.approx(max(outside, 0.0))


def test_what_is_not_finite_is_a_violation() -> None:
    guard = MeasuredGuard(LIMITS)
    assert "not finite" in guard.observe(INSIDE, STILL, np.array([np.nan, 0, 0, 0, 0, 0]), DT)
    assert guard.observe(INSIDE, STILL, STILL, DT) == ""


def test_limits_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="force_n is -1"):
        MeasuredLimits(force_n=-1.0)
