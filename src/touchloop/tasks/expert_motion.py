"""What the scripted experts share: straight motion, and an offset along the tool's axis that keeps a force."""

import numpy as np

from touchloop.control.admittance import AdmittanceConfig, admittance_step
from touchloop.sim.world import PERIOD_S

STRAY_M = 0.010


def stray(rng: np.random.Generator, jitter_m: float) -> np.ndarray:
    """(3,) where a demonstration arrives over its goal: up to ``STRAY_M`` beside it; nothing without jitter.

    Coming down it closes in in proportion to the height that is left. A policy that has seen only approaches without
    error does not learn to correct one by sight.
    """
    angle, radius = rng.uniform(0.0, 2.0 * np.pi), STRAY_M * np.sqrt(rng.uniform()) * (jitter_m > 0.0)
    return np.array([radius * np.cos(angle), radius * np.sin(angle), 0.0])


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
