"""What the scripted experts share: straight motion, and an offset along the tool's axis that keeps a force."""

import numpy as np

from touchloop.control.admittance import AdmittanceConfig, admittance_step
from touchloop.sim.world import PERIOD_S

STRAY_M = 0.010
DESCENT_STRAY_M = 0.014
FINDING_BACK_S = 0.2
GATE_M = 0.005
GATE_ERROR_M = 0.002
"""Lower than the gate only where the tool is this close to being over its goal."""
APPROACH_SPEED_M_S = 0.12
FOLLOW_PER_S = 12.0
"""How fast the descending tool follows a goal that is moved."""


def stray(rng: np.random.Generator, jitter_m: float) -> np.ndarray:
    """(3,) where a demonstration arrives over its goal: up to ``STRAY_M`` beside it; nothing without jitter.

    Coming down it closes in in proportion to the height that is left. A policy that has seen only approaches without
    error does not learn to correct one by sight.
    """
    angle, radius = rng.uniform(0.0, 2.0 * np.pi), STRAY_M * np.sqrt(rng.uniform()) * (jitter_m > 0.0)
    return np.array([radius * np.cos(angle), radius * np.sin(angle), 0.0])


class Descent:
    """Coming down over a goal that may move, as a demonstration should show it.

    It strays up to ``DESCENT_STRAY_M`` beside the goal, finds back from some height on, and never comes down on a place
    that it is not over. A policy that has seen an error only high above its goal takes the place that it is over for
    the goal as soon as it is low.

    Args:
        rng: draws the error.
        jitter_m: zero for a demonstrator without noise.
        height_m: at first, above the goal.
        speed_m_s: down.
        behind_m: (3,) where it comes from over the goal even without error, so that the wrist's camera sees the goal.

    Attributes:
        height_m: above the goal.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        jitter_m: float,
        height_m: float,
        speed_m_s: float,
        behind_m: np.ndarray | None = None,
    ) -> None:
        self.height_m = height_m
        self._speed_m_s = speed_m_s
        angle, radius = rng.uniform(0.0, 2.0 * np.pi), DESCENT_STRAY_M * np.sqrt(rng.uniform()) * (jitter_m > 0.0)
        self._beside = np.array([radius * np.cos(angle), radius * np.sin(angle), 0.0])
        if behind_m is not None:
            self._beside += behind_m
        self._finds_back_m = float(rng.uniform(GATE_M, height_m))

    def over(self, goal: np.ndarray) -> np.ndarray:
        """(3,) where the tool should be now for a goal (3,)."""
        return goal + self._beside + np.array([0.0, 0.0, self.height_m])

    def step(self, nominal: np.ndarray, goal: np.ndarray, phase_s: float) -> None:
        """Moves a pose's position on by one tick; ``phase_s`` is the time since the descent began."""
        if self.height_m <= self._finds_back_m:
            self._beside *= 1.0 - PERIOD_S / FINDING_BACK_S
        way = (goal - nominal[:3])[:2]
        if self.height_m > GATE_M or float(np.linalg.norm(way)) < GATE_ERROR_M:
            self.height_m -= min(1.0, phase_s / 0.2) * self._speed_m_s * PERIOD_S
        velocity = FOLLOW_PER_S * (self.over(goal) - nominal[:3])
        speed = float(np.linalg.norm(velocity))
        nominal[:3] += velocity * PERIOD_S * min(1.0, APPROACH_SPEED_M_S / max(speed, 1e-9))


class ForceOffset:
    """The controller's own admittance, so that what is demonstrated is what will be done.

    Attributes:
        offset_m: into the surface.
        previous_error_n: planned minus measured force of the last tick; set it where the planned force jumps.
    """

    def __init__(self) -> None:
        self._gains = AdmittanceConfig()
        self.offset_m = 0.0
        self.previous_error_n = 0.0

    def step(self, error_n: float) -> None:
        """Moves the offset on by one tick; ``error_n`` is planned minus measured contact force."""
        gains = self._gains
        self.offset_m = admittance_step(
            self.offset_m,
            self.previous_error_n,
            error_n,
            PERIOD_S,
            gains.gain_m_per_ns,
            gains.damping_m_per_n,
            gains.max_speed_m_s,
            gains.max_offset_m,
        )
        self.previous_error_n = error_n


class ForceJitter:
    """A slow noise that demonstrations add to the force that they press with, not to the one that they plan.

    A policy must see other forces than the planned one, and what the expert does about them: else it plans what it
    feels, takes its own hesitation for an event, and lets the force drift away (noise in demonstrations: Laskey et al.
    2017, arXiv 1703.09327).

    Args:
        rng: draws it.
        jitter_m: zero for a demonstrator without noise.
        size_n: its deviation.
        time_s: its time constant.
    """

    def __init__(self, rng: np.random.Generator, jitter_m: float, size_n: float, time_s: float) -> None:
        self._rng, self._keeps = rng, 1.0 - PERIOD_S / time_s
        self._kick_n = size_n * float(np.sqrt(2.0 * PERIOD_S / time_s)) * (jitter_m > 0.0)
        self._force_n = 0.0

    def step(self) -> float:
        """The noise [N] of the next tick."""
        self._force_n = self._keeps * self._force_n + self._kick_n * float(self._rng.standard_normal())
        return self._force_n


def step_towards(nominal: np.ndarray, goal: np.ndarray, speed_m_s: float, phase_s: float) -> bool:
    """One tick of straight motion of a pose's position (3,), with soft start and end; true when it is there.

    ``phase_s`` is the time since the motion began.
    """
    way = goal - nominal[:3]
    distance = float(np.linalg.norm(way))
    speed = min(speed_m_s, 0.4 * phase_s, 4.0 * distance + 0.005)
    step = speed * PERIOD_S
    if distance <= step:
        nominal[:3] = goal
        return True
    nominal[:3] += way * (step / distance)
    return False
