"""A recording as arrays and short lists: all that report and video need of one arm."""

from dataclasses import dataclass, fields, replace
from typing import Any, NamedTuple

import numpy as np


@dataclass(frozen=True)
class Track:
    """Numbers over time: ``stamp_ns`` (n,) of measurement, ``values`` (n, k)."""

    stamp_ns: np.ndarray
    values: np.ndarray

    def __len__(self) -> int:
        return len(self.stamp_ns)

    def between(self, start_ns: int, stop_ns: int) -> "Track":
        """The samples with ``start_ns <= stamp < stop_ns``."""
        keep = (self.stamp_ns >= start_ns) & (self.stamp_ns < stop_ns)
        return Track(self.stamp_ns[keep], self.values[keep])


class EpisodeStart(NamedTuple):
    """From ``episode``."""

    stamp_ns: int
    number: int
    seed: int
    task: str
    perturbation: str


class TaskSample(NamedTuple):
    """From ``task_state``."""

    stamp_ns: int
    phase: str
    done: bool
    success: bool
    score: float
    progress: float
    force_n: float
    in_band_ratio: float
    peak_force_n: float
    object_in_world: tuple[float, ...]
    perturbation: str
    """What acts right now."""
    variant: str


class ControllerSample(NamedTuple):
    """From ``controller_state``."""

    stamp_ns: int
    mode: str
    """Name, as in ``names.MODES``."""
    reason: str
    plan_sequence: int
    plan_age_s: float
    wrench_age_s: float
    planned_force_n: float
    force_n: float
    lateness_s: float
    missed_ticks: int


class PlanSample(NamedTuple):
    """From ``plan``."""

    stamp_ns: int
    sequence: int
    received_ns: int
    """Log time in the bag."""


class Notice(NamedTuple):
    """Something that a person should see: a diagnosis, a log line, an order to hold."""

    stamp_ns: int
    source: str
    text: str
    level: int
    """1 warning, 2 error."""


class Picture(NamedTuple):
    """Where a picture is in the bag."""

    stamp_ns: int
    log_ns: int


_EMPTY = Track(np.zeros(0, np.int64), np.zeros((0, 0)))


@dataclass(frozen=True)
class Recording:
    """One arm's part of a bag, in order of stamps; what is not in the bag is empty."""

    tcp_pose: Track = _EMPTY
    """(n, 7) in base."""
    target_pose: Track = _EMPTY
    wrench: Track = _EMPTY
    """(n, 6) in the sensor's frame, not tared."""
    wrench_bias: Track = _EMPTY
    joints: Track = _EMPTY
    """(n, 7) [rad]"""
    task: tuple[TaskSample, ...] = ()
    controller: tuple[ControllerSample, ...] = ()
    plans: tuple[PlanSample, ...] = ()
    episodes: tuple[EpisodeStart, ...] = ()
    notices: tuple[Notice, ...] = ()
    wrist_pictures: tuple[Picture, ...] = ()
    scene_pictures: tuple[Picture, ...] = ()

    def between(self, start_ns: int, stop_ns: int) -> "Recording":
        """The part with ``start_ns <= stamp < stop_ns``."""
        cut: dict[str, Any] = {}
        for entry in fields(self):
            part = getattr(self, entry.name)
            if isinstance(part, Track):
                cut[entry.name] = part.between(start_ns, stop_ns)
            else:
                cut[entry.name] = tuple(sample for sample in part if start_ns <= sample.stamp_ns < stop_ns)
        return replace(self, **cut)

    @property
    def span_ns(self) -> tuple[int, int] | None:
        """First and last stamp of all streams; None if there is nothing."""
        stamps = []
        for entry in fields(self):
            part = getattr(self, entry.name)
            if isinstance(part, Track) and len(part):
                stamps += [int(part.stamp_ns[0]), int(part.stamp_ns[-1])]
            elif not isinstance(part, Track) and part and entry.name != "notices":
                stamps += [part[0].stamp_ns, part[-1].stamp_ns]
        return (min(stamps), max(stamps)) if stamps else None
