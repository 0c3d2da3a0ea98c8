"""Follows the board's ink through a run, from pictures of the camera behind it."""

import numpy as np

from touchloop.monitor.evidence.ink import InkEye
from touchloop.sim.board import BoardConfig

PERIOD_S = 0.3


class InkWatch:
    """Of one episode.

    Attributes:
        share: of the ink that is still there, as looked last since a wipe has ended; None before that, or hidden.
        looked_s: when that was; below 0 before.
    """

    def __init__(self) -> None:
        self.share: float | None = None
        self._eye: InkEye | None = None
        self.looked_s = -1.0
        self._wiped_s: float | None = None

    def wiped(self, time_s: float) -> None:
        """A wipe has ended."""
        self._wiped_s = time_s

    def due(self, time_s: float) -> bool:
        """A picture would be of use now: the first one, then each ``PERIOD_S`` after a wipe."""
        if self._eye is None:
            return True
        if self._wiped_s is None or time_s < self._wiped_s - 1e-6:
            return False
        return self.looked_s < self._wiped_s - 1e-6 or time_s - self.looked_s >= PERIOD_S - 1e-6

    def look(self, picture: np.ndarray, time_s: float, board: BoardConfig, lit: bool) -> None:
        """Take in a picture (H, W, 3) uint8; the first one shows the board with all its ink."""
        if not lit:
            return
        due = self.due(time_s)
        if self._eye is None:
            self._eye = InkEye(picture, board)
            due = self.due(time_s)
        if due:
            self.looked_s, self.share = time_s, self._eye.share(picture)
