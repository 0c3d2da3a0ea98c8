import numpy as np
import pytest
from controller_samples import INCREMENTS, POSE, POSES, TICK_NS, make_decoder, make_plan, steady_decoder
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from touchloop.control.plan_follower import PlanFollower
from touchloop.control.touch_history import TouchHistory
from touchloop.policy.features import ACTION_PERIOD_NS, FAST_MARKER_COMPONENTS, HORIZON, LATENT_DIM, LATENT_STEPS

DECODER, MOVING = make_decoder(POSES), make_decoder(INCREMENTS)
UNIT = st.tuples(*[st.floats(-1.0, 1.0)] * 3).map(np.array)
NAN_POSE = np.where(np.arange(7) == 1, np.nan, POSE)
NAN_LATENT = np.full((LATENT_STEPS, LATENT_DIM), np.nan, np.float32)


def touch_up_to(now_ns: int, history: TouchHistory, first_ns: int = 0) -> None:
    for stamp_ns in range(first_ns, now_ns + 1, TICK_NS):
        wrench = np.full(6, 0.1 * np.sin(stamp_ns * 3e-9))
        history.push(stamp_ns, wrench, POSE, np.zeros(FAST_MARKER_COMPONENTS))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"weights_id": "other"}, "made by weights other, the controller has made-up"),
        ({"latent": NAN_LATENT}, "NaN"),
        ({"latent": NAN_LATENT[1:]}, r"latent \(7, 4\) for 32 steps, expected \(8, 4\) for 32"),
        ({"latent": NAN_LATENT[:, 1:]}, r"latent \(8, 3\)"),
        ({"horizon": 16}, "for 16 steps"),
        ({"base_pose": NAN_POSE}, "NaN"),
        ({"base_pose": np.zeros(7)}, "quaternion"),
        *(({"action_period_s": p}, "action period") for p in (0.0, -0.04, float("nan"), float("inf"), 1e-12)),
    ],
)
def test_plans_that_cannot_be_followed_are_refused_with_the_reason(changes: dict, reason: str) -> None:
    follower = PlanFollower(DECODER)
    assert follower.refusal(make_plan(0)) == ""
    with pytest.raises(ValueError, match=reason):
        raise ValueError(follower.refusal(make_plan(0, **changes)))


@given(st.integers(0, (HORIZON - 3) * ACTION_PERIOD_NS // TICK_NS))
def test_a_plan_taken_late_is_followed_as_one_taken_at_once(latency_ticks: int) -> None:
    at_once, late, history = PlanFollower(DECODER), PlanFollower(DECODER), TouchHistory()
    plan = make_plan(0, seed=3)
    taken_ns = latency_ticks * TICK_NS
    for now_ns in range(0, taken_ns + 2 * ACTION_PERIOD_NS, TICK_NS):
        if now_ns == 0:
            at_once.start(plan, now_ns, history)
        if now_ns == taken_ns:
            late.start(plan, now_ns, history)
        touch_up_to(now_ns, history, now_ns)
        expected = at_once.step(now_ns, history)
        if now_ns >= taken_ns:
            found = late.step(now_ns, history)
    # The step in which it was taken glides from another reaction to touch; the ones after that do not.
    np.testing.assert_allclose(found[0], expected[0], atol=1e-9)
    assert found[1] == pytest.approx(expected[1], abs=1e-9)


def test_a_plan_is_over_after_its_horizon() -> None:
    follower, history = PlanFollower(DECODER), TouchHistory()
    assert follower.exhausted(0)
    assert follower.age_s(0) == float("inf")
    follower.start(make_plan(0), 0, history)
    assert not follower.exhausted(HORIZON * ACTION_PERIOD_NS - 1)
    assert follower.exhausted(HORIZON * ACTION_PERIOD_NS)
    assert follower.age_s(2_000_000_000) == pytest.approx(2.0)
    follower.clear()
    with pytest.raises(RuntimeError, match="no plan"):
        follower.step(0, history)


def test_targets_are_relative_to_the_plans_base_pose() -> None:
    moved = POSE.copy()
    moved[:3] += [0.05, -0.02, 0.01]
    poses = []
    for base_pose in (POSE, moved):
        follower, history = PlanFollower(DECODER), TouchHistory()
        history.push(0, np.zeros(6), base_pose, np.zeros(FAST_MARKER_COMPONENTS))
        follower.start(make_plan(0, base_pose=base_pose), 0, history)
        poses.append(follower.step(0, history)[0])
    np.testing.assert_allclose(poses[1][:3] - poses[0][:3], moved[:3] - POSE[:3], atol=1e-6)
    np.testing.assert_allclose(poses[1][3:], poses[0][3:], atol=1e-6)


@given(UNIT, UNIT, UNIT, st.floats(0.0, 10.0), st.floats(0.02, 0.1))
def test_an_increment_is_a_velocity_with_the_axes_of_the_plans_base_pose(
    frame: np.ndarray, motion: np.ndarray, turn: np.ndarray, force_n: float, period_s: float
) -> None:
    follower, history = PlanFollower(steady_decoder(0.01 * motion, 0.1 * turn, force_n)), TouchHistory()
    rotation = Rotation.from_rotvec(2.0 * frame)
    base_pose = np.concatenate([[0.4, 0.1, 0.2], rotation.as_quat()])
    follower.start(make_plan(0, base_pose=base_pose, action_period_s=period_s), 0, history)
    for now_ns in (0, 3 * TICK_NS, round(5.5 * period_s * 1e9)):
        touch_up_to(now_ns, history, now_ns)
        velocity, turning, planned_n = follower.increment(now_ns, history)
        np.testing.assert_allclose(velocity, rotation.apply(0.01 * motion) / period_s, atol=1e-6)
        np.testing.assert_allclose(turning, rotation.apply(0.1 * turn) / period_s, atol=1e-4)
        assert planned_n == pytest.approx(force_n, abs=1e-5)


@given(st.integers(0, (HORIZON - 3) * ACTION_PERIOD_NS // TICK_NS))
def test_increments_of_a_plan_taken_late_are_those_of_one_taken_at_once(latency_ticks: int) -> None:
    at_once, late, history = PlanFollower(MOVING), PlanFollower(MOVING), TouchHistory()
    plan = make_plan(0, seed=3)
    taken_ns = latency_ticks * TICK_NS
    for now_ns in range(0, taken_ns + ACTION_PERIOD_NS, TICK_NS):
        if now_ns == 0:
            at_once.start(plan, now_ns, history)
        if now_ns == taken_ns:
            late.start(plan, now_ns, history)
        touch_up_to(now_ns, history, now_ns)
        expected = at_once.increment(now_ns, history)
        if now_ns >= taken_ns:
            # There is nothing to glide from: they agree at once.
            for one, other in zip(late.increment(now_ns, history), expected, strict=True):
                np.testing.assert_allclose(one, other, atol=1e-6)


def test_without_a_plan_there_is_no_increment() -> None:
    with pytest.raises(RuntimeError, match="no plan"):
        PlanFollower(MOVING).increment(0, TouchHistory())
