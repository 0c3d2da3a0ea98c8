"""The scripted expert that demonstrates peeling: it sees the body until it touches it, and then feels the force."""

from typing import Literal

import numpy as np

from touchloop.sim.observation import Observation
from touchloop.sim.peel_body import PeelBody
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import APPROACH_SPEED_M_S, Descent, ForceJitter, ForceOffset, step_towards
from touchloop.tasks.task import ExpertCommand
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

FORCE_N = 5.5
"""The middle of the force band: what is planned."""
TARE_S = 0.4
HOVER_M = 0.03
BEHIND_M = np.array([-0.015, 0.0, 0.0])
"""From before the body: over its end, the flange would hide that end from the wrist's camera."""
DESCENT_SPEED_M_S = 0.04
TOUCH_FORCE_N = 1.2
FORCE_JITTER_N, FORCE_JITTER_S = 0.8, 0.3
BEGIN_INSET_M, END_INSET_M = 0.004, 0.002
"""The stroke begins and ends this far inside the body's ends: who sees the first end badly must not miss the body."""
PEEL_SPEED_M_S = 0.05
STEADY_N, HALT_N = 1.2, 2.5
"""The stroke goes at full speed up to that force error, and waits from this one on."""
STEADY_M, HALT_M = 0.0025, 0.005
"""The same for how far the blade is beside its line."""
LOST_N = 3.0
HOLD_PER_S, HOLD_SPEED_M_S = 12.0, 0.1
"""Below that force the blade loses the body: the target, which leads it, comes back to it at this rate and speed."""
SPEED_SETTLES_S = 0.08
STOP_SETTLES_S = 0.015
"""Time constants of the stroke's speed, growing and falling."""
LIFT_SPEED_M_S = 0.08
LIFT_M = 0.07

Phase = Literal["tare", "approach", "descend", "peel", "lift"]


class PeelExpert:
    """Approach, descend until touch, peel along the body at ``FORCE_N`` and wait whenever that is lost, lift.

    Sees the body until it touches it, not how that moves later: that it must feel.
    """

    def __init__(self, body: PeelBody, rng: np.random.Generator, jitter_m: float = 0.0) -> None:
        self._body = body
        self._see_ends()
        self._jitter_m = jitter_m
        self._rng = rng
        self._noise = np.zeros(3)
        self._descent = Descent(rng, jitter_m, HOVER_M, DESCENT_SPEED_M_S, BEHIND_M)
        self._phase: Phase = "tare"
        self._phase_s = 0.0
        self._samples: list[np.ndarray] = []
        self._bias = np.zeros(6)
        self._wrench = np.zeros(6)
        self._force_n = 0.0
        self._press = ForceOffset()
        self._force_jitter = ForceJitter(rng, jitter_m, FORCE_JITTER_N, FORCE_JITTER_S)
        self._speed_m_s = 0.0
        self._share = low_pass_share(30.0, PERIOD_S)
        self._nominal: np.ndarray | None = None

    def step(self, observations: tuple[Observation, ...]) -> tuple[ExpertCommand, ...]:
        """The command for one tick."""
        (observation,) = observations
        if self._nominal is None:
            self._nominal = observation.tcp_in_base.copy()
        wrench_at_tcp(observation.wrench_at_sensor, self._bias, self._wrench)
        self._force_n += self._share * (-self._wrench[2] - self._force_n)
        self._phase_s += PERIOD_S
        planned_force_n = self._advance(observation, self._nominal)
        jitter_n = self._force_jitter.step()
        if planned_force_n > 0.0:
            self._press.step(planned_force_n + jitter_n - self._force_n)
        target = self._nominal.copy()
        target[2] -= self._press.offset_m
        self._noise += -0.02 * self._noise + 0.2 * self._jitter_m * self._rng.standard_normal(3)
        target[:3] += self._noise
        return (ExpertCommand(target, planned_force_n),)

    def _advance(self, observation: Observation, nominal: np.ndarray) -> float:
        """Moves the nominal position on by one tick and returns the planned force [N]."""
        match self._phase:
            case "tare":
                self._samples.append(observation.wrench_at_sensor)
                if self._phase_s >= TARE_S:
                    self._bias = np.mean(self._samples, axis=0)
                    self._enter("approach")
            case "approach":
                self._see_ends()
                if step_towards(nominal, self._descent.over(self._start), APPROACH_SPEED_M_S, self._phase_s):
                    self._enter("descend")
            case "descend":
                self._see_ends()
                self._descent.step(nominal, self._start, self._phase_s)
                if self._force_n > TOUCH_FORCE_N:
                    self._press.previous_error_n = FORCE_N - self._force_n
                    self._enter("peel")
            case "peel":
                if self._peel(observation.tcp_in_base, nominal):
                    self._enter("lift")
                return FORCE_N
            case "lift":
                speed = LIFT_SPEED_M_S * min(1.0, self._phase_s / 0.1)
                if self._phase_s * LIFT_SPEED_M_S < LIFT_M:
                    nominal[2] += speed * PERIOD_S
        return 0.0

    def _peel(self, tcp_in_base: np.ndarray, nominal: np.ndarray) -> bool:
        """One tick along the stroke, slower the further force and place are off; true at its end."""
        stroke = (self._end - self._start)[:2]
        length = float(np.linalg.norm(stroke))
        ahead = stroke / length
        at = tcp_in_base[:2] - self._start[:2]
        beside_m = abs(float(ahead[0] * at[1] - ahead[1] * at[0]))
        steady = min(
            (HALT_N - abs(FORCE_N - self._force_n)) / (HALT_N - STEADY_N),
            (HALT_M - beside_m) / (HALT_M - STEADY_M),
        )
        wanted = PEEL_SPEED_M_S * min(max(steady, 0.0), 1.0)
        if self._force_n < LOST_N:
            lead_m = max(float((nominal[:2] - tcp_in_base[:2]) @ ahead), 0.0)
            wanted = -min(HOLD_PER_S * lead_m, HOLD_SPEED_M_S)
        settles_s = SPEED_SETTLES_S if wanted > self._speed_m_s else STOP_SETTLES_S
        self._speed_m_s += (wanted - self._speed_m_s) * PERIOD_S / settles_s
        nominal[:2] += self._speed_m_s * PERIOD_S * ahead
        return float(at @ ahead) >= length

    def _see_ends(self) -> None:
        """The stroke's ends (3,) in base, where the body is now."""
        self._start, self._end = (
            self._body.crest_in_base(along) for along in (BEGIN_INSET_M, self._body.config.length_m - END_INSET_M)
        )

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0.0
