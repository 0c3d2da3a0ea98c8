"""Sequence matching: the last frames together against stretches of the map.

After Milford and Wyeth, "SeqSLAM: Visual route-based navigation for sunny summer days and stormy winter nights", ICRA
2012: differences are brought to the same contrast frame by frame, then summed along straight lines of several slopes;
a slope is a speed. Lines here run in metres and seconds, not in frames: dropped frames leave gaps and no kinks, and the
map's places need not be evenly spaced.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class SequenceSettings:
    """What sequences are searched.

    Attributes:
        window_s: how far back.
        slowest_m_s: lowest speed; who stands still sees nothing to match.
        fastest_m_s: highest speed.
        speeds: how many between them, by equal ratios.
        fewest: usable frames below which no sequence is matched.
    """

    window_s: float = 2.0
    slowest_m_s: float = 0.3
    fastest_m_s: float = 3.5
    speeds: int = 12
    fewest: int = 5

    def __post_init__(self) -> None:
        if not (0.0 < self.window_s <= 60.0 and 0.0 < self.slowest_m_s < self.fastest_m_s < 100.0):
            raise InputError(
                f"sequence: window {self.window_s} s, speeds {self.slowest_m_s} to {self.fastest_m_s} m/s; "
                "expected a window up to 60 s and rising speeds up to 100 m/s"
            )
        if self.speeds < 2 or self.fewest < 1:
            raise InputError(f"sequence: {self.speeds} speeds, {self.fewest} frames; expected 2 and 1 or more")

    def speeds_m_s(self) -> np.ndarray:
        """All speeds that are tried."""
        return np.geomspace(self.slowest_m_s, self.fastest_m_s, self.speeds)


def contrast(row: np.ndarray) -> np.ndarray:
    """Differences of a frame in standard deviations from their mean over the map; zeros where all are the same."""
    centred = row - row.mean()
    deviation = float(centred.std())
    return centred / np.float32(deviation) if deviation > 1e-6 else np.zeros_like(row)


def along_lines(rows: np.ndarray, ages_s: np.ndarray, positions_m: np.ndarray, speeds_m_s: np.ndarray) -> np.ndarray:
    """The best line that ends at each place.

    Args:
        rows: (frames, places) float32, ``contrast`` of each frame's differences.
        ages_s: (frames,) how long before now each was seen.
        positions_m: (places,) rising.
        speeds_m_s: slopes to try.

    Returns:
        (places,) float32: mean along the best line, low where the sequence fits. A line that starts before the map
        takes the map's first place for what lies before it.
    """
    out = np.empty(len(positions_m), np.float32)
    first, last = float(positions_m[0]), float(positions_m[-1])
    spacing_m = max((last - first) / max(4 * (len(positions_m) - 1), 1), 1e-6)
    grid = first + spacing_m * np.arange(4 * len(positions_m) + 1)
    after = np.clip(np.searchsorted(positions_m, grid), 1, max(len(positions_m) - 1, 1))
    if len(positions_m) == 1:
        nearest = np.zeros(len(grid), np.int64)
    else:
        nearest = after - ((grid - positions_m[after - 1]) < (positions_m[after] - grid))
    _along_lines(rows, ages_s, positions_m, speeds_m_s, nearest, spacing_m, out)
    return out


@njit(cache=True, error_model="numpy")
def _along_lines(
    rows: np.ndarray,
    ages_s: np.ndarray,
    positions_m: np.ndarray,
    speeds_m_s: np.ndarray,
    nearest: np.ndarray,
    spacing_m: float,
    out: np.ndarray,
) -> None:
    first_m = positions_m[0]
    last = nearest.size - 1
    for place in range(out.size):
        best = np.float32(np.inf)
        for speed_m_s in speeds_m_s:
            total = np.float32(0.0)
            for frame in range(rows.shape[0]):
                at = (positions_m[place] - speed_m_s * ages_s[frame] - first_m) / spacing_m
                total += rows[frame, nearest[min(max(int(at + 0.5), 0), last)]]
            best = min(best, total)
        out[place] = best / np.float32(max(rows.shape[0], 1))
