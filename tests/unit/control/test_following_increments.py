from dataclasses import replace

import numpy as np
import pytest
from controller_samples import (
    INCREMENTS,
    NO_LIMITS,
    POSE,
    TICK_NS,
    Bench,
    decoder_tensors,
    make_decoder,
    steady_decoder,
)
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from touchloop.control.config import ControllerConfig
from touchloop.control.ladder import Mode
from touchloop.control.limits import SETTLING_TICKS
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotate, rotation_vector
from touchloop.policy.features import ACTION_PERIOD_NS, CONTACT_FORCE_N, INCREMENT_FLOOR

CONFIG = ControllerConfig()
DT, PERIOD_S = CONFIG.period_s, ACTION_PERIOD_NS * 1e-9
TOOL = np.array([0.0, 0.0, 1.0])
UNIT = st.tuples(*[st.floats(-1.0, 1.0)] * 3).map(np.array)
SETTLED_TICKS = 45
"""By then the target is as far behind its goal as it stays, three ticks (limits.SETTLING_TICKS)."""


def tilted(by: np.ndarray) -> np.ndarray:
    """A start with the tool turned away from straight down."""
    turned = Rotation.from_rotvec(0.5 * by) * Rotation.from_quat(POSE[3:])
    return np.concatenate([POSE[:3], turned.as_quat()])


def following(decoder, config: ControllerConfig = NO_LIMITS, start: np.ndarray = POSE, **plan: object) -> Bench:
    """A bench whose arm has just begun to follow a plan from where it is."""
    bench = Bench(config, decoder=decoder, start=start).tared()
    assert bench.plan(0, **{"base_pose": start, **plan}) == ""
    bench.tick()
    return bench


def fastest_m_s() -> float:
    """No touch and no plan makes the made-up decoder faster: its memory lies within -1..1."""
    tensors = decoder_tensors()
    action = np.abs(tensors["to_action.weight"]).sum(axis=1) + np.abs(tensors["to_action.bias"])
    return float(np.linalg.norm(action[:3] * INCREMENT_FLOOR[:3])) / PERIOD_S


@given(UNIT, UNIT, UNIT)
def test_in_air_the_target_moves_and_turns_as_the_plan_says(
    by: np.ndarray, motion: np.ndarray, turn: np.ndarray
) -> None:
    start = tilted(by)
    bench = following(steady_decoder(0.004 * motion, 0.02 * turn), start=start)
    before, ticks = bench.tick(times=SETTLED_TICKS).target_in_base, 30
    assert before is not None
    bench.tick(times=ticks)
    steps = ticks * DT / PERIOD_S
    np.testing.assert_allclose(bench.tcp[:3] - before[:3], steps * rotate(start[3:], 0.004 * motion), atol=1e-5)
    turned = rotation_vector(quat_multiply(bench.tcp[3:], quat_conjugate(before[3:])))
    np.testing.assert_allclose(turned, steps * rotate(start[3:], 0.02 * turn), atol=1e-3)


@given(
    st.lists(st.tuples(st.integers(1, 120), st.integers(0, 100), st.integers(0, 5), UNIT), min_size=1, max_size=5),
    st.floats(0.0, 12.0),
)
def test_a_new_plan_never_makes_the_target_jump(
    switches: list[tuple[int, int, int, np.ndarray]], force_n: float
) -> None:
    # Without limits the target is the goal itself, and the plans look from decimetres apart.
    bench = Bench(NO_LIMITS, decoder=make_decoder(INCREMENTS)).following(seed=9)
    bench.force_n = force_n
    for ticks, latency_ticks, seed, apart in switches:
        bench.tick(times=ticks)
        away = POSE.copy()
        away[:3] += 0.3 * apart
        bench.plan(seed, latency_ticks, base_pose=away)
        bench.tick()
    path = np.array([c.target_in_base[:3] for c in bench.commands if c.target_in_base is not None])
    step_m = np.linalg.norm(np.diff(path, axis=0), axis=1)
    # Only a change of the planned force, which is fed forward, is answered at once.
    fed_m = CONFIG.feedforward_m_per_n * max(np.abs(np.diff([c.planned_force_n for c in bench.commands])))
    assert step_m.max() <= (fastest_m_s() + CONFIG.admittance.max_speed_m_s) * DT + fed_m + 1e-9


@given(UNIT, UNIT, st.floats(2.0, 10.0), st.floats(0.0, 10.0))
def test_where_force_is_planned_the_force_error_moves_the_target_along_the_tool_only(
    by: np.ndarray, motion: np.ndarray, planned_n: float, felt_n: float
) -> None:
    # Where the surface is lost, the arm waits; right at that bound the filter decides.
    assume(abs(felt_n - CONTACT_FORCE_N) > 0.05)
    start = tilted(by)
    bench = following(steady_decoder(0.002 * motion, force_n=planned_n), start=start)
    bench.force_n = felt_n
    # The filtered force must be there first.
    bench.tick(times=40)
    before, ticks = bench.tcp.copy(), 10
    bench.tick(times=ticks)
    axis = rotate(start[3:], TOOL)
    moved, wanted = bench.tcp[:3] - before[:3], rotate(start[3:], 0.002 * motion)
    across = (wanted - (wanted @ axis) * axis) * (felt_n > CONTACT_FORCE_N)
    np.testing.assert_allclose(moved - (moved @ axis) * axis, ticks * DT / PERIOD_S * across, atol=1e-6)
    error_n = planned_n - felt_n
    gains = CONFIG.admittance
    speed = np.clip(gains.gain_m_per_ns * error_n, -gains.max_speed_m_s, gains.max_speed_m_s)
    speed = min(speed, gains.approach_speed_m_s) if felt_n < 1.0 else speed
    assert moved @ axis == pytest.approx(ticks * DT * speed, abs=2e-4)


def test_pressing_on_a_surface_finds_the_planned_force_and_keeps_the_motion_along_it() -> None:
    # The decoder also wants to go down, fast; the force controller alone decides about that.
    bench = following(steady_decoder(np.array([0.001, 0.0, 0.004]), force_n=5.0), CONFIG)
    surface_m, stiffness = 0.295, 700.0
    for tick in range(500):
        if tick % 125 == 0:
            bench.plan(tick, base_pose=bench.tcp.copy())
        bench.force_n = max(stiffness * (surface_m - bench.tcp[2]), 0.0)
        bench.tick()
    assert bench.force_n == pytest.approx(5.0, abs=0.1)
    assert max(c.force_n for c in bench.commands) < 7.0
    touching = sum(command.force_n > CONTACT_FORCE_N for command in bench.commands)
    assert bench.tcp[0] - POSE[0] == pytest.approx(touching * DT / PERIOD_S * 0.001, abs=2e-3)
    assert bench.tcp[1] == pytest.approx(POSE[1], abs=1e-6)


@pytest.mark.parametrize("change_n", [2.0, -1.5])
def test_in_contact_a_change_of_the_planned_force_is_fed_forward_once(change_n: float) -> None:
    planned_n, ticks = 4.0, 40
    decoder = steady_decoder(np.zeros(3), force_n=planned_n)
    bench = following(decoder)
    bench.force_n = planned_n
    bench.tick(times=2 * SETTLED_TICKS)
    before_m = bench.tcp[2]
    action_mean = decoder.tensors[6]
    action_mean[-1] = planned_n + change_n
    bench.tick(times=ticks)
    assert bench.commands[-1].planned_force_n == pytest.approx(planned_n + change_n)
    # The surface does not answer here, so the error stays; the force loop's yielding at once would come on top.
    integral_m = (ticks - (SETTLING_TICKS - 1)) * DT * CONFIG.admittance.gain_m_per_ns * change_n
    moved_m = before_m - bench.tcp[2]
    assert moved_m == pytest.approx(CONFIG.feedforward_m_per_n * change_n + integral_m, abs=1e-5)


def test_in_air_a_planned_force_is_approached_not_fed_forward() -> None:
    decoder = steady_decoder(np.zeros(3), force_n=4.0)
    bench = following(decoder)
    bench.tick(times=SETTLED_TICKS)
    before_m = bench.tcp[2]
    decoder.tensors[6][-1] = 10.0
    bench.tick(times=20)
    assert before_m - bench.tcp[2] == pytest.approx(20 * DT * CONFIG.admittance.approach_speed_m_s, abs=1e-6)


@pytest.mark.parametrize(("down_m", "moves"), [(0.002, False), (-0.002, True)])
def test_without_a_planned_force_it_does_not_press_on_but_may_lift_off(down_m: float, moves: bool) -> None:
    bench = following(steady_decoder(np.array([0.0, 0.0, down_m])))
    bench.force_n = 3.0
    bench.tick(times=40)
    before_m = bench.tcp[2]
    bench.tick(times=10)
    # It yields to the 3 N by itself.
    yielded_m = 10 * DT * CONFIG.admittance.gain_m_per_ns * 3.0
    lifted_m = 10 * DT / PERIOD_S * 0.002 if moves else 0.0
    assert bench.tcp[2] - before_m == pytest.approx(yielded_m + lifted_m, abs=1e-4)


@given(st.lists(st.tuples(UNIT, st.floats(0.0, 10.0), st.integers(1, 100)), min_size=1, max_size=4), st.integers(0, 3))
def test_the_leash_holds_the_target_near_an_arm_that_is_stuck(
    story: list[tuple[np.ndarray, float, int]], seed: int
) -> None:
    motion, planned_n, _ = story[0]
    bench = following(steady_decoder(0.02 * motion, force_n=planned_n), base_pose=POSE)
    for sideways, felt_n, ticks in story:
        bench.plan(seed, base_pose=tilted(sideways))
        bench.force_n = felt_n
        for _ in range(ticks):
            bench.tcp = POSE.copy()
            command = bench.tick()
            assert command.target_in_base is not None
            assert np.linalg.norm(command.target_in_base[:3] - POSE[:3]) <= CONFIG.leash_m + 1e-9


def test_the_leash_follows_the_arm_and_lets_go_when_it_moves() -> None:
    bench = following(steady_decoder(np.array([0.008, 0.0, 0.0])))
    for _ in range(100):
        bench.tcp = POSE.copy()
        led = bench.tick().target_in_base
    assert led is not None
    np.testing.assert_allclose(led[:3] - POSE[:3], [CONFIG.leash_m, 0.0, 0.0], atol=1e-6)
    led = bench.tick(times=SETTLED_TICKS).target_in_base
    assert led is not None
    bench.tick(times=20)
    assert bench.tcp[0] - led[0] == pytest.approx(20 * DT / PERIOD_S * 0.008, abs=1e-6)


@given(st.integers(1, 60), st.integers(1, 60), st.floats(0.0, 10.0))
def test_holding_and_going_on_are_without_a_jump(following_ticks: int, held_ticks: int, force_n: float) -> None:
    bench = Bench(NO_LIMITS, decoder=make_decoder(INCREMENTS)).following(seed=9)
    bench.force_n = force_n
    bench.tick(times=following_ticks)
    first = len(bench.commands) - 1
    bench.controller.hold("told to")
    bench.tick(times=held_ticks)
    assert bench.commands[-1].mode is Mode.HOLD
    bench.controller.hold("")
    bench.tick(times=5)
    assert bench.commands[-1].mode is Mode.FOLLOW
    targets = np.array([c.target_in_base for c in bench.commands[first:]])
    step_m = np.linalg.norm(np.diff(targets[:, :3], axis=0), axis=1)
    assert step_m.max() <= (fastest_m_s() + CONFIG.admittance.max_speed_m_s) * DT + 1e-9


def test_while_it_holds_no_plan_moves_it_and_afterwards_it_goes_on_from_there() -> None:
    bench = following(steady_decoder(np.array([0.004, 0.0, 0.0])))
    bench.controller.hold("told to")
    held = bench.tick(times=SETTLED_TICKS).target_in_base
    assert held is not None
    np.testing.assert_allclose(bench.tick(times=60).target_in_base, held, atol=1e-9)
    bench.controller.hold("")
    bench.plan(1, base_pose=bench.tcp.copy())
    ticks = SETTLED_TICKS + 10
    bench.tick(times=ticks)
    lag_ticks = SETTLING_TICKS - 1
    moved = [(ticks - lag_ticks) * DT / PERIOD_S * 0.004, 0.0, 0.0]
    np.testing.assert_allclose(bench.tcp[:3] - held[:3], moved, atol=1e-6)


@pytest.mark.parametrize("decision_period_s", [0.0, 0.0417, 0.1])
def test_it_goes_as_far_however_seldom_it_decides(decision_period_s: float) -> None:
    config = replace(NO_LIMITS, decision_period_s=decision_period_s)
    bench = following(steady_decoder(np.array([0.003, 0.0, 0.0])), config)
    bench.tick(times=2)
    begun_ns, before_m = bench.now_ns, bench.tcp[0]
    bench.tick(times=225)
    passed_s = (bench.now_ns - begun_ns) * 1e-9
    assert bench.tcp[0] - before_m == pytest.approx(
        0.003 / PERIOD_S * passed_s, abs=0.003 / PERIOD_S * (decision_period_s + DT)
    )
    assert bench.now_ns % TICK_NS == 0
