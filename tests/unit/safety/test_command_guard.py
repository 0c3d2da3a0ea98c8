import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from touchloop.control.limits import Limiter, LimitsConfig
from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotation_vector
from touchloop.safety.command_guard import CommandGuard
from touchloop.safety.command_limits import CommandLimits, depth_outside

LIMITS = CommandLimits(planes=np.array([[0.0, np.sqrt(0.5), np.sqrt(0.5), 0.0]]))
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
START = np.array([0.5, 0.0, 0.35])
PERIOD_S = LIMITS.period_s

any_number = st.floats(allow_nan=True, allow_infinity=True)
wild = arrays(np.float64, 7, elements=any_number)
points = arrays(np.float64, 3, elements=st.floats(-1.5, 1.5))
quats = st.builds(lambda v: Rotation.from_rotvec(v).as_quat(), arrays(np.float64, 3, elements=st.floats(-1.7, 1.7)))
poses = st.builds(lambda p, q: np.concatenate([p, q]), points, quats)
near = st.builds(
    lambda p, q: np.concatenate([START + 0.002 * p, q]), arrays(np.float64, 3, elements=st.floats(-1, 1)), st.just(DOWN)
)
streams = st.lists(st.tuples(st.one_of(wild, poses, near), st.integers(1, 40)), min_size=1, max_size=12)


def outputs(goals: list, start: np.ndarray, limits: CommandLimits = LIMITS) -> np.ndarray:
    """Every tick's pose, the start twice first, so that differences begin at rest."""
    guard = CommandGuard(limits)
    guard.reset(start)
    return np.array([start, start] + [guard.step(goal).copy() for goal, ticks in goals for _ in range(ticks)])


def assert_within_limits(stream: np.ndarray, limits: CommandLimits = LIMITS) -> None:
    assert np.isfinite(stream).all()
    velocity = np.diff(stream[:, :3], axis=0) / PERIOD_S
    acceleration = np.diff(velocity, axis=0) / PERIOD_S
    jerk = np.diff(np.vstack([np.zeros(3), acceleration]), axis=0) / PERIOD_S
    assert np.linalg.norm(velocity, axis=1).max() <= limits.speed_m_s * (1 + 1e-6)
    assert np.linalg.norm(acceleration, axis=1).max() <= limits.acceleration_m_s2 * (1 + 1e-4)
    assert np.linalg.norm(jerk, axis=1).max() <= limits.jerk_m_s3 * (1 + 1e-4) + 1e-3
    turns = np.array(
        [
            rotation_vector(quat_multiply(b, quat_conjugate(a)))
            for a, b in zip(stream[:-1, 3:], stream[1:, 3:], strict=True)
        ]
    )
    assert np.linalg.norm(turns, axis=1).max() <= limits.turning_speed_rad_s * PERIOD_S * (1 + 1e-6) + 1e-9
    change = np.linalg.norm(np.diff(turns, axis=0), axis=1).max(initial=0.0)
    assert change <= limits.turning_acceleration_rad_s2 * PERIOD_S**2 * (1 + 1e-4) + 1e-8
    np.testing.assert_allclose(np.linalg.norm(stream[:, 3:], axis=1), 1.0, atol=2e-3)


def depths(stream: np.ndarray) -> np.ndarray:
    sides = np.asarray(LIMITS.lower_in_base), np.asarray(LIMITS.upper_in_base)
    return np.array([depth_outside(p.copy(), *sides, LIMITS.planes) for p in stream[:, :3]])


@settings(max_examples=150, deadline=None)
@given(streams)
def test_no_stream_of_targets_breaks_a_limit(goals: list) -> None:
    stream = outputs(goals, np.concatenate([START, DOWN]))
    assert_within_limits(stream)
    assert depths(stream).max() <= 1e-6


@settings(max_examples=60, deadline=None)
@given(st.lists(poses, min_size=60, max_size=90))
def test_a_target_that_jumps_every_tick_breaks_no_limit(goals: list) -> None:
    stream = outputs([(goal, 1) for goal in goals], np.concatenate([START, DOWN]))
    assert_within_limits(stream)
    assert depths(stream).max() <= 1e-6


@settings(max_examples=60, deadline=None)
@given(points, streams)
def test_a_start_outside_of_the_workspace_never_leads_further_out(start: np.ndarray, goals: list) -> None:
    stream = outputs(goals, np.concatenate([start, DOWN]))
    assert_within_limits(stream)
    assert depths(stream).max() <= depths(stream)[0] + 1e-6


@settings(max_examples=40, deadline=None)
@given(poses)
def test_a_target_inside_is_reached(goal: np.ndarray) -> None:
    goal[:3] = np.clip(goal[:3], LIMITS.lower_in_base + 0.02, LIMITS.upper_in_base - 0.02)
    goal[1] = abs(goal[1])
    stream = outputs([(goal, 1500)], np.concatenate([START, DOWN]))
    np.testing.assert_allclose(stream[-1, :3], goal[:3], atol=1e-3)
    left = rotation_vector(quat_multiply(goal[3:], quat_conjugate(stream[-1, 3:])))
    np.testing.assert_allclose(left, 0.0, atol=1e-3)


def test_a_stream_within_the_limits_passes_unchanged() -> None:
    limiter, guard = Limiter(LimitsConfig()), CommandGuard(LIMITS)
    start = np.concatenate([START, DOWN])
    limiter.reset(start)
    guard.reset(start)
    random = np.random.default_rng(0)
    unchanged = 0
    for _ in range(20):
        goal = np.concatenate([random.uniform([0.35, -0.2, 0.25], [0.65, 0.2, 0.5]), DOWN])
        for _ in range(50):
            target = limiter.step(goal, PERIOD_S)
            out = guard.step(target)
            unchanged += bool((out[:3] == target[:3]).all())
            assert np.linalg.norm(out[:3] - target[:3]) < 2e-3
    assert unchanged > 950


def test_braking_comes_to_rest_soon_and_stays() -> None:
    guard = CommandGuard(LIMITS)
    guard.reset(np.concatenate([START, DOWN]))
    for _ in range(60):
        guard.step(np.array([0.7, 0.0, 0.35, *DOWN]))
    assert guard.speed_m_s > 0.3
    ticks = 0
    while not guard.at_rest:
        guard.brake()
        ticks += 1
        assert ticks * PERIOD_S < 0.15
    still = guard.pose.copy()
    guard.brake(10)
    np.testing.assert_array_equal(guard.pose, still)


@given(st.integers(1, 30))
def test_missed_ticks_are_caught_up_in_even_steps(missed: int) -> None:
    guard = CommandGuard(LIMITS)
    guard.reset(np.concatenate([START, DOWN]))
    out = guard.step(np.array([0.7, 0.0, 0.35, *DOWN]), missed)
    reach = LIMITS.speed_m_s * min(missed, 25) * PERIOD_S
    assert 0.0 <= out[0] - START[0] <= reach


def test_a_slow_first_run_is_slow() -> None:
    slow = LIMITS.slowed(0.1)
    stream = outputs([(np.array([0.7, 0.0, 0.35, *DOWN]), 300)], np.concatenate([START, DOWN]), slow)
    assert_within_limits(stream, slow)
    assert 0.03 < stream[-1, 0] - START[0] <= 0.1 * LIMITS.speed_m_s * 300 * PERIOD_S


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"speed_m_s": 0.0}, "speed_m_s is 0.0"),
        ({"jerk_m_s3": float("nan")}, "jerk_m_s3 is nan"),
        ({"lower_in_base": np.array([1.0, 0.0, 0.0])}, "must lie below"),
        ({"planes": np.array([[0.0, 0.0, 2.0, 0.0]])}, "length 1"),
        ({"acceleration_m_s2": 0.01}, "raise the acceleration"),
    ],
)
def test_limits_that_are_none_are_refused(change: dict, said: str) -> None:
    with pytest.raises(InputError, match=said):
        CommandLimits(**change)
    with pytest.raises(InputError, match="speed is 1"):
        LIMITS.slowed(1.5)
