"""What is sent to the arm: within the limits in any order of behaviours, gentle after a start, and still in a hold."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.safety.catch_up import CATCH_UP_M_S, LAG_S, LOST_LEAD_M
from touchloop.safety.command_guard import CommandGuard
from touchloop.safety.command_limits import CommandLimits
from touchloop.safety.motion import KNOWN_NS, RUN_ON_S, STOPPING_NS, SafeMotion, Seen
from touchloop.safety.states import Behaviour

PERIOD_NS = 4_000_000
START = np.array([0.5, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
LIMITS = CommandLimits(
    np.array([0.25, -0.35, 0.12]),
    np.array([0.75, 0.35, 0.60]),
    speed_m_s=0.35,
    acceleration_m_s2=13.0,
    jerk_m_s3=6000.0,
    turning_speed_rad_s=1.2,
    turning_acceleration_rad_s2=40.0,
    period_s=PERIOD_NS * 1e-9,
)
SPEED_M_S = 0.05
offsets = st.tuples(*[st.floats(-0.5, 0.5)] * 3)


class Arm:
    """Follows what is sent a little late, as an arm does."""

    def __init__(self) -> None:
        self.motion, self.seen = SafeMotion(CommandGuard(LIMITS), PERIOD_NS, 15.0), Seen()
        self.seen.tcp_in_base, self.seen.tcp_ns = START.copy(), 0
        self.sent: list[tuple[int, np.ndarray, np.ndarray]] = []
        self.now_ns = 0

    def look(self, behaviour: Behaviour, target: np.ndarray | None = None, planned_n: float = 0.0) -> None:
        self.now_ns += PERIOD_NS
        seen = self.seen
        seen.now_ns, seen.target_is_new = self.now_ns, target is not None
        if target is not None:
            seen.target_in_base, seen.target_ns = target, self.now_ns
            seen.planned, seen.planned_is_new = np.array([0.0, 0.0, planned_n, 0.0, 0.0, 0.0]), True
        if self.motion.step(behaviour, seen):
            self.sent.append((self.motion.stamp_ns, self.motion.pose.copy(), self.motion.planned.copy()))
            way = self.motion.pose[:3] - seen.tcp_in_base[:3]
            seen.tcp_in_base = np.concatenate([seen.tcp_in_base[:3] + 0.2 * way, self.motion.pose[3:]])
        seen.tcp_ns = self.now_ns


def shifted(x: float, y: float, z: float) -> np.ndarray:
    return np.concatenate([START[:3] + np.array([x, y, z]), START[3:]])


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(list(Behaviour)), st.integers(1, 40), offsets), min_size=1, max_size=12))
def test_no_order_of_behaviours_and_targets_breaks_a_limit(
    script: list[tuple[Behaviour, int, tuple[float, float, float]]],
) -> None:
    arm = Arm()
    for behaviour, looks, offset in script:
        for _ in range(looks):
            arm.look(behaviour, shifted(*offset))
    before = None
    for stamp_ns, pose, _ in arm.sent:
        assert (pose[:3] >= LIMITS.lower_in_base - 1e-9).all()
        assert (pose[:3] <= LIMITS.upper_in_base + 1e-9).all()
        if before is not None:
            assert stamp_ns > before[0]
            speed_m_s = float(np.linalg.norm(pose[:3] - before[1][:3])) / ((stamp_ns - before[0]) * 1e-9)
            # After silence motion begins anew where the arm is; a gap tells it.
            if stamp_ns - before[0] == PERIOD_NS:
                assert speed_m_s <= LIMITS.speed_m_s * 1.001
        before = (stamp_ns, pose)


def test_targets_pass_bit_for_bit_once_they_are_caught_up_with() -> None:
    arm = Arm()
    for k in range(200):
        target = shifted(0.0002 * k, 0.0, 0.0)
        arm.look(Behaviour.PASS, target)
    np.testing.assert_array_equal(arm.sent[-1][1], target)
    assert not arm.motion.limited


def test_after_a_start_the_target_is_caught_up_with_gently() -> None:
    arm = Arm()
    for _ in range(25):
        arm.look(Behaviour.PASS, shifted(0.1, 0.0, 0.0))
    ways_m = np.linalg.norm(np.diff([START[:3], *[pose[:3] for _, pose, _ in arm.sent]], axis=0), axis=1)
    assert ways_m.max() <= 1.1 * (CATCH_UP_M_S + 0.02) * PERIOD_NS * 1e-9


def test_a_controller_that_brakes_during_the_catching_up_is_not_kept_from_it() -> None:
    arm = Arm()
    for _ in range(60):
        arm.look(Behaviour.PASS, shifted(0.1, 0.0, 0.0))
    # Friction makes an arm lag behind.
    lagging = arm.motion.pose - 0.006 * np.eye(7)[0]
    for k in range(20):
        arm.seen.tcp_in_base = lagging
        arm.look(Behaviour.PASS, shifted(0.1 - 0.001 * k, 0.0, 0.0))
    assert lagging[0] - 1e-4 <= arm.motion.pose[0] < lagging[0] + 0.001


@pytest.mark.parametrize(("behaviour", "force_n"), [(Behaviour.HOLD, 5.0), (Behaviour.STOP, 0.0)])
def test_it_comes_to_rest_and_only_a_hold_keeps_its_force(behaviour: Behaviour, force_n: float) -> None:
    arm = Arm()
    pressed_m = 0.006
    for k in range(300):
        arm.look(Behaviour.PASS, shifted(0.0002 * k, 0.0, -pressed_m), 5.0)
    surface_m = START[2]
    arm.seen.tcp_in_base[2] = surface_m
    for _ in range(80):
        arm.look(behaviour)
        # The surface keeps the tool from following along its axis.
        arm.seen.tcp_in_base[2] = surface_m
    _, pose, planned = arm.sent[-1]
    assert np.linalg.norm(pose[:2] - arm.sent[-5][1][:2]) < 1e-5
    assert planned[2] == force_n
    depth_m = surface_m - pose[2]
    assert depth_m == pytest.approx(pressed_m if force_n else 0.0, abs=5e-4)


def test_after_a_stop_nothing_is_sent() -> None:
    arm = Arm()
    for _ in range(10):
        arm.look(Behaviour.PASS, START)
    for _ in range(STOPPING_NS // PERIOD_NS + 2):
        arm.look(Behaviour.STOP, START)
    count = len(arm.sent)
    for _ in range(50):
        arm.look(Behaviour.STOP, START)
    assert len(arm.sent) == count


def test_the_planned_force_is_bounded() -> None:
    arm = Arm()
    for _ in range(3):
        arm.look(Behaviour.PASS, START, 99.0)
    assert arm.sent[-1][2][2] == 15.0


def test_without_a_measured_pose_nothing_is_sent() -> None:
    arm = Arm()
    arm.seen.tcp_ns = -1
    assert not arm.motion.step(Behaviour.PASS, arm.seen)
    assert not arm.motion.step(Behaviour.HOLD, arm.seen)


@pytest.mark.parametrize("age_ns", [0, 100_000_000, 2 * KNOWN_NS])
def test_an_arm_whose_pose_was_lost_a_moment_ago_is_stopped_where_it_is_not_where_its_target_was(age_ns: int) -> None:
    arm, lost = Arm(), (0, START)
    for k in range(300):
        arm.look(Behaviour.PASS, shifted(SPEED_M_S * PERIOD_NS * 1e-9 * k, 0.0, 0.0))
        if k < 299 - age_ns // PERIOD_NS:
            lost = (arm.seen.tcp_ns, arm.seen.tcp_in_base)
        arm.seen.tcp_ns, arm.seen.tcp_in_base = lost
    target_x = arm.motion.pose[0]
    for _ in range(80):
        arm.seen.tcp_ns, arm.seen.tcp_in_base = lost
        arm.look(Behaviour.HOLD)
    rest_x = arm.sent[-1][1][0]
    if age_ns > KNOWN_NS:
        assert rest_x >= target_x
    else:
        assert rest_x == pytest.approx(lost[1][0] + SPEED_M_S * (RUN_ON_S + age_ns * 1e-9), abs=1e-3)


@pytest.mark.parametrize("latency_ticks", [0, 4])
@pytest.mark.parametrize("speed_m_s", [0.05, 0.08])
def test_a_spring_arm_stands_soon_and_is_not_pulled_back(speed_m_s: float, latency_ticks: int) -> None:
    mass_kg, stiffness, damping, period_s = 3.0, 800.0, 100.0, PERIOD_NS * 1e-9
    motion, seen = SafeMotion(CommandGuard(LIMITS), PERIOD_NS, 15.0), Seen()
    x_m, v_m_s, sent_m, speeds = 0.0, 0.0, 0.0, []
    measured = [(0, 0.0)] * (latency_ticks + 1)
    moving = 600
    for k in range(1, moving + 150):
        seen.now_ns = k * PERIOD_NS
        seen.tcp_ns, late_x_m = measured[-1 - latency_ticks]
        seen.tcp_in_base = shifted(0.0, late_x_m, 0.0)
        seen.target_in_base, seen.target_ns = shifted(0.0, speed_m_s * k * period_s, 0.0), seen.now_ns
        seen.target_is_new = k < moving
        if motion.step(Behaviour.PASS if k < moving else Behaviour.HOLD, seen):
            sent_m = float(motion.pose[1])
        v_m_s += period_s * (stiffness * (sent_m - x_m) - damping * v_m_s) / mass_kg
        x_m += period_s * v_m_s
        measured.append((k * PERIOD_NS, x_m))
        if k >= moving:
            speeds.append(v_m_s)
    assert speeds[0] == pytest.approx(speed_m_s, rel=0.1)
    assert max(np.abs(speeds[50:])) < 0.01, "stands 0.2 s later, and goes on standing"
    assert min(speeds) > -0.01


def test_a_target_does_not_run_away_from_an_arm_that_does_not_follow() -> None:
    arm = Arm()
    for k in range(200):
        arm.look(Behaviour.PASS, shifted(0.0002 * k, 0.0, 0.0))
    stuck = arm.seen.tcp_in_base
    leads_m = []
    for k in range(200, 325):
        arm.seen.tcp_in_base = stuck
        arm.look(Behaviour.PASS, shifted(0.0002 * k, 0.0, 0.0))
        leads_m.append(arm.motion.pose[0] - stuck[0])
    # Half a second later; the target itself is 25 mm ahead.
    assert max(leads_m) < max(LOST_LEAD_M, CATCH_UP_M_S * LAG_S) + 0.001
    for k in range(325, 1000):
        arm.look(Behaviour.PASS, shifted(0.0002 * k, 0.0, 0.0))
    np.testing.assert_array_equal(arm.motion.pose, shifted(0.0002 * 999, 0.0, 0.0))


def test_while_its_pose_is_lost_the_arm_is_known_by_its_twist() -> None:
    arm = Arm()
    for k in range(200):
        arm.look(Behaviour.PASS, shifted(SPEED_M_S * PERIOD_NS * 1e-9 * k, 0.0, 0.0))
    lost_ns, lost = arm.seen.tcp_ns, arm.seen.tcp_in_base
    way_m = 0.0
    for k in range(100):
        # It comes to rest by and by.
        speed_m_s = 0.9**k * SPEED_M_S
        way_m += speed_m_s * PERIOD_NS * 1e-9
        arm.seen.tcp_ns, arm.seen.tcp_in_base = lost_ns, lost
        arm.seen.twist, arm.seen.twist_ns = speed_m_s * np.eye(6)[0], arm.now_ns + PERIOD_NS
        arm.look(Behaviour.HOLD)
    assert arm.sent[-1][1][0] == pytest.approx(lost[0] + way_m, abs=2e-4)
