"""How well a monitor finds, places and explains failures."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.monitor.verdict import Verdict

EARLY_S = 0.1
"""A verdict of the right step may come this long before the failure counts as a fact: a clock's error, no foresight."""


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One episode and what the monitor said.

    Attributes:
        seed: of it.
        program: skills, in words.
        mode: what was injected; empty for nothing.
        step: in which step, from 1; 0 for none.
        fact_s: when it became fact; NaN for none.
        said: cause of the first verdict of a failure; empty for none.
        said_step: its step; 0 for none.
        said_s: when; NaN for none.
        evidence: what it rested on.
    """

    seed: int
    program: str
    mode: str
    step: int
    fact_s: float
    said: str
    said_step: int
    said_s: float
    evidence: str

    @property
    def alarmed(self) -> bool:
        """It said that something failed."""
        return bool(self.said)

    @property
    def early(self) -> bool:
        """It said so before anything had."""
        return self.alarmed and (not self.mode or self.said_s < self.fact_s - EARLY_S)

    @property
    def detected(self) -> bool:
        """It said so after something had."""
        return bool(self.mode) and self.alarmed and not self.early

    @property
    def latency_s(self) -> float:
        """From the fact to the verdict, 0 or more; NaN where there is none."""
        return max(self.said_s - self.fact_s, 0.0) if self.detected else float("nan")


@dataclass(frozen=True, slots=True)
class MonitorScore:
    """Shares over episodes."""

    episodes: int
    base_rate: float
    """Of episodes with a failure."""
    recall: float
    precision: float
    false_alarm_rate: float
    """Of good episodes."""
    balanced_accuracy: float
    localisation: float
    """Right step, of failures that were found."""
    cause: float
    """Right cause, of failures that were found."""
    latency_p50_s: float
    latency_p95_s: float


def score_of(rows: Sequence[EpisodeRow]) -> MonitorScore:
    """Of at least one episode with a failure and one without; NaN where there is none."""
    bad = [row for row in rows if row.mode]
    good = [row for row in rows if not row.mode]
    found = [row for row in bad if row.detected]
    alarms = sum(row.alarmed for row in rows)
    recall = _share(len(found), len(bad))
    false = _share(sum(row.alarmed for row in good), len(good))
    latencies = [row.latency_s for row in found]
    return MonitorScore(
        len(rows),
        _share(len(bad), len(rows)),
        recall,
        _share(len(found), alarms),
        false,
        0.5 * (recall + 1.0 - false),
        _share(sum(row.said_step == row.step for row in found), len(found)),
        _share(sum(row.said == row.mode for row in found), len(found)),
        float(np.quantile(latencies, 0.5)) if latencies else float("nan"),
        float(np.quantile(latencies, 0.95)) if latencies else float("nan"),
    )


def row_of(
    seed: int, program: str, mode: str, step: int, fact_s: float, verdict: Verdict | None, said_s: float
) -> EpisodeRow:
    """From the first verdict of a failure, or None."""
    if verdict is None:
        return EpisodeRow(seed, program, mode, step, fact_s, "", 0, float("nan"), "")
    evidence = "; ".join(verdict.evidence)
    return EpisodeRow(
        seed, program, mode, step, fact_s, verdict.cause or "unknown", verdict.step or 0, said_s, evidence
    )


def clustered_interval(rows: Sequence[EpisodeRow], measure: str, draws: int = 1000) -> tuple[float, float]:
    """95 % interval of a field of ``MonitorScore``: whole seeds are drawn again, good and failing ones together."""
    rng = np.random.default_rng(0)
    seeds = sorted({row.seed for row in rows})
    by_seed = {seed: [row for row in rows if row.seed == seed] for seed in seeds}
    values = []
    for _ in range(draws):
        drawn = [row for seed in rng.choice(seeds, len(seeds)) for row in by_seed[int(seed)]]
        value = getattr(score_of(drawn), measure)
        if np.isfinite(value):
            values.append(value)
    if not values:
        return float("nan"), float("nan")
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def _share(count: int, total: int) -> float:
    return count / total if total else float("nan")
