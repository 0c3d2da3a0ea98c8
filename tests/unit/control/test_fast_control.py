import numpy as np
import pytest
from controller_samples import BIAS, INCREMENTS, NO_LIMITS, POSE, POSES, TICK_NS, Bench, make_decoder, make_plan
from hypothesis import given
from hypothesis import strategies as st

from touchloop.control.config import ControllerConfig
from touchloop.control.ladder import Mode
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotation_vector
from touchloop.policy.features import TARE_SAMPLES

CONFIG = ControllerConfig()
DT = CONFIG.period_s
BOTH = pytest.mark.parametrize("policy", [INCREMENTS, POSES])


def positions(bench: Bench) -> np.ndarray:
    return np.array([c.target_in_base[:3] for c in bench.commands if c.target_in_base is not None])


def test_there_is_no_target_before_the_first_pose() -> None:
    bench = Bench()
    assert bench.tick(pose=False, times=3).target_in_base is None
    assert bench.commands[-1].mode is Mode.STOP
    assert "tcp_pose not received yet" in bench.commands[-1].reason
    np.testing.assert_array_equal(bench.tick().target_in_base, POSE)


def test_taring_measures_the_bias_at_rest_and_then_it_waits_for_a_plan() -> None:
    bench = Bench()
    assert bench.tick(times=TARE_SAMPLES - 1).mode is Mode.TARE
    assert bench.tick().mode is Mode.HOLD
    assert bench.commands[-1].reason == "no plan yet"
    np.testing.assert_allclose(bench.controller.wrench_bias, BIAS)
    np.testing.assert_allclose(positions(bench), np.broadcast_to(POSE[:3], (TARE_SAMPLES, 3)), atol=1e-12)


def test_a_start_that_may_touch_lifts_off_before_it_tares() -> None:
    bench = Bench(in_air=False)
    bench.force_n = 5.0
    lifted_m = 0.0
    while lifted_m < CONFIG.retract_m - 0.002:
        bench.tick()
        lifted_m = bench.tcp[2] - POSE[2]
        assert not bench.controller.tared
        assert len(bench.commands) < 1000
    bench.force_n = 0.0
    bench.tick(times=TARE_SAMPLES + 60)
    assert bench.controller.tared
    # The tool points down, so off the surface is up.
    np.testing.assert_allclose(bench.tcp[:3] - POSE[:3], [0.0, 0.0, CONFIG.retract_m], atol=1e-3)
    np.testing.assert_allclose(bench.controller.wrench_bias, BIAS, atol=1e-9)


def test_an_arm_that_does_not_follow_yet_is_not_tared_where_it_presses() -> None:
    """As after a restart in contact, while the supervisor does not know the new controller yet."""
    bench = Bench(in_air=False)
    bench.force_n = 5.0
    for _ in range(2000):
        bench.tcp = POSE.copy()
        command = bench.tick()
        assert not bench.controller.tared
        assert command.mode is Mode.TARE
    # No farther away than a supervisor accepts when it follows again.
    assert 0.0 < bench.tcp[2] - POSE[2] < 0.025
    while bench.tcp[2] - POSE[2] < CONFIG.retract_m - 0.001:
        bench.tick()
        assert not bench.controller.tared
        assert len(bench.commands) < 3000
    bench.force_n = 0.0
    bench.tick(times=TARE_SAMPLES + 60)
    np.testing.assert_allclose(bench.controller.wrench_bias, BIAS, atol=1e-9)


def test_an_arm_that_nobody_released_yet_tares_where_it_stands() -> None:
    bench = Bench(in_air=False)
    bench.controller.hold("the safety supervisor: waits for a start", followed=False, released=False)
    for _ in range(TARE_SAMPLES + 1):
        bench.tcp = POSE.copy()
        bench.tick()
    np.testing.assert_allclose(bench.controller.wrench_bias, BIAS, atol=1e-9)


def test_pressing_is_a_positive_force() -> None:
    bench = Bench().following()
    bench.force_n = 4.0
    assert bench.tick(times=50).force_n == pytest.approx(4.0, abs=0.01)


@given(
    st.lists(st.tuples(st.integers(1, 200), st.integers(0, 100), st.integers(0, 5)), min_size=1, max_size=5),
    st.booleans(),
)
def test_the_goal_is_continuous_across_plans_of_any_latency(switches: list[tuple[int, int, int]], force: bool) -> None:
    # Without limits the target is the goal itself.
    bench = Bench(NO_LIMITS, decoder=make_decoder(POSES)).following(seed=9)
    bench.force_n = 4.0 if force else 0.0
    for ticks, latency_ticks, seed in switches:
        bench.tick(times=ticks)
        before = bench.tcp.copy()
        bench.plan(seed, latency_ticks)
        after = bench.tick().target_in_base
        assert after is not None
        # One tick of force control and of decoding; the plans themselves lie centimetres apart.
        assert np.linalg.norm(after[:3] - before[:3]) < CONFIG.admittance.max_speed_m_s * DT + 6e-4
        assert np.linalg.norm(rotation_vector(quat_multiply(after[3:], quat_conjugate(before[3:])))) < 0.02


@BOTH
@given(story=st.lists(st.tuples(st.integers(0, 60), st.integers(0, 40), st.floats(0.0, 25.0)), min_size=1, max_size=6))
def test_whatever_happens_the_target_keeps_its_bounds(policy: str, story: list[tuple[int, int, float]]) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    for ticks, latency_ticks, force_n in story:
        bench.plan(ticks, latency_ticks)
        bench.force_n = force_n
        bench.controller.hold("told to" if ticks % 3 == 0 else "")
        bench.tick(times=ticks, wrench=ticks % 5 != 0)
    path = positions(bench)
    velocity = np.diff(path, axis=0) / DT
    assert np.linalg.norm(velocity, axis=1).max() <= CONFIG.limits.speed_m_s + 1e-9
    assert np.linalg.norm(np.diff(velocity, axis=0), axis=1).max() / DT <= CONFIG.limits.acceleration_m_s2 + 1e-6
    assert np.isfinite(path).all()


def test_older_and_future_plans_are_refused_and_the_one_in_use_stays() -> None:
    bench = Bench().following(seed=4)
    assert "older" in bench.plan(7, latency_ticks=5)
    future = make_plan(bench.now_ns + 2_000_000_000, 8)
    assert "in the future" in bench.controller.accept_plan(future, bench.now_ns)
    assert "made by weights" in bench.controller.accept_plan(make_plan(bench.now_ns, 9, weights_id="x"), bench.now_ns)
    command = bench.tick()
    assert (command.plan_sequence, command.mode) == (4, Mode.FOLLOW)


@BOTH
def test_without_a_new_plan_it_holds_after_the_timeout_and_follows_the_next(policy: str) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    bench.tick(times=round(CONFIG.plan_timeout_s / DT) - 2)
    assert bench.commands[-1].mode is Mode.FOLLOW
    assert bench.tick(times=4).mode is Mode.HOLD
    assert "no plan for 1.0" in bench.commands[-1].reason
    held = bench.tick(times=40).target_in_base
    assert held is not None
    np.testing.assert_allclose(bench.tick(times=100).target_in_base, held, atol=1e-4)
    bench.plan(1)
    assert bench.tick().mode is Mode.FOLLOW


def test_in_air_the_arm_is_on_its_plan_soon_after_a_switch() -> None:
    bench = Bench(NO_LIMITS, decoder=make_decoder(POSES)).following(seed=9)
    bench.tick(times=50)
    lower = POSE - np.array([0.0, 0.0, 0.015, 0.0, 0.0, 0.0, 0.0])
    assert bench.controller.accept_plan(make_plan(bench.now_ns, 3, base_pose=lower), bench.now_ns) == ""
    gap_m = bench.tick().correction_m
    assert abs(gap_m) > 0.01
    # A controller that stays behind a plan which looks where the arm is drags the plan along, and never arrives.
    assert abs(bench.tick(times=round(5 * CONFIG.seam_s / DT)).correction_m) < 0.01 * abs(gap_m)


@BOTH
def test_told_to_hold_in_contact_it_keeps_the_force_and_stays_along_the_surface(policy: str) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    surface_m, stiffness = 0.295, 700.0

    def press(times: int) -> None:
        for _ in range(times):
            bench.force_n = max(stiffness * (surface_m - bench.tcp[2]), 0.0)
            bench.tick()

    bench.controller._held_force_n = 5.5
    bench.controller.hold("slow_planner is silent")
    press(400)
    assert bench.commands[-1].mode is Mode.HOLD
    assert bench.commands[-1].reason == "slow_planner is silent"
    assert bench.force_n == pytest.approx(5.5, abs=0.2)
    along = positions(bench)[-300:, :2]
    np.testing.assert_allclose(along, np.broadcast_to(along[0], along.shape), atol=1e-4)
    surface_m += 0.01
    press(300)
    assert bench.force_n == pytest.approx(5.5, abs=0.2)
    bench.controller.hold("")
    bench.plan(1)
    press(1)
    assert bench.commands[-1].mode is Mode.FOLLOW


def test_a_target_that_is_not_followed_stays_near_the_arm_however_often_it_lifts_off() -> None:
    bench = Bench().following()
    stuck, farthest_m, modes = bench.tcp.copy(), 0.0, set()
    bench.force_n = 5.0
    bench.controller.hold("the safety supervisor: a stop", followed=False)
    for _ in range(round(5.0 * CONFIG.retract_after_s / DT)):
        bench.tcp = stuck.copy()
        command = bench.tick()
        modes.add(command.mode)
        farthest_m = max(farthest_m, float(np.linalg.norm(bench.tcp[:3] - stuck[:3])))
    assert Mode.RETRACT in modes
    assert farthest_m < CONFIG.leash_m + 0.002


@BOTH
def test_told_to_hold_it_stops_where_the_arm_is_not_where_it_was_going(policy: str) -> None:
    bench = Bench(NO_LIMITS, decoder=make_decoder(policy)).following(seed=9)
    goal = bench.tcp.copy()
    behind = goal - np.array([0.01, -0.005, 0.0, 0.0, 0.0, 0.0, 0.0])
    bench.controller.hold("told")
    for _ in range(60):
        bench.tcp = behind.copy()
        command = bench.tick()
    assert command.mode is Mode.HOLD
    assert np.linalg.norm(command.target_in_base[:2] - behind[:2]) < 0.25 * np.linalg.norm(goal[:2] - behind[:2])


@BOTH
def test_a_held_tool_does_not_chase_a_surface_that_is_gone(policy: str) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    bench.controller._held_force_n = 5.5
    bench.controller.hold("slow_planner is silent")
    start_m = bench.tcp[2]
    bench.tick(times=1000)
    assert start_m - bench.tcp[2] == pytest.approx(CONFIG.hold_reach_m, abs=2e-3)


@BOTH
def test_after_it_lifted_off_it_does_not_press_down_again(policy: str) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    bench.controller._held_force_n = 5.5
    bench.controller.hold("slow_planner is silent")
    bench.force_n = 25.0
    bench.tick(times=20)
    bench.force_n = 0.0
    bench.tick(times=300)
    assert Mode.RETRACT in {c.mode for c in bench.commands}
    top_m = bench.tcp[2]
    bench.tick(times=500)
    assert bench.commands[-1].mode is Mode.HOLD
    assert bench.tcp[2] >= top_m - 1e-3


@BOTH
def test_too_much_force_is_yielded_to(policy: str) -> None:
    bench = Bench(decoder=make_decoder(policy)).following()
    bench.force_n = 16.0
    before_m = bench.tcp[2]
    bench.tick(times=25)
    assert Mode.COMPLY in {c.mode for c in bench.commands[-25:]}
    assert bench.tcp[2] > before_m + 1e-3


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_wrench_that_is_not_finite_is_dropped_then_stops_and_a_good_one_goes_on(bad: float) -> None:
    bench = Bench().following()
    spoilt = BIAS.copy()
    spoilt[4] = bad
    for _ in range(round(CONFIG.stream_timeout_s / DT)):
        bench.controller.observe_wrench(bench.now_ns + TICK_NS, spoilt)
        assert bench.tick(wrench=False).mode is Mode.FOLLOW
    bench.controller.observe_wrench(bench.now_ns + TICK_NS, spoilt)
    command = bench.tick(wrench=False, times=3)
    assert command.mode is Mode.STOP
    assert command.reason == "wrench holds a NaN or an infinity"
    stopped = bench.tick(wrench=False, times=30).target_in_base
    np.testing.assert_array_equal(bench.tick(wrench=False, times=30).target_in_base, stopped)
    assert bench.tick().mode is Mode.FOLLOW
    assert np.isfinite(positions(bench)).all()


@pytest.mark.parametrize("pose", [None, np.full(7, np.nan), np.zeros(7), np.concatenate([POSE[:3], 2.0 * POSE[3:]])])
def test_without_a_usable_pose_it_stops_until_the_stream_is_back(pose: np.ndarray | None) -> None:
    bench = Bench().following()
    for _ in range(round(CONFIG.stream_timeout_s / DT) + 2):
        if pose is not None:
            bench.controller.observe_tcp_pose(bench.now_ns + TICK_NS, pose)
        command = bench.tick(pose=False)
    assert command.mode is Mode.STOP
    assert command.reason.startswith("tcp_pose silent")
    assert bench.tick().mode is Mode.FOLLOW


def test_markers_that_are_not_finite_are_dropped() -> None:
    bench = Bench().following()
    bench.controller.observe_markers(bench.now_ns, np.zeros((63, 2), np.float32))
    bench.controller.observe_markers(bench.now_ns + TICK_NS, np.full((63, 2), np.nan, np.float32))
    assert np.isfinite(bench.tick(times=3).target_in_base).all()  # type: ignore[arg-type]
    assert bench.commands[-1].markers_age_s == pytest.approx(3 * DT)


def test_a_reset_forgets_everything() -> None:
    bench, fresh = Bench().following(), Bench()
    bench.force_n = 15.0
    bench.tick(times=40)
    bench.controller.reset(in_air=True)
    bench.force_n, bench.tcp = 0.0, POSE.copy()
    for each in (bench, fresh):
        each.tick(times=TARE_SAMPLES + 5)
        each.plan(2)
        each.tick(times=50)
    for one, other in zip(bench.commands[-150:], fresh.commands[-150:], strict=True):
        np.testing.assert_array_equal(one.target_in_base, other.target_in_base)
        assert (one.mode, one.reason) == (other.mode, other.reason)
