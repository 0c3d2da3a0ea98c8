"""Outcomes of episodes and their statistics; imports nothing heavy."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class EpisodeResult:
    """One row of a benchmark."""

    seed: int
    perturbation: str
    variant: str
    success: bool
    score: float
    progress: float
    in_band_ratio: float
    peak_force_n: float
    duration_s: float


@dataclass(frozen=True, slots=True)
class Summary:
    """Statistics of a list of episodes."""

    episodes: int
    success_rate: float
    success_low: float
    """95 % Wilson interval of the success rate."""
    success_high: float
    score_mean: float
    progress_mean: float
    in_band_mean: float
    peak_force_max_n: float


def wilson_interval(successes: int, trials: int, z: float = 1.959964) -> tuple[float, float]:
    """Bounds of a proportion at 95 % (Wilson 1927)."""
    rate = successes / trials
    centre = rate + z * z / (2 * trials)
    spread = z * math.sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return max((centre - spread) / scale, 0.0), min((centre + spread) / scale, 1.0)


def summarise(results: Sequence[EpisodeResult]) -> Summary:
    """The statistics of at least one episode."""
    count = len(results)
    successes = sum(r.success for r in results)
    low, high = wilson_interval(successes, count)
    return Summary(
        count,
        successes / count,
        low,
        high,
        sum(r.score for r in results) / count,
        sum(r.progress for r in results) / count,
        sum(r.in_band_ratio for r in results) / count,
        max(r.peak_force_n for r in results),
    )


def as_json(results: Sequence[EpisodeResult], about: dict[str, str | int | float | bool]) -> dict:
    """``about``, the summary's fields and one row an episode under ``rows``."""
    return {**about, **asdict(summarise(results)), "rows": [asdict(r) for r in results]}
