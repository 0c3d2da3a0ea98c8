"""Joint targets that never ask for more speed, acceleration or jerk than the robot's file allows, by ruckig."""

import numpy as np
import ruckig

from touchloop.errors import InputError
from touchloop.robots.config import JointLimits


class JointLimiter:
    """Follows joint positions as fast as the limits let it.

    Args:
        limits: a number a joint.
        period_s: of ``step``.
    """

    def __init__(self, limits: JointLimits, period_s: float) -> None:
        count = len(limits.velocity_rad_s)
        self._otg = ruckig.Ruckig(count, period_s)
        self._input = ruckig.InputParameter(count)
        self._output = ruckig.OutputParameter(count)
        self._input.max_velocity = list(limits.velocity_rad_s)
        self._input.max_acceleration = list(limits.acceleration_rad_s2)
        self._input.max_jerk = list(limits.jerk_rad_s3)
        # Joints arrive when they arrive: a joint that is far behind must not slow down the others.
        self._input.synchronization = ruckig.Synchronization.No
        self.start(np.zeros(count))

    def start(self, positions: np.ndarray) -> None:
        """At rest at positions (joints,) [rad]."""
        rest = [0.0] * len(positions)
        self._input.current_position = positions.tolist()
        self._input.current_velocity = rest
        self._input.current_acceleration = rest
        self._input.target_velocity = rest
        self._input.target_acceleration = rest

    def step(self, wanted: np.ndarray) -> np.ndarray:
        """Positions (joints,) one period later, on the way to rest at ``wanted`` (joints,) [rad].

        Raises:
            InputError: the wanted positions are not finite.
        """
        if not np.isfinite(wanted).all():
            raise InputError(f"joint target {wanted.tolist()} is not finite")
        self._input.target_position = wanted.tolist()
        result = self._otg.update(self._input, self._output)
        if result not in (ruckig.Result.Working, ruckig.Result.Finished):
            raise InputError(f"joint target {wanted.tolist()}: ruckig says {result}")
        self._output.pass_to_input(self._input)
        return np.array(self._output.new_position)

    @property
    def velocities(self) -> np.ndarray:
        """(joints,) [rad/s] after the last step."""
        return np.array(self._input.current_velocity)
