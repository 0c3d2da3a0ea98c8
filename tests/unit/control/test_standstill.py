import numpy as np
from controller_samples import POSE
from hypothesis import given
from hypothesis import strategies as st

from touchloop.control.standstill import (
    AT_REST_NS,
    LONGEST_BRAKING_NS,
    LONGEST_STEP_NS,
    RUN_ON_SHARE,
    Braking,
    Velocity,
    standstill_pose,
)
from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply, rotate

PERIOD_NS = 4_000_000
TOOL_AXIS = np.array([0.0, 0.0, 1.0])
numbers = st.floats(-0.3, 0.3)
vectors = st.tuples(numbers, numbers, numbers).map(np.array)


@given(vectors, vectors, vectors)
def test_it_is_close_to_the_arm_along_the_surface_and_at_the_target_along_the_tool(
    turn: np.ndarray, target_m: np.ndarray, tcp_m: np.ndarray
) -> None:
    orientation = quat_multiply(quat_from_rotation_vector(turn), POSE[3:])
    target = np.concatenate([target_m, orientation])
    tcp = np.concatenate([tcp_m, POSE[3:]])
    before = target.copy()
    stop = standstill_pose(target, tcp, TOOL_AXIS)
    axis = rotate(orientation, TOOL_AXIS)
    np.testing.assert_allclose((stop[:3] - target_m) @ axis, 0.0, atol=1e-12)
    to_rest, to_target = (np.cross(pose[:3] - tcp_m, axis) for pose in (stop, target))
    np.testing.assert_allclose(to_rest, RUN_ON_SHARE * to_target, atol=1e-12)
    np.testing.assert_array_equal(stop[3:], orientation)
    np.testing.assert_array_equal(target, before)


def test_the_target_stays_until_the_arm_stands_and_then_goes_where_that_is_but_along_the_tool() -> None:
    braking, goal = Braking(TOOL_AXIS), POSE.copy()
    tilt = quat_from_rotation_vector(np.array([0.0, 0.02, 0.0]))
    tcp = np.concatenate([POSE[:3] + np.array([0.004, -0.002, 0.006]), quat_multiply(tilt, POSE[3:])])
    braking.begin(0)
    for k in range(50):
        braking.step(goal, tcp, np.array([0.01, 0.0, 0.0]), k * PERIOD_NS)
    np.testing.assert_array_equal(goal, POSE)
    for k in range(50, 52 + AT_REST_NS // PERIOD_NS):
        # Along the tool's axis it may well move.
        braking.step(goal, tcp, np.array([0.0, 0.0, 0.05]), k * PERIOD_NS)
    np.testing.assert_allclose(goal[:3], POSE[:3] + np.array([0.004, -0.002, 0.0]), atol=1e-12)
    np.testing.assert_array_equal(goal[3:], tcp[3:])
    later = goal.copy()
    braking.step(goal, POSE, np.zeros(3), 10**10)
    np.testing.assert_array_equal(goal, later)


def test_an_arm_that_drifts_on_is_not_waited_for_without_end() -> None:
    braking, goal = Braking(TOOL_AXIS), POSE.copy()
    tcp = POSE + 0.001 * np.eye(7)[0]
    braking.begin(0)
    braking.step(goal, tcp, np.array([0.02, 0.0, 0.0]), LONGEST_BRAKING_NS)
    np.testing.assert_allclose(goal, tcp, atol=1e-12)


@given(vectors, st.integers(1, 40))
def test_velocity_is_that_of_the_poses_and_survives_a_damaged_one(speed_m_s: np.ndarray, period_ms: int) -> None:
    velocity, period_ns = Velocity(), period_ms * 1_000_000
    for k in range(20):
        velocity.observe(k * period_ns, speed_m_s * k * period_ns * 1e-9)
        velocity.observe(k * period_ns, np.full(3, 9.0))
    np.testing.assert_allclose(velocity.value, speed_m_s, atol=1e-4)
    velocity.observe(20 * period_ns, np.full(3, 7.0))
    np.testing.assert_allclose(velocity.value, speed_m_s, atol=1e-4)
    velocity.observe(20 * period_ns + 2 * LONGEST_STEP_NS, np.zeros(3))
    np.testing.assert_array_equal(velocity.value, np.zeros(3))
