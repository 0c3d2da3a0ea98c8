import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.spatial.transform import Rotation

from touchloop.control.limits import Limiter, LimitsConfig
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotation_vector

DT = 0.004
LIMITS = LimitsConfig()
DOWN = np.array([1.0, 0.0, 0.0, 0.0])
SPREAD = LIMITS.upper_in_base - LIMITS.lower_in_base
points = st.builds(lambda share: LIMITS.lower_in_base + share * SPREAD, arrays(np.float64, 3, elements=st.floats(0, 1)))
# The border of the workspace stops a target at once; these keep a centimetre away from it.
inner = st.builds(lambda p: LIMITS.lower_in_base + 0.01 + (p - LIMITS.lower_in_base) * (1.0 - 0.02 / SPREAD), points)
anywhere = arrays(np.float64, 3, elements=st.floats(-3.0, 3.0))
quats = st.builds(lambda v: Rotation.from_rotvec(v).as_quat(), arrays(np.float64, 3, elements=st.floats(-1.7, 1.7)))


def pose(position: np.ndarray, quat: np.ndarray = DOWN) -> np.ndarray:
    return np.concatenate([position, quat])


def follow(start: np.ndarray, goals: list[np.ndarray], ticks_each: int) -> np.ndarray:
    """The stream of targets, the start first."""
    limiter = Limiter(LIMITS)
    limiter.reset(start)
    return np.array([start] + [limiter.step(goal, DT).copy() for goal in goals for _ in range(ticks_each)])


def assert_within_bounds(targets: np.ndarray) -> None:
    velocity = np.diff(targets[:, :3], axis=0) / DT
    assert np.linalg.norm(velocity, axis=1).max() <= LIMITS.speed_m_s * (1.0 + 1e-9)
    change = np.diff(np.vstack([np.zeros(3), velocity]), axis=0) / DT
    assert np.linalg.norm(change, axis=1).max() <= LIMITS.acceleration_m_s2 * (1.0 + 1e-6)
    for before, after in zip(targets[:-1, 3:], targets[1:, 3:], strict=True):
        turn = np.linalg.norm(rotation_vector(quat_multiply(after, quat_conjugate(before))))
        assert turn <= LIMITS.turning_speed_rad_s * DT + 1e-9
    np.testing.assert_allclose(np.linalg.norm(targets[:, 3:], axis=1), 1.0, atol=1e-9)


@given(inner, quats, st.lists(st.builds(pose, inner, quats), min_size=1, max_size=6), st.integers(1, 120))
def test_no_stream_of_goals_breaks_a_bound(start: np.ndarray, quat: np.ndarray, goals: list, ticks: int) -> None:
    assert_within_bounds(follow(pose(start, quat), goals, ticks))


@given(inner, st.lists(st.builds(pose, inner), min_size=40, max_size=60))
def test_a_goal_that_jumps_every_tick_breaks_no_bound(start: np.ndarray, goals: list) -> None:
    assert_within_bounds(follow(pose(start), goals, 1))


@given(points, st.builds(pose, points, quats))
def test_a_constant_goal_is_reached_and_not_overshot(start: np.ndarray, goal: np.ndarray) -> None:
    targets = follow(pose(start), [goal], 1200)
    way = goal[:3] - start
    length = np.linalg.norm(way)
    if length > 0.0:
        assert ((targets[:, :3] - start) @ way / length).max() <= length + 1e-3
    np.testing.assert_allclose(targets[-1, :3], goal[:3], atol=1e-4)
    left = rotation_vector(quat_multiply(goal[3:], quat_conjugate(targets[-1, 3:])))
    np.testing.assert_allclose(left, 0.0, atol=1e-6)


@given(points, anywhere)
def test_no_goal_leads_out_of_the_workspace(start: np.ndarray, goal: np.ndarray) -> None:
    targets = follow(pose(start), [pose(goal)], 900)[:, :3]
    assert (targets >= LIMITS.lower_in_base).all()
    assert (targets <= LIMITS.upper_in_base).all()
    np.testing.assert_allclose(targets[-1], np.clip(goal, LIMITS.lower_in_base, LIMITS.upper_in_base), atol=1e-4)


@given(anywhere, inner)
def test_a_start_outside_the_workspace_is_left_slowly_and_never_outwards(start: np.ndarray, goal: np.ndarray) -> None:
    start = np.clip(start, LIMITS.lower_in_base - 0.1, LIMITS.upper_in_base + 0.1)
    targets = follow(pose(start), [pose(goal)], 1200)
    assert_within_bounds(targets)
    outside = np.maximum(LIMITS.lower_in_base - targets[:, :3], targets[:, :3] - LIMITS.upper_in_base)
    assert (np.maximum(outside, 0.0)[1:] <= np.maximum(outside, 0.0)[:-1] + 1e-12).all()
    np.testing.assert_allclose(targets[-1, :3], goal, atol=1e-4)


def test_the_goal_behind_the_turn_takes_the_shorter_way() -> None:
    targets = follow(pose(np.array([0.5, 0.0, 0.3])), [pose(np.array([0.5, 0.0, 0.3]), -DOWN)], 5)
    np.testing.assert_allclose(targets[-1, 3:], DOWN, atol=1e-12)


def test_a_reset_forgets_the_motion() -> None:
    limiter = Limiter(LIMITS)
    limiter.reset(pose(np.array([0.3, 0.0, 0.3])))
    for _ in range(30):
        limiter.step(pose(np.array([0.7, 0.0, 0.3])), DT)
    here = pose(np.array([0.5, 0.1, 0.4]))
    limiter.reset(here)
    assert limiter.step(here, DT) == pytest.approx(here, abs=1e-12)
