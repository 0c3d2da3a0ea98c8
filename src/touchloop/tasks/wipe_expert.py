"""The scripted expert that demonstrates wiping: it knows the stroke, and feels the force."""

import math
from typing import Literal

import numpy as np

from touchloop.sim.board import Board
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.expert_motion import APPROACH_SPEED_M_S, Descent, ForceJitter, ForceOffset, step_towards
from touchloop.tasks.task import ExpertCommand
from touchloop.touch.wrench import low_pass_share, wrench_at_tcp

FORCE_N = 5.5
"""The middle of the force band: what is planned."""
TARE_S = 0.4
HOVER_M = 0.03
DESCENT_SPEED_M_S = 0.04
TOUCH_FORCE_N = 1.2
FORCE_JITTER_N, FORCE_JITTER_S = 1.5, 0.3
SETTLE_S = 0.25
WIPE_SPEED_M_S = 0.055
LIFT_SPEED_M_S = 0.08
LIFT_M = 0.07

Phase = Literal["tare", "approach", "descend", "settle", "wipe", "lift"]


class WipeExpert:
    """Approach, descend until touch, wipe along the stroke at ``FORCE_N``, lift.

    Sees the stroke until it touches the board, not how the board moves later: that it must feel.
    """

    def __init__(self, board: Board, rng: np.random.Generator, jitter_m: float = 0.0) -> None:
        self._board = board
        self._see_ends()
        self._jitter_m = jitter_m
        self._rng = rng
        self._noise = np.zeros(3)
        self._descent = Descent(rng, jitter_m, HOVER_M, DESCENT_SPEED_M_S)
        self._phase: Phase = "tare"
        self._phase_s = 0.0
        self._samples: list[np.ndarray] = []
        self._bias = np.zeros(6)
        self._wrench = np.zeros(6)
        self._force_n = 0.0
        self._press = ForceOffset()
        self._force_jitter = ForceJitter(rng, jitter_m, FORCE_JITTER_N, FORCE_JITTER_S)
        self._progress_m = 0.0
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
                    self._enter("settle")
            case "settle":
                if self._phase_s >= SETTLE_S:
                    self._enter("wipe")
                return FORCE_N
            case "wipe":
                stroke = self._end - self._start
                ramp = min(1.0, self._phase_s / 0.3)
                step = WIPE_SPEED_M_S * ramp * PERIOD_S
                self._progress_m += step
                nominal[:3] += step * stroke / np.linalg.norm(stroke)
                if self._progress_m >= np.linalg.norm(stroke):
                    self._enter("lift")
                return FORCE_N
            case "lift":
                if self._phase_s * LIFT_SPEED_M_S < LIFT_M:
                    nominal[2] += LIFT_SPEED_M_S * PERIOD_S
        return 0.0

    def _see_ends(self) -> None:
        """The stroke's ends (3,) in base, where the board is now."""
        config = self._board.config
        heading = np.array([math.cos(config.ink_heading_rad), math.sin(config.ink_heading_rad)])
        ends = [config.ink_start, config.ink_start + config.ink_length_m * heading]
        self._start, self._end = (self._board.in_base(np.array([*end, 0.0])) for end in ends)

    def _enter(self, phase: Phase) -> None:
        self._phase, self._phase_s = phase, 0.0
