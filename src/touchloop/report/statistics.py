"""Rates, gaps, latencies and lateness."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from touchloop.report.recording import Recording
from touchloop.report.streams import nominal_hz

GAP_FACTOR = 2.5
"""A pause longer than this many median intervals is a gap."""
FEWEST_FOR_GAPS = 10


@dataclass(frozen=True)
class StreamTiming:
    """Timing of one topic by its messages' own stamps.

    Attributes:
        topic: Full name.
        type: Message type.
        messages: How many.
        rate_hz: Over the first to the last stamp; None below two messages.
        nominal_hz: What the architecture asks for; None for none.
        jitter_ms: Standard deviation of the intervals, gaps left out; None below ten messages.
        longest_ms: Longest interval.
        gaps: Intervals longer than 2.5 median ones; None below ten messages.
    """

    topic: str
    type: str
    messages: int
    rate_hz: float | None
    nominal_hz: float | None
    jitter_ms: float | None
    longest_ms: float | None
    gaps: int | None

    @property
    def slow(self) -> bool:
        """Whether the rate is off its nominal one by more than 5 %."""
        return bool(self.rate_hz and self.nominal_hz and abs(self.rate_hz / self.nominal_hz - 1.0) > 0.05)


def stream_timing(topic: str, msgtype: str, stamps_ns: np.ndarray) -> StreamTiming:
    """Measures one topic from its sorted stamps (n,)."""
    intervals_s = np.diff(stamps_ns) * 1e-9
    span_s = float(intervals_s.sum())
    gaps = jitter = None
    nominal = nominal_hz(topic)
    if len(stamps_ns) >= FEWEST_FOR_GAPS and nominal is not None:
        limit = GAP_FACTOR * float(np.median(intervals_s))
        gaps = int((intervals_s > limit).sum())
        jitter = float(intervals_s[intervals_s <= limit].std() * 1e3)
    return StreamTiming(
        topic,
        msgtype,
        len(stamps_ns),
        len(intervals_s) / span_s if span_s > 0.0 else None,
        nominal,
        jitter,
        float(intervals_s.max() * 1e3) if len(intervals_s) else None,
        gaps,
    )


def all_streams(stamps_ns: Mapping[str, np.ndarray], types: Mapping[str, str]) -> list[StreamTiming]:
    """One row a topic, in order of names."""
    return [stream_timing(topic, types[topic], stamps_ns[topic]) for topic in sorted(stamps_ns)]


@dataclass(frozen=True)
class Distribution:
    """Percentiles of a sample; all in the sample's unit."""

    count: int
    p50: float
    p99: float
    largest: float


def distribution(sample: np.ndarray) -> Distribution | None:
    """Percentiles of the finite values; None without any."""
    finite = sample[np.isfinite(sample)]
    if not len(finite):
        return None
    p50, p99 = np.percentile(finite, [50, 99])
    return Distribution(len(finite), float(p50), float(p99), float(finite.max()))


def wrench_to_target_ms(recording: Recording) -> np.ndarray:
    """(n,) [ms] of each target_pose: its stamp minus the stamp of the newest wrench that is not younger."""
    wrenches, targets = recording.wrench.stamp_ns, recording.target_pose.stamp_ns
    before = np.searchsorted(wrenches, targets, side="right") - 1
    known = before >= 0
    return (targets[known] - wrenches[before[known]]) * 1e-6


def lateness_ms(recording: Recording) -> np.ndarray:
    """(n,) [ms] of the fast loop's ticks that controller_state samples."""
    return np.array([sample.lateness_s * 1e3 for sample in recording.controller])


def missed_ticks(recording: Recording) -> int | None:
    """Ticks that the fast loop left out; a restarted controller counts anew. None without a controller_state."""
    if not recording.controller:
        return None
    counts = np.array([sample.missed_ticks for sample in recording.controller], np.int64)
    steps = np.diff(counts)
    return int(np.where(steps >= 0, steps, counts[1:]).sum())


def tick_rate_hz(recording: Recording) -> float | None:
    """Rate of target_pose; None below two."""
    stamps = recording.target_pose.stamp_ns
    span_s = (stamps[-1] - stamps[0]) * 1e-9 if len(stamps) else 0.0
    return float((len(stamps) - 1) / span_s) if span_s > 0.0 else None


def plan_rate_hz(recording: Recording) -> float | None:
    """Rate of plans by their stamps; None below two."""
    stamps = [plan.stamp_ns for plan in recording.plans]
    span_s = (stamps[-1] - stamps[0]) * 1e-9 if len(stamps) > 1 else 0.0
    return (len(stamps) - 1) / span_s if span_s > 0.0 else None
