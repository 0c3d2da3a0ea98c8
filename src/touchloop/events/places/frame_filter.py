"""Which frames of counts can be used: not those with hardly an event or noise alone, nor those filled by a flood."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

FEWEST_ACTIVE = 0.01
"""Share of the pixels with an event, of each polarity; arXiv 2403.16425."""
MOST_ACTIVE = 0.9
OUTLIER_DEVIATIONS = 3.0
MEMORY = 300
"""Frames over which a live filter takes mean and deviation: 20 s."""
FEWEST_KNOWN = 30
NOISE_DEVIATIONS = 5.0
"""Pairs of neighbours with events, beyond what chance makes, below which a frame shows nothing but noise."""
EMPTY, FLOODED, OUTLIER, USED = "too few events, or noise alone", "flooded", "outlier", ""


def active_share(counts: np.ndarray) -> tuple[float, float]:
    """Share of pixels that had an OFF event, and an ON event; ``counts`` is (2, H, W)."""
    off, on = (int(np.count_nonzero(plane)) for plane in counts)
    pixels = max(counts[0].size, 1)
    return off / pixels, on / pixels


def signal_share(counts: np.ndarray) -> tuple[float, float]:
    """``active_share``, or none at all where events are strewn as noise strews them: a camera that stands still.

    A controller that holds the rate raises the sensitivity where nothing moves, so that noise alone makes as many
    events as a picture does. Edges make events in neighbouring pixels, noise in pixels that chance picks.
    """
    active = counts > 0
    share = (float(active[0].mean()), float(active[1].mean())) if counts[0].size else (0.0, 0.0)
    for plane, part in zip(active, share, strict=True):
        across = np.count_nonzero(plane[:, 1:] & plane[:, :-1])
        pairs = across + np.count_nonzero(plane[1:] & plane[:-1])
        by_chance = part * part * (plane[:, 1:].size + plane[1:].size)
        if pairs - by_chance > NOISE_DEVIATIONS * max(by_chance, 1.0) ** 0.5:
            return share
    return 0.0, 0.0


def verdicts(active: np.ndarray) -> list[str]:
    """Why each frame of a whole recording is not used; "" where it is.

    Args:
        active: (n, 2) as from ``signal_share``.
    """
    ok = _bounded(active)
    found = [EMPTY if (row < FEWEST_ACTIVE).any() else FLOODED for row in active]
    limits = active[ok].mean(axis=0) + OUTLIER_DEVIATIONS * active[ok].std(axis=0) if ok.any() else np.ones(2)
    for k in np.flatnonzero(ok):
        found[k] = OUTLIER if (active[k] > limits).any() and ok.sum() >= FEWEST_KNOWN else USED
    return found


def _bounded(active: np.ndarray) -> np.ndarray:
    return np.asarray(((active >= FEWEST_ACTIVE) & (active <= MOST_ACTIVE)).all(axis=1))


@dataclass(frozen=True, slots=True)
class FrameFilter:
    """The same, live: mean and deviation are those of the newest frames so far.

    Attributes:
        recent: active shares of the newest frames within the bounds, outliers too: so a lasting change of the light
            is no outlier for long.
    """

    recent: tuple[tuple[float, float], ...] = ()

    def step(self, active: tuple[float, float]) -> tuple["FrameFilter", str]:
        """The filter after this frame, and why the frame is not used; "" where it is."""
        if min(active) < FEWEST_ACTIVE:
            return self, EMPTY
        if max(active) > MOST_ACTIVE:
            return self, FLOODED
        after = FrameFilter((*self.recent[-(MEMORY - 1) :], active))
        if len(self.recent) < FEWEST_KNOWN:
            return after, USED
        return after, OUTLIER if _beyond(self.recent, active) else USED


def _beyond(recent: Sequence[tuple[float, float]], active: tuple[float, float]) -> bool:
    known = np.array(recent)
    return bool((np.array(active) > known.mean(axis=0) + OUTLIER_DEVIATIONS * known.std(axis=0)).any())
