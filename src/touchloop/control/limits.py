"""Limits on a stream of target poses: workspace, speed, acceleration, jerk and turning speed."""

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from touchloop.geometry.pose import quat_conjugate, quat_from_rotation_vector, quat_multiply, rotation_vector

SETTLING_TICKS = 3.0
"""Time constant of the last millimetre, in ticks; two of them already make the jerk limit oscillate."""


@dataclass(frozen=True, slots=True)
class LimitsConfig:
    """Bounds that no plan can lift."""

    lower_in_base: np.ndarray = field(default_factory=lambda: np.array([0.25, -0.35, 0.12]))
    """(3,) corner of the workspace [m]"""
    upper_in_base: np.ndarray = field(default_factory=lambda: np.array([0.75, 0.35, 0.60]))
    speed_m_s: float = 0.3
    acceleration_m_s2: float = 6.0
    jerk_m_s3: float = 600.0
    turning_speed_rad_s: float = 1.0


@njit(cache=True)
def limit_step(
    goal: np.ndarray,
    target: np.ndarray,
    velocity: np.ndarray,
    acceleration: np.ndarray,
    dt: float,
    lower: np.ndarray,
    upper: np.ndarray,
    max_speed: float,
    max_acceleration: float,
    max_jerk: float,
    max_turning_speed: float,
) -> None:
    """Moves ``target`` (7,) towards ``goal`` (7,) by one tick within the limits; updates its derivatives (3,) in place.

    The speed is capped by what can still be braked before the goal, so that a far goal is reached without overshoot.
    """
    wanted = np.empty(3)
    for i in range(3):
        wanted[i] = min(max(goal[i], lower[i]), upper[i]) - target[i]
    distance = math.sqrt((wanted**2).sum())
    # Braking is planned with half the acceleration, because the jerk limit delays it. Close to the goal the speed is
    # proportional to the distance: braking's square root alone would make the target buzz around a goal at rest.
    braking = 0.5 * max_acceleration
    settling_s = SETTLING_TICKS * dt
    near = braking * settling_s * settling_s
    speed = distance / settling_s if distance < near else math.sqrt(2.0 * braking * (distance - 0.5 * near))
    speed = min(speed, max_speed)
    next_velocity = wanted * (speed / distance) if distance > 0.0 else np.zeros(3)
    next_acceleration = (next_velocity - velocity) / dt
    _cap(next_acceleration, max_acceleration)
    change = next_acceleration - acceleration
    _cap(change, max_jerk * dt)
    next_acceleration = acceleration + change
    # A jerk limit alone may let the speed creep over its cap for a few ticks.
    next_velocity = velocity + next_acceleration * dt
    _cap(next_velocity, max_speed)
    for i in range(3):
        acceleration[i] = (next_velocity[i] - velocity[i]) / dt
        velocity[i] = next_velocity[i]
        # A target that starts outside the workspace is led back within the limits, never snapped to its border.
        floor, ceiling = min(lower[i], target[i]), max(upper[i], target[i])
        target[i] = min(max(target[i] + velocity[i] * dt, floor), ceiling)
    turn = rotation_vector(quat_multiply(goal[3:], quat_conjugate(target[3:])))
    _cap(turn, max_turning_speed * dt)
    target[3:] = quat_multiply(quat_from_rotation_vector(turn), target[3:])


@njit(cache=True)
def _cap(vector: np.ndarray, bound: float) -> None:
    norm = math.sqrt((vector**2).sum())
    if norm > bound:
        vector *= bound / norm


class Limiter:
    """Keeps the last target and its derivatives."""

    def __init__(self, config: LimitsConfig) -> None:
        self._config = config
        self.target = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
        self._velocity = np.zeros(3)
        self._acceleration = np.zeros(3)

    def reset(self, pose: np.ndarray) -> None:
        """Starts at rest at a pose (7,)."""
        self.target[:] = pose
        self._velocity[:] = 0.0
        self._acceleration[:] = 0.0

    def step(self, goal: np.ndarray, dt: float) -> np.ndarray:
        """The next target (7,), a view that the next call overwrites."""
        c = self._config
        limit_step(
            goal,
            self.target,
            self._velocity,
            self._acceleration,
            dt,
            c.lower_in_base,
            c.upper_in_base,
            c.speed_m_s,
            c.acceleration_m_s2,
            c.jerk_m_s3,
            c.turning_speed_rad_s,
        )
        return self.target
