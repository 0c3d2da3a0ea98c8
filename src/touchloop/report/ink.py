"""Redraws the ink on the board from the seed and the tool's recorded path and force."""

import numpy as np

from touchloop.report.episodes import Episode
from touchloop.sim.board import (
    BOARD_SIZE_M,
    CELL_M,
    FOOTPRINT_RADIUS_M,
    WIPE_FORCE_N,
    WIPE_RATE_PER_S,
    BoardConfig,
    cell_centres,
    stroke_ink,
)
from touchloop.tasks.wipe import Wipe, sample_board


def drawn_board(episode: Episode) -> BoardConfig | None:
    """The board that the episode's seed draws; None when the task or the seed is not known."""
    start = episode.start
    if start is None or start.task != Wipe.name:
        return None
    return sample_board(np.random.default_rng([start.seed, 0]))


class InkReplay:
    """Ink over time, from ``tcp_pose``, the tared wrench and the board's pose.

    The tip's contact lies at the TCP's foot on the face, which is true to a few millimetres.
    """

    def __init__(self, episode: Episode, board: BoardConfig) -> None:
        self.ink = stroke_ink(board)
        self._total = float(self.ink.sum())
        self._centres = cell_centres()
        pose = episode.recording.tcp_pose
        force = episode.contact_force
        self._stamps_ns = pose.stamp_ns
        self._feet = episode.on_object(pose)
        if len(force):
            self._force_n = np.interp(pose.stamp_ns, force.stamp_ns, np.nan_to_num(force.values[:, 0]))
        else:
            task = episode.recording.task
            self._force_n = np.interp(pose.stamp_ns, [s.stamp_ns for s in task], [s.force_n for s in task])
        self._next = 0

    @property
    def coverage(self) -> float:
        """Share of the ink that is gone so far."""
        return 1.0 - float(self.ink.sum()) / self._total

    def advance(self, until_ns: int) -> np.ndarray:
        """Wipes up to a stamp and gives the ink grid, which later calls change."""
        while self._next < len(self._feet) and self._stamps_ns[self._next] <= until_ns:
            index = self._next
            self._next += 1
            if self._force_n[index] < WIPE_FORCE_N or not np.isfinite(self._feet[index]).all() or index == 0:
                continue
            dt = min((self._stamps_ns[index] - self._stamps_ns[index - 1]) * 1e-9, 0.1)
            self._wipe(self._feet[index], dt)
        return self.ink

    def _wipe(self, foot: np.ndarray, dt: float) -> None:
        row, column = (int((foot[axis] + 0.5 * BOARD_SIZE_M[axis]) / CELL_M) for axis in (0, 1))
        reach = int(FOOTPRINT_RADIUS_M / CELL_M) + 2
        window = (
            slice(max(row - reach, 0), max(row + reach, 0)),
            slice(max(column - reach, 0), max(column + reach, 0)),
        )
        near = np.hypot(self._centres[0][window] - foot[0], self._centres[1][window] - foot[1]) <= FOOTPRINT_RADIUS_M
        patch = self.ink[window]
        patch[near] = np.maximum(patch[near] - WIPE_RATE_PER_S * dt, 0.0)
