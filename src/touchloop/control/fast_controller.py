"""The fast loop: decode the plan on touch, correct by force, limit, and fall back down the ladder when blind."""

import math
from dataclasses import dataclass

import numpy as np

from touchloop.control.admittance import admittance_step
from touchloop.control.config import ControllerConfig
from touchloop.control.decoder import FastDecoder
from touchloop.control.ladder import CONTACT_FORCE_N, LadderState, Mode, Situation, ladder_step
from touchloop.control.limits import Limiter
from touchloop.control.plan_follower import FARTHEST_M, PlanFollower, is_rotation
from touchloop.control.standstill import Braking, Velocity, standstill_pose
from touchloop.control.touch_history import TouchHistory
from touchloop.geometry.pose import quat_conjugate, quat_from_rotation_vector, quat_multiply, rotate, rotation_vector
from touchloop.policy.features import FAST_MARKER_COMPONENTS, TARE_SAMPLES, WRENCH_CUTOFF_HZ
from touchloop.policy.plan import LatentPlan
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

YIELD_FORCE_N = 2.0
"""Without a planned force, a contact force above this is yielded to."""

STRONGEST = 5000.0
"""In N and N m: no sensor on an arm's flange measures so much; larger numbers are damaged ones."""
LARGEST_MARKER_M = 0.1
"""No marker of a gel moves so far."""
LIFT_LEAD_M = 0.02
"""A target that lifts off before the tare is no farther ahead of the arm: one that is not followed jumps at its end."""


@dataclass(slots=True)
class FastCommand:
    """One tick's result; ``target_in_base`` is None until the first pose has arrived."""

    target_in_base: np.ndarray | None
    mode: Mode
    reason: str
    planned_force_n: float
    force_n: float
    correction_m: float
    plan_sequence: int
    plan_age_s: float
    wrench_age_s: float
    tcp_age_s: float
    markers_age_s: float


class FastController:
    """Feed it measurements and plans by ``observe_*`` and ``accept_plan``; ``step`` gives the target of each tick.

    Times are nanoseconds of one clock (ROS time). The wrench is in the sensor frame, not tared: the controller tares
    it itself, in free air, over the first ``TARE_SAMPLES`` samples after ``reset``.
    """

    def __init__(self, decoder: FastDecoder, config: ControllerConfig | None = None) -> None:
        self.config = config or ControllerConfig()
        self._decoder = decoder
        self._gains = self.config.admittance.for_period(self.config.decision_period_s)
        self._follower = PlanFollower(decoder)
        self._history = TouchHistory(self.config.period_s)
        self._limiter = Limiter(self.config.limits)
        self._share = low_pass_share(WRENCH_CUTOFF_HZ, self.config.period_s)
        self._tared_wrench = np.zeros(6)
        self._wrench = np.zeros(6)
        self._tcp = np.zeros(7)
        self._markers = np.zeros(FAST_MARKER_COMPONENTS)
        self.wrench_bias = np.zeros(6)
        self.reset(in_air=True)

    def reset(self, in_air: bool) -> None:
        """Forgets plan, bias and poses.

        ``in_air`` false: the tool may touch something, so the arm is to have lifted off before it tares, by its own
        pose and not by the target's. One that is not released yet stands where a person put it, and tares there.
        """
        self._follower.clear()
        self._history.clear()
        self._ladder = LadderState()
        self._tare_sum = np.zeros(6)
        self._tare_count = 0
        self._lift_left_m = 0.0 if in_air else self.config.retract_m
        self._lift_from: np.ndarray | None = None
        self.tared = False
        self.wrench_bias[:] = 0.0
        self._wrench[:] = 0.0
        self._markers[:] = 0.0
        self._wrench_stamp_ns = self._tcp_stamp_ns = self._markers_stamp_ns = -1
        self._wrench_fault = ""
        self._hold_reason, self._followed, self._released = "", True, True
        self._velocity, self._braking = Velocity(), Braking(self.config.tool_axis)
        self._anchor: np.ndarray | None = None
        self._goal = np.zeros(7)
        self._seam_m = np.zeros(3)
        self._seam_rad = np.zeros(3)
        self._nominal_m = np.zeros(3)
        self._correction_m = 0.0
        self._held_correction_m = 0.0
        self._previous_error_n = 0.0
        self._held_force_n = 0.0
        self._source: int = -1
        self._decided_ns = -1
        self._decided_mode: Mode | None = None
        self._planned_force_n = 0.0

    def observe_wrench(self, stamp_ns: int, wrench_at_sensor: np.ndarray) -> None:
        """A wrench sample (6,); one that cannot be is dropped and named as the fault when they keep coming."""
        if not all(abs(value) <= STRONGEST for value in wrench_at_sensor.tolist()):
            finite = bool(np.isfinite(wrench_at_sensor).all())
            self._wrench_fault = "is stronger than any sensor measures" if finite else "holds a NaN or an infinity"
            return
        self._wrench_fault = ""
        self._wrench_stamp_ns = stamp_ns
        if not self.tared:
            if self._lift_left_m <= 0.0 or not self._released:
                self._tare_sum += wrench_at_sensor
                self._tare_count += 1
            if self._tare_count == TARE_SAMPLES:
                self.wrench_bias[:] = self._tare_sum / TARE_SAMPLES
                self.tared = True
            return
        wrench_at_tcp(wrench_at_sensor, self.wrench_bias, self._tared_wrench)
        self._wrench += self._share * (self._tared_wrench - self._wrench)

    def observe_tcp_pose(self, stamp_ns: int, tcp_in_base: np.ndarray) -> None:
        """A TCP pose (7,); one that no arm reaches or whose quaternion is not of unit length is dropped."""
        reached = bool((np.abs(tcp_in_base[:3]) < FARTHEST_M).all())
        if reached and is_rotation(tcp_in_base[3:]):
            self._tcp[:] = tcp_in_base
            self._tcp_stamp_ns = stamp_ns
            self._velocity.observe(stamp_ns, tcp_in_base[:3])

    def observe_markers(self, stamp_ns: int, displacements: np.ndarray) -> None:
        """Marker displacements (63, 2) float32 [m]; a field that no gel has is dropped."""
        if (np.abs(displacements) < LARGEST_MARKER_M).all():
            self._markers[:] = self._decoder.markers(displacements.reshape(-1))[:FAST_MARKER_COMPONENTS]
            self._markers_stamp_ns = stamp_ns

    def accept_plan(self, plan: LatentPlan, now_ns: int) -> str:
        """Takes a plan into use at once; returns why it was refused, or an empty string."""
        refusal = self._follower.refusal(plan)
        current = self._follower.plan
        if not refusal and current is not None and plan.stamp_ns < current.stamp_ns:
            refusal = f"plan {plan.sequence} is older than the one in use"
        ahead_s = (plan.stamp_ns - now_ns) * 1e-9
        if not refusal and ahead_s > self.config.plan_timeout_s:
            refusal = f"plan {plan.sequence} is stamped {ahead_s:.2f} s in the future"
        if not refusal:
            self._follower.start(plan, now_ns, self._history)
        return refusal

    def hold(self, reason: str, followed: bool = True, released: bool = True) -> None:
        """Asks for HOLD with a reason; an empty reason ends it.

        Args:
            reason: who asks, and why.
            followed: whether the arm follows the target meanwhile. A target that it does not follow stays within
                ``leash_m`` of it, however often it lifts off.
            released: whether anybody has let the arm move yet, so that it can lift off before it tares.
        """
        self._hold_reason, self._followed, self._released = reason, followed, released

    def step(self, now_ns: int) -> FastCommand:
        """One tick."""
        force_n = float(-self._wrench[2])
        plan = self._follower.plan
        situation = Situation(
            tared=self.tared,
            wrench_age_s=_age_s(now_ns, self._wrench_stamp_ns),
            tcp_age_s=_age_s(now_ns, self._tcp_stamp_ns),
            wrench_fault=self._wrench_fault,
            plan_fault=self._plan_fault(now_ns),
            hold_reason=self._hold_reason,
            force_n=force_n,
        )
        self._ladder, mode, reason = ladder_step(self._ladder, situation, self.config.period_s, self.config)
        planned_force_n = 0.0
        if self._tcp_stamp_ns >= 0:
            anchor = self._start_at(self._tcp) if self._anchor is None or self._is_left_behind() else self._anchor
            self._history.push(now_ns, self._wrench, self._tcp, self._markers)
            planned_force_n = self._move(now_ns, mode, situation, anchor)
        return FastCommand(
            target_in_base=None if self._anchor is None else self._limiter.target.copy(),
            mode=mode,
            reason=reason,
            planned_force_n=planned_force_n,
            force_n=force_n,
            correction_m=self._correction_m,
            plan_sequence=0 if plan is None else plan.sequence,
            plan_age_s=self._follower.age_s(now_ns),
            wrench_age_s=situation.wrench_age_s,
            tcp_age_s=situation.tcp_age_s,
            markers_age_s=_age_s(now_ns, self._markers_stamp_ns),
        )

    def _is_left_behind(self) -> bool:
        return not self._followed and math.dist(self._limiter.target[:3], self._tcp[:3]) > self.config.leash_m

    def _start_at(self, pose: np.ndarray) -> np.ndarray:
        self._anchor = anchor = pose.copy()
        self._goal[:] = pose
        self._correction_m = self._held_correction_m = self._held_force_n = 0.0
        self._limiter.reset(pose)
        return anchor

    def _plan_fault(self, now_ns: int) -> str:
        if self._follower.plan is None:
            return "no plan yet"
        age_s = self._follower.age_s(now_ns)
        if age_s > self.config.plan_timeout_s or self._follower.exhausted(now_ns):
            return f"no plan for {age_s:.2f} s"
        return ""

    def _move(self, now_ns: int, mode: Mode, situation: Situation, anchor: np.ndarray) -> float:
        """Moves the target on by one tick and returns the planned force."""
        due_ns = self._decided_ns + round(self.config.decision_period_s * 1e9)
        if self._decided_mode is mode and now_ns < due_ns:
            self._limiter.step(self._goal, self.config.period_s)
            return self._planned_force_n
        dt = self.config.period_s
        if self.config.decision_period_s > dt and self._decided_ns >= 0:
            dt = min((now_ns - self._decided_ns) * 1e-9, 2.0 * self.config.decision_period_s)
        # The grid of decisions keeps its rate although decisions fall on ticks.
        late_ns = now_ns - due_ns
        on_grid = self._decided_mode is mode and late_ns < round(self.config.period_s * 1e9)
        self._decided_ns = due_ns if on_grid and self.config.decision_period_s > 0.0 else now_ns
        self._decided_mode = mode
        self._planned_force_n = self._decide(now_ns, mode, situation, anchor, dt)
        self._limiter.step(self._limiter.target.copy() if mode is Mode.STOP else self._goal, self.config.period_s)
        if mode is Mode.STOP:
            self._goal[:] = self._limiter.target
        return self._planned_force_n

    def _decide(self, now_ns: int, mode: Mode, situation: Situation, anchor: np.ndarray, dt: float) -> float:
        """Sets the goal and returns the planned force."""
        fit_to_follow = mode in (Mode.FOLLOW, Mode.COMPLY) and not situation.plan_fault and not situation.hold_reason
        plan = self._follower.plan if fit_to_follow else None
        if plan is not None and self._decoder.spec.increments:
            return self._follow_increments(now_ns, plan.stamp_ns, mode, situation.force_n, dt)
        if plan is not None:
            nominal, planned_force_n = self._follower.step(now_ns, self._history)
            planned_force_n = min(max(planned_force_n, 0.0), self.config.planned_force_bound_n)
            self._held_force_n = planned_force_n if situation.force_n > CONTACT_FORCE_N else 0.0
            if self._source != plan.stamp_ns:
                self._source = plan.stamp_ns
                self._stitch(nominal)
            elif planned_force_n > CONTACT_FORCE_N:
                decoded_m = float((nominal[:3] - self._nominal_m) @ rotate(nominal[3:], self.config.tool_axis))
                self._correction_m -= (1.0 - self.config.normal_share) * decoded_m
            self._nominal_m[:] = nominal[:3]
        else:
            if self._source != -1:
                self._source = -1
                self._anchor = anchor = standstill_pose(self._goal, self._tcp, self.config.tool_axis)
                self._seam_m[:] = self._seam_rad[:] = 0.0
                self._correction_m = self._held_correction_m = 0.0
                self._braking.begin(now_ns)
            self._braking.step(anchor, self._tcp, self._velocity.value, now_ns)
            nominal, planned_force_n = anchor, self._held_force_n if mode is Mode.HOLD else 0.0
        if mode is Mode.STOP:
            self._source = -2
            return 0.0
        axis = rotate(nominal[3:], self.config.tool_axis)
        taring = mode is Mode.TARE and self._lift_left_m > 0.0
        if mode is Mode.RETRACT or taring:
            # Off the surface there is no force to keep any more: without this, HOLD would press down again.
            self._held_force_n = 0.0
            step_m = self.config.retract_speed_m_s * dt
            if taring:
                step_m = min(step_m, self._lift_ahead(nominal, axis))
            nominal[:3] -= step_m * axis
        else:
            self._correct(planned_force_n, situation.force_n, mode, plan is not None, dt)
        fade = math.exp(-dt / self.config.seam_s)
        self._seam_m *= fade
        self._seam_rad *= fade
        self._goal[:3] = nominal[:3] + self._seam_m + self._correction_m * axis
        self._goal[3:] = quat_multiply(quat_from_rotation_vector(self._seam_rad), nominal[3:])
        return planned_force_n

    def _lift_ahead(self, nominal: np.ndarray, axis: np.ndarray) -> float:
        """How much farther the target may rise before the sensor is tared; notes how far the arm itself has risen."""
        if self._lift_from is None:
            self._lift_from = self._tcp[:3].copy()
        self._lift_left_m = self.config.retract_m - float((self._lift_from - self._tcp[:3]) @ axis)
        return max(LIFT_LEAD_M - float((self._tcp[:3] - nominal[:3]) @ axis), 0.0)

    def _follow_increments(self, now_ns: int, source: int, mode: Mode, force_n: float, dt: float) -> float:
        """Moves the goal by what the plan and the force controller want in ``dt``; returns the planned force.

        Hybrid control (Raibert & Craig 1981): where force is planned, the tool's axis is the force controller's.
        """
        velocity, turn, planned_force_n = self._follower.increment(now_ns, self._history)
        planned_force_n = min(max(planned_force_n, 0.0), self.config.planned_force_bound_n)
        self._held_force_n = planned_force_n if force_n > CONTACT_FORCE_N else 0.0
        if self._source < 0:
            self._correction_m = 0.0
        self._source = source
        axis = rotate(self._goal[3:], self.config.tool_axis)
        along = float(velocity @ axis)
        if planned_force_n > CONTACT_FORCE_N or (force_n > YIELD_FORCE_N and along > 0.0):
            velocity = velocity - along * axis
        if planned_force_n > CONTACT_FORCE_N > force_n:
            # The surface is lost: going on across would leave a stretch untouched.
            velocity = np.zeros(3)
            lead = self._goal[:3] - self._tcp[:3]
            self._goal[:3] -= lead - (lead @ axis) * axis
        before_m = self._correction_m
        if min(planned_force_n, self._planned_force_n, force_n) > CONTACT_FORCE_N and mode is Mode.FOLLOW:
            more_n = planned_force_n - self._planned_force_n
            self._correction_m += self.config.feedforward_m_per_n * more_n
            # What is fed forward is no error that the force loop should answer once more.
            self._previous_error_n += more_n
        self._correct(planned_force_n, force_n, mode, False, dt)
        self._goal[:3] += velocity * dt + (self._correction_m - before_m) * axis
        self._goal[3:] = quat_multiply(quat_from_rotation_vector(turn * dt), self._goal[3:])
        lead = self._goal[:3] - self._tcp[:3]
        length = float(np.linalg.norm(lead))
        if length > self.config.leash_m:
            self._goal[:3] = self._tcp[:3] + lead * (self.config.leash_m / length)
        if planned_force_n < CONTACT_FORCE_N and force_n < YIELD_FORCE_N:
            self._correction_m = 0.0
        return planned_force_n

    def _stitch(self, nominal: np.ndarray) -> None:
        """Keeps the goal where it was when the motion's source changes; the step fades out afterwards."""
        axis = rotate(nominal[3:], self.config.tool_axis)
        gap = self._goal[:3] - nominal[:3]
        self._correction_m = float(gap @ axis)
        self._seam_m[:] = gap - self._correction_m * axis
        self._seam_rad[:] = rotation_vector(quat_multiply(self._goal[3:], quat_conjugate(nominal[3:])))

    def _correct(self, planned_force_n: float, force_n: float, mode: Mode, following: bool, dt: float) -> None:
        gains = self._gains
        # A policy that plans no force is followed as it is; only safety makes it yield.
        blind = mode is Mode.FOLLOW and not self._decoder.spec.plans_force
        in_air = blind or (planned_force_n < CONTACT_FORCE_N and force_n < YIELD_FORCE_N)
        if following:
            fade_s = self.config.seam_s if in_air else self.config.correction_fade_s
            self._correction_m -= self._correction_m * dt / fade_s
        if in_air:
            self._previous_error_n = 0.0
            return
        error_n = planned_force_n - force_n
        before_m = self._correction_m
        self._correction_m = admittance_step(
            self._correction_m,
            self._previous_error_n,
            error_n,
            dt,
            gains.gain_m_per_ns,
            gains.damping_m_per_n,
            gains.max_speed_m_s,
            gains.max_offset_m,
        )
        self._previous_error_n = error_n
        if force_n < CONTACT_FORCE_N:
            self._correction_m = min(self._correction_m, before_m + gains.approach_speed_m_s * dt)
        if mode is Mode.HOLD:
            self._correction_m = min(self._correction_m, self._held_correction_m + self.config.hold_reach_m)


def _age_s(now_ns: int, stamp_ns: int) -> float:
    return float("inf") if stamp_ns < 0 else (now_ns - stamp_ns) * 1e-9
