"""What goes on to the arm: the commanded pose, held within its limits."""

import numpy as np

from touchloop.errors import InputError
from touchloop.safety.bounds import pose_fault
from touchloop.safety.command_limits import CommandLimits, brake_step, depth_outside, shield_step, turn_step

MAX_TICKS = 25
"""At most so many ticks of motion for one target: one that comes later is caught up with under the limits."""


class CommandGuard:
    """Keeps the last pose that went on and how it moves.

    Attributes:
        pose: (7,) the last output, in base.
        passed: whether the last goal passed unchanged.
    """

    def __init__(self, limits: CommandLimits) -> None:
        self._limits = limits
        self._bounds = (limits.speed_m_s, limits.acceleration_m_s2, limits.jerk_m_s3)
        self._lower, self._upper = np.array(limits.lower_in_base, float), np.array(limits.upper_in_base, float)
        self._planes = np.ascontiguousarray(limits.planes, float)
        self._motion, self._turning, self._goal = np.zeros((3, 3)), np.zeros(3), np.zeros(7)
        self._allowed_depth = 0.0
        self.pose = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
        self.passed = True

    @property
    def speed_m_s(self) -> float:
        """Of the last output."""
        return float(np.linalg.norm(self._motion[1]))

    @property
    def at_rest(self) -> bool:
        """Whether the output stands still."""
        return not self._motion[1:].any() and not self._turning.any()

    def reset(self, pose: np.ndarray) -> None:
        """Starts at rest at a pose (7,), as the measured one.

        Raises:
            InputError: the pose is not usable.
        """
        if fault := pose_fault(pose):
            raise InputError(f"the pose to start at {fault}")
        self.pose[:] = pose
        self._motion[:] = 0.0
        self._motion[0] = pose[:3]
        self._turning[:] = 0.0
        self._allowed_depth = depth_outside(self._motion[0], self._lower, self._upper, self._planes)
        self.passed = True

    def step(self, goal: np.ndarray, ticks: int = 1) -> np.ndarray:
        """The pose (7,) after so many ticks towards a goal (7,): a view that the next call overwrites.

        A goal that is not usable brakes.
        """
        if pose_fault(goal):
            return self.brake(ticks)
        ticks = min(max(ticks, 1), MAX_TICKS)
        limits, start = self._limits, self._motion[0].copy()
        self._goal[:] = goal
        self.passed = True
        for k in range(1, ticks + 1):
            # Where messages were missed, the way to the newest is made in even steps.
            self._goal[:3] = start + (goal[:3] - start) * (k / ticks)
            self._allowed_depth, moved = shield_step(
                self._goal,
                self._motion,
                self._allowed_depth,
                self._bounds,
                limits.period_s,
                self._lower,
                self._upper,
                self._planes,
            )
            turned = turn_step(
                self._goal,
                self.pose[3:],
                self._turning,
                limits.period_s,
                limits.turning_speed_rad_s,
                limits.turning_acceleration_rad_s2,
            )
            self.passed = self.passed and moved and turned
        self.pose[:3] = self._motion[0]
        return self.pose

    def brake(self, ticks: int = 1) -> np.ndarray:
        """The pose (7,) after so many ticks of braking: a view that the next call overwrites."""
        limits = self._limits
        self._goal[:3] = self._motion[0]
        for _ in range(min(max(ticks, 1), MAX_TICKS)):
            brake_step(self._motion, limits.period_s, limits.acceleration_m_s2, limits.jerk_m_s3)
            self._goal[3:] = self.pose[3:]
            turn_step(
                self._goal,
                self.pose[3:],
                self._turning,
                limits.period_s,
                limits.turning_speed_rad_s,
                limits.turning_acceleration_rad_s2,
            )
        self.pose[:3] = self._motion[0]
        self.passed = False
        return self.pose
