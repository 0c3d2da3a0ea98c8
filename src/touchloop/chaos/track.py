"""The arm's true motion, as the world measured it: the last minute, by its stamps."""

import numpy as np

from touchloop.geometry.pose import rotate

COLUMNS = 9
STAMP, X, Y, Z, ACROSS, ALONG, FORCE, SPEED, MONOTONIC = range(COLUMNS)
"""Stamp [s] since the track's first one, TCP in base [m], speed across and along the tool's axis [m/s], magnitude of
the tared force [N], speed [m/s], arrival by the machine's clock [s]."""
KEPT = 250 * 60
GAP_S = 1.0
_AXIS = np.array([0.0, 0.0, 1.0])


class Track:
    """A ring of samples.

    Attributes:
        samples: how many there were in all.
    """

    def __init__(self, kept: int = KEPT) -> None:
        self._rows = np.zeros((2 * kept, COLUMNS))
        self._kept, self._used = kept, 0
        self._first_ns = -1
        self.samples = 0

    def add(
        self, stamp_ns: int, tcp_in_base: np.ndarray, twist_in_base: np.ndarray, force: np.ndarray, arrival_s: float
    ) -> None:
        """One tick: pose (7,), twist (6,) and tared force (3,) at the sensor."""
        if self._first_ns < 0:
            self._first_ns = stamp_ns
        elif self._used and self.second(stamp_ns) <= self._rows[self._used - 1, STAMP]:
            # A world that was started again may begin earlier; here time goes on.
            self._first_ns = stamp_ns - round((self._rows[self._used - 1, STAMP] + GAP_S) * 1e9)
        if self._used == len(self._rows):
            self._rows[: self._kept] = self._rows[self._kept :]
            self._used = self._kept
        velocity = twist_in_base[:3]
        along = float(velocity @ rotate(tcp_in_base[3:], _AXIS))
        speed = float(velocity @ velocity) ** 0.5
        self._rows[self._used] = (
            (stamp_ns - self._first_ns) * 1e-9,
            *tcp_in_base[:3],
            max(speed * speed - along * along, 0.0) ** 0.5,
            along,
            float(force @ force) ** 0.5,
            speed,
            arrival_s,
        )
        self._used += 1
        self.samples += 1

    def second(self, stamp_ns: int) -> float:
        """A stamp on the track's own scale [s]."""
        return (stamp_ns - self._first_ns) * 1e-9

    @property
    def newest(self) -> np.ndarray | None:
        """(9,) the last sample; None before the first."""
        return self._rows[self._used - 1] if self._used else None

    def last(self, count: int) -> np.ndarray:
        """(n, 9) the newest samples, at most ``count``."""
        return self._rows[max(self._used - count, 0) : self._used]

    def at(self, monotonic_s: float) -> float:
        """Stamp of the last sample that had come by then [s]; of the first one kept where none had.

        A world may be slower than the machine's clock, so instants of the two are matched by arrivals.
        """
        rows = self._rows[: self._used]
        if not len(rows):
            return 0.0
        place = int(np.searchsorted(rows[:, MONOTONIC], monotonic_s, side="right")) - 1
        return float(rows[max(place, 0), STAMP])

    def between(self, from_s: float, to_s: float) -> np.ndarray:
        """(n, 9) samples with a stamp in [from, to], of those that are kept."""
        rows = self._rows[: self._used]
        low, high = np.searchsorted(rows[:, STAMP], (from_s, to_s), side="left")
        while high < len(rows) and rows[high, STAMP] <= to_s:
            high += 1
        return rows[low:high]
