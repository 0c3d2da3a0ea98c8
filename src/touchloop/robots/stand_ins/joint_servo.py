"""The joints of a position-controlled arm: they smooth what they are told, and stop at a seam.

As drivers of real ones do: UR's servoj looks ahead and filters, Franka's low-pass limits the rate; both stop the arm
when a command jumps, and a person must release it.
"""

import numpy as np

JUMP_RAD = 0.05
"""Between two commands; more stops the arm."""
LOOKAHEAD_S = 0.03
"""Time constant of the smoothing; UR's smallest and default."""


class JointServo:
    """``step`` the wanted positions; ``stopped`` says why the arm stands, until ``start``."""

    def __init__(self, lookahead_s: float = LOOKAHEAD_S) -> None:
        self._lookahead_s = lookahead_s
        self.stopped = ""

    def start(self, positions: np.ndarray) -> None:
        """Released, with the arm at positions (joints,) [rad]."""
        self._wanted, self._sent = positions.copy(), positions.copy()
        self.stopped = ""

    def step(self, wanted: np.ndarray, period_s: float) -> np.ndarray:
        """What the drives are told (joints,) [rad] when the controller wants ``wanted``."""
        if not self.stopped:
            if not np.isfinite(wanted).all():
                self.stopped = "protective stop: the command is not finite"
            elif (jump := float(np.max(np.abs(wanted - self._wanted)))) > JUMP_RAD:
                self.stopped = f"protective stop: the command jumped by {jump:.3f} rad"
            else:
                self._wanted = wanted.copy()
                share = 1.0 if self._lookahead_s == 0.0 else 1.0 - np.exp(-period_s / self._lookahead_s)
                self._sent = self._sent + share * (wanted - self._sent)
        return self._sent
