"""The scripted expert that demonstrates lifting: it sees the box until it touches, then grips by the load it feels."""

import math
from typing import Literal

import numpy as np

from touchloop.control.admittance import AdmittanceConfig, admittance_step
from touchloop.geometry.pose import rotate
from touchloop.sim.fragile_box import SIDES, FragileBox
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import ForceJitter
from touchloop.tasks.task import ExpertCommand
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

TOUCH_N = 1.5
"""Planned by the arm that touches first, until the other does."""
LEAST_GRIP_N = 7.5
MOST_GRIP_N = 18.0
GRIP_PER_LOAD = 3.6
"""Squeezing force for each newton that a palm feels across its axis: safe for a friction of 0.28 and more."""
TARE_S = 0.4
APPROACH_SPEED_M_S = 0.12
CLOSING_SPEED_M_S = 0.035
HOVER_M = 0.03
TOUCH_FORCE_N = 1.0
SQUEEZE_S = 0.5
LIFT_SPEED_M_S = 0.075
LIFT_M = 0.15
"""More than the task asks for: the box may slip a little."""
CENTRING_S = 0.6
"""Time constant with which the squeezed box is drawn back to where it was touched."""
GRIP_RISE_S = 0.01
GRIP_FALL_S = 0.4
FORCE_JITTER_N = 1.2
FORCE_JITTER_S = 0.3

Phase = Literal["tare", "approach", "close", "squeeze", "lift"]


class _Side:
    """One arm's part: what it feels and where it is told to go, in its own base."""

    def __init__(self) -> None:
        self.nominal: np.ndarray = np.zeros(7)
        self.samples: list[np.ndarray] = []
        self.bias = np.zeros(6)
        self.felt = np.zeros(3)
        self.touched = False
        self.offset_m = 0.0
        self.previous_error_n = 0.0
        self.noise = np.zeros(3)
        self._wrench = np.zeros(6)
        self._share = low_pass_share(30.0, PERIOD_S)

    def feel(self, observation: Observation) -> None:
        """Takes in a measurement."""
        wrench_at_tcp(observation.wrench_at_sensor, self.bias, self._wrench)
        self.felt += self._share * (self._wrench[:3] - self.felt)

    @property
    def force_n(self) -> float:
        """Along the tool's axis."""
        return float(-self.felt[2])

    @property
    def load_n(self) -> float:
        """Across it."""
        return math.hypot(self.felt[0], self.felt[1])


class LiftExpert:
    """Both arms approach and touch, squeeze, and lift with a grip that follows the load that they feel.

    Follows the box by sight until it is first touched.
    """

    def __init__(self, box: FragileBox, rng: np.random.Generator, jitter_m: float = 0.0) -> None:
        self._box = box
        self._rng = rng
        self._jitter_m = jitter_m
        self._sides = (_Side(), _Side())
        self._phase: Phase = "tare"
        self._phase_s = 0.0
        self._started = False
        self._gap_m = HOVER_M
        self._grip_n = 0.0
        self._lifted_m = 0.0
        self._force_jitter = ForceJitter(rng, jitter_m, FORCE_JITTER_N, FORCE_JITTER_S)
        self._gains = AdmittanceConfig()

    def step(self, observations: tuple[Observation, ...]) -> tuple[ExpertCommand, ...]:
        """The commands for one tick."""
        for side, observation in zip(self._sides, observations, strict=True):
            if not self._started:
                side.nominal = observation.tcp_in_base.copy()
            side.feel(observation)
        self._started = True
        self._phase_s += PERIOD_S
        planned_n = self._advance(observations)
        jitter_n = self._force_jitter.step()
        if self._phase not in ("squeeze", "lift"):
            jitter_n = 0.0
        for side, force_n in zip(self._sides, planned_n, strict=True):
            if force_n > 0.0:
                self._correct(side, force_n + jitter_n - side.force_n)
        if self._phase in ("squeeze", "lift"):
            self._centre()
        return tuple(self._command(*pair) for pair in zip(self._sides, planned_n, strict=True))

    def _advance(self, observations: tuple[Observation, ...]) -> list[float]:
        """Moves the nominal positions on by one tick and returns each arm's planned force [N]."""
        match self._phase:
            case "tare":
                for side, observation in zip(self._sides, observations, strict=True):
                    side.samples.append(observation.wrench_at_sensor)
                    if self._phase_s >= TARE_S:
                        side.bias = np.mean(side.samples, axis=0)
                        side.felt[:] = 0.0
                if self._phase_s >= TARE_S:
                    self._enter("approach")
            case "approach":
                arrived = [self._follow(index, HOVER_M) for index in range(len(self._sides))]
                if all(arrived):
                    self._enter("close")
            case "close":
                return self._close()
            case "squeeze":
                ramp = min(self._phase_s / SQUEEZE_S, 1.0)
                if ramp >= 1.0:
                    self._enter("lift")
                return self._grip(TOUCH_N + (LEAST_GRIP_N - TOUCH_N) * ramp)
            case "lift":
                speed = min(LIFT_SPEED_M_S, 0.25 * self._phase_s, 4.0 * (LIFT_M - self._lifted_m))
                self._lifted_m += speed * PERIOD_S
                for side in self._sides:
                    side.nominal[2] += speed * PERIOD_S
                return self._grip(LEAST_GRIP_N)
        return [0.0, 0.0]

    def _close(self) -> list[float]:
        """Each arm closes in until it touches; the first keeps in light touch until the second is there."""
        seen = not any(side.touched for side in self._sides)
        if seen:
            self._gap_m -= CLOSING_SPEED_M_S * PERIOD_S
        for index, side in enumerate(self._sides):
            if not side.touched and side.force_n > TOUCH_FORCE_N:
                side.touched, side.previous_error_n = True, TOUCH_N - side.force_n
            if seen:
                self._follow(index, self._gap_m)
            elif not side.touched:
                side.nominal[0] += CLOSING_SPEED_M_S * PERIOD_S
        if all(side.touched for side in self._sides):
            self._grip_n = TOUCH_N
            self._enter("squeeze")
        return [TOUCH_N if side.touched else 0.0 for side in self._sides]

    def _grip(self, least_n: float) -> list[float]:
        """The planned squeeze: rises at once with the load that a palm feels, falls slowly."""
        load_n = max(side.load_n for side in self._sides)
        wanted_n = min(max(least_n, GRIP_PER_LOAD * load_n), MOST_GRIP_N)
        time_s = GRIP_RISE_S if wanted_n > self._grip_n else GRIP_FALL_S
        self._grip_n += (1.0 - math.exp(-PERIOD_S / time_s)) * (wanted_n - self._grip_n)
        return [self._grip_n, self._grip_n]

    def _follow(self, index: int, gap_m: float) -> bool:
        """One tick towards a place before the middle of a face, as it is seen now; true when there."""
        side, box = self._sides[index], self._box
        face = np.array([0.0, SIDES[index] * (box.half_m[1] + gap_m), 0.0])
        pose = box.object_in_world
        goal = box.in_base(index, pose[:3] + rotate(pose[3:], face))
        way = goal - side.nominal[:3]
        distance = float(np.linalg.norm(way))
        speed = min(APPROACH_SPEED_M_S, 0.4 * self._phase_s + 0.05 * (self._phase == "close"), 6.0 * distance + 0.01)
        step = min(speed * PERIOD_S, distance)
        if distance > 0.0:
            side.nominal[:3] += way * (step / distance)
        return distance - step < 0.002

    def _correct(self, side: _Side, error_n: float) -> None:
        gains = self._gains
        side.offset_m = admittance_step(
            side.offset_m,
            side.previous_error_n,
            error_n,
            PERIOD_S,
            gains.gain_m_per_ns,
            gains.damping_m_per_n,
            gains.max_speed_m_s,
            gains.max_offset_m,
        )
        side.previous_error_n = error_n

    def _centre(self) -> None:
        """Lets the part of the offsets that moves the box sideways, not that which squeezes it, leak away."""
        left, right = self._sides
        leak = 0.5 * (left.offset_m - right.offset_m) * PERIOD_S / CENTRING_S
        left.offset_m -= leak
        right.offset_m += leak

    def _command(self, side: _Side, planned_force_n: float) -> ExpertCommand:
        target = side.nominal.copy()
        target[0] += side.offset_m
        side.noise += -0.02 * side.noise + 0.2 * self._jitter_m * self._rng.standard_normal(3)
        target[:3] += side.noise
        return ExpertCommand(target, planned_force_n)

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0.0
