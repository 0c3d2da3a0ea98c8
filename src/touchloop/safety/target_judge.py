"""Whether a target may be followed, by its stamp, by the one before, and by where the arm is."""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class TargetLimits:
    """Beyond these a target is not followed."""

    timeout_s: float
    """Its stamp may be this far behind the measurements' clock, ..."""
    ahead_s: float
    """... and this far ahead of it: measurements have a latency of their own."""
    jump_m: float
    """From the target before."""
    lead_m: float
    """From where the arm is."""


class TargetJudge:
    """Judges each new target; what is wrong stays said until a good one comes.

    Attributes:
        fault: what is wrong with the newest target; empty if nothing is.
    """

    def __init__(self, limits: TargetLimits) -> None:
        self._limits, self._before, self.fault = limits, np.zeros(7), ""

    def judge(self, pose: np.ndarray, late_s: float, tcp_in_base: np.ndarray) -> None:
        """Takes in a new target.

        Args:
            pose: (7,) in base.
            late_s: how far its stamp is behind the measurements' clock; negative: ahead.
            tcp_in_base: (7,) where the arm is.
        """
        limits = self._limits
        jump_m, lead_m = _distance(pose, self._before), _distance(pose, tcp_in_base)
        self._before = pose
        if not -limits.ahead_s <= late_s <= limits.timeout_s:
            way = "behind" if late_s > 0.0 else "ahead of"
            self.fault = f"target_pose's stamp is {abs(late_s):.3f} s {way} the measurements"
        elif jump_m > limits.jump_m:
            self.fault = f"target_pose jumps by {jump_m:.3f} m, at most {limits.jump_m:g} are allowed"
        elif lead_m > limits.lead_m:
            self.fault = f"target_pose is {lead_m:.3f} m from the arm, at most {limits.lead_m:g} are allowed"
        else:
            self.fault = ""


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    x, y, z = first[0] - second[0], first[1] - second[1], first[2] - second[2]
    return math.sqrt(x * x + y * y + z * z)
