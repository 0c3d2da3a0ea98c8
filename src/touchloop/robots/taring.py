"""Whether a driver's force-torque sensor may be set to zero now: only in free air, at rest, with nobody commanding."""

import math
from collections import deque

import numpy as np

WINDOW_S = 0.5
"""The arm must have been still, and nobody have commanded it, for so long."""
SPEED_M_S, TURNING_RAD_S = 0.003, 0.02
STEADY_N = 1.0
"""Standard deviation of the force; a hand or a vibration gives more."""
CONTACT_N = 3.0
"""Force after touchloop's own taring, where that is known."""


class TareGuard:
    """Collects what the arm does; all times are monotonic [s]."""

    def __init__(self) -> None:
        self._forces: deque[tuple[float, np.ndarray]] = deque(maxlen=1000)
        self._motions: deque[tuple[float, float, float]] = deque(maxlen=1000)
        self._target_at_s = -math.inf
        self._bias: np.ndarray | None = None

    def wrench(self, wrench_at_sensor: np.ndarray, now_s: float) -> None:
        """A wrench (6,), not tared."""
        self._forces.append((now_s, np.array(wrench_at_sensor[:3])))

    def twist(self, tcp_twist: np.ndarray, now_s: float) -> None:
        """A twist (6,) of the TCP [m/s], [rad/s]."""
        self._motions.append((now_s, float(np.linalg.norm(tcp_twist[:3])), float(np.linalg.norm(tcp_twist[3:]))))

    def target(self, now_s: float) -> None:
        """Somebody commands the arm."""
        self._target_at_s = now_s

    def bias(self, bias: np.ndarray | None) -> None:
        """What touchloop's own taring found (6,); None: it is not known."""
        self._bias = bias

    def refusal(self, now_s: float) -> str:
        """Why the sensor must not be set to zero now; empty when it may."""
        forces = [force for at_s, force in self._forces if now_s - at_s <= WINDOW_S]
        motions = [motion for motion in self._motions if now_s - motion[0] <= WINDOW_S]
        if len(forces) < 5 or len(motions) < 5:
            return f"{'wrench' if len(forces) < 5 else 'tcp_twist'} is silent; the state of the arm is not known"
        if now_s - self._target_at_s <= WINDOW_S:
            return "the controller commands the arm; deactivate it first"
        speed, turning = max(m[1] for m in motions), max(m[2] for m in motions)
        if not (speed <= SPEED_M_S and turning <= TURNING_RAD_S):
            return (
                f"the arm moves, {speed:.3f} m/s and {turning:.3f} rad/s; expected at most {SPEED_M_S}, {TURNING_RAD_S}"
            )
        spread_n = float(np.linalg.norm(np.std(forces, axis=0)))
        if not spread_n <= STEADY_N:
            return f"the force is not steady, {spread_n:.1f} N; expected at most {STEADY_N:g}"
        mean = np.mean(forces, axis=0)
        if self._bias is not None and not np.linalg.norm(mean - self._bias[:3]) <= CONTACT_N:
            return (
                f"the tool is in contact, {np.linalg.norm(mean - self._bias[:3]):.1f} N; expected at most {CONTACT_N:g}"
            )
        return ""
