"""Cuts a recording into episodes and measures each."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from touchloop.geometry.pose import relative
from touchloop.report.names import ACTORS, force_band_n
from touchloop.report.recording import EpisodeStart, Recording, Track
from touchloop.report.run_folder import EpisodeRow

AFTER_DONE_NS = 1_000_000_000
"""Shown beyond the end of an episode."""
_S = 1e-9


@dataclass(frozen=True)
class Interval:
    """Something that lasted, in seconds since the episode's start."""

    start_s: float
    stop_s: float
    name: str
    detail: str = ""


@dataclass(frozen=True)
class Episode:
    """One episode of a recording.

    Attributes:
        start: What the world said at the reset; None when the bag has none.
        start_ns: Zero of the episode's time.
        stop_ns: End of what is shown.
        recording: The part between.
    """

    start: EpisodeStart | None
    start_ns: int
    stop_ns: int
    recording: Recording

    @property
    def duration_s(self) -> float:
        """Of what is shown."""
        return (self.stop_ns - self.start_ns) * _S

    def seconds(self, stamp_ns: np.ndarray | list[int]) -> np.ndarray:
        """Stamps in seconds since the episode's start."""
        return (np.asarray(stamp_ns, np.int64) - self.start_ns) * _S

    def second(self, stamp_ns: int) -> float:
        """One stamp in seconds since the episode's start."""
        return (stamp_ns - self.start_ns) * _S

    @cached_property
    def contact_force(self) -> Track:
        """(n, 1) [N] at the wrench's rate: minus the tared force along the sensor's z; empty before any taring."""
        wrench, bias = self.recording.wrench, self.recording.wrench_bias
        if not len(wrench) or not len(bias):
            return Track(np.zeros(0, np.int64), np.zeros((0, 1)))
        # The latest taring of the episode counts for all of it: the sensor's bias does not drift within one.
        force_n = bias.values[-1][2] - wrench.values[:, 2]
        return Track(wrench.stamp_ns, force_n[:, None])

    @cached_property
    def perturbations(self) -> list[Interval]:
        """What disturbed the cell, to within a period of task_state; in order of their starts."""
        names = {sample.perturbation for sample in self.recording.task} - {"", *ACTORS, "both"}
        found: list[Interval] = []
        for actor, text in [*ACTORS.items(), *((name, name) for name in sorted(names))]:
            acting = (actor, "both") if actor in ACTORS else (actor,)
            samples = [(s.stamp_ns, text if s.perturbation in acting else "", "") for s in self.recording.task]
            found += self._intervals(samples, skip="")
        return sorted(found, key=lambda interval: interval.start_s)

    @cached_property
    def modes(self) -> list[Interval]:
        """Modes of the controller, each with its first reason."""
        return self._intervals([(s.stamp_ns, s.mode, s.reason) for s in self.recording.controller])

    @cached_property
    def phases(self) -> list[Interval]:
        """Phases of the task."""
        return self._intervals([(s.stamp_ns, s.phase, "") for s in self.recording.task])

    @cached_property
    def plan_changes_s(self) -> np.ndarray:
        """When the controller took another plan into use, to within a period of controller_state."""
        using = [s for s in self.recording.controller if s.plan_age_s >= 0.0]
        changed = [b.stamp_ns for a, b in pairwise(using) if b.plan_sequence != a.plan_sequence]
        return self.seconds([s.stamp_ns for s in using[:1]] + changed)

    @property
    def outcome(self) -> EpisodeRow:
        """What the last task_state says; empty fields without one."""
        start = self.start
        row = EpisodeRow(
            seed=start.seed if start else None, perturbation=start.perturbation if start else None, success=None
        )
        task = self.recording.task
        if not task:
            return row
        last = next((sample for sample in task if sample.done), task[-1])
        row.success = last.success if last.done else None
        row.score, row.progress, row.variant = last.score, last.progress, last.variant
        row.in_band_ratio, row.peak_force_n = last.in_band_ratio, last.peak_force_n
        row.duration_s = (last.stamp_ns - self.start_ns) * _S
        return row

    @property
    def finished(self) -> bool:
        """Whether the task said that it was done."""
        return any(sample.done for sample in self.recording.task)

    @property
    def force_band_n(self) -> tuple[float, float] | None:
        """What the task wants; None where the task is not known."""
        return force_band_n(self.start.task) if self.start else None

    def object_at(self, stamp_ns: np.ndarray) -> np.ndarray:
        """Object poses (n, 7) in world at stamps (n,); positions are interpolated. Needs a task_state."""
        task = self.recording.task
        times = np.array([s.stamp_ns for s in task], np.int64)
        objects = np.array([s.object_in_world for s in task])
        poses = np.empty((len(stamp_ns), 7))
        for axis in range(3):
            poses[:, axis] = np.interp(stamp_ns, times, objects[:, axis])
        nearest = np.clip(np.searchsorted(times, stamp_ns, side="right") - 1, 0, len(task) - 1)
        poses[:, 3:] = objects[nearest, 3:]
        return poses

    def on_object(self, poses: Track) -> np.ndarray:
        """Positions (n, 3) in the object's frame of poses in an only arm's base; empty without a task_state."""
        if not self.recording.task or not len(poses):
            return np.zeros((0, 3))
        objects = self.object_at(poses.stamp_ns)
        return np.array([relative(place, pose)[:3] for place, pose in zip(objects, poses.values, strict=True)])

    def _intervals(self, samples: list[tuple[int, str, str]], skip: str | None = None) -> list[Interval]:
        found: list[Interval] = []
        for index, (stamp_ns, name, detail) in enumerate(samples):
            end_ns = samples[index + 1][0] if index + 1 < len(samples) else stamp_ns
            start_s, stop_s = float((stamp_ns - self.start_ns) * _S), float((end_ns - self.start_ns) * _S)
            if found and found[-1].name == name and found[-1].stop_s >= start_s - 1e-6:
                found[-1] = Interval(found[-1].start_s, stop_s, name, found[-1].detail or detail)
            elif name != skip:
                found.append(Interval(start_s, stop_s, name, detail))
        return found


def split_episodes(recording: Recording) -> list[Episode]:
    """One episode per reset; one for all where the bag has no reset; none for an empty recording."""
    span = recording.span_ns
    if span is None:
        return []
    first_ns, end_ns = span[0], span[1] + 1
    if not recording.episodes:
        return [Episode(None, first_ns, end_ns, recording.between(first_ns, end_ns))]
    episodes = []
    for start, follower in zip(recording.episodes, [*recording.episodes[1:], None], strict=True):
        stop_ns = follower.stamp_ns if follower else max(end_ns, start.stamp_ns + 1)
        part = recording.between(start.stamp_ns, stop_ns)
        done_ns = next((sample.stamp_ns for sample in part.task if sample.done), None)
        if done_ns is not None:
            stop_ns = min(stop_ns, done_ns + AFTER_DONE_NS)
        episodes.append(Episode(start, start.stamp_ns, stop_ns, part.between(start.stamp_ns, stop_ns)))
    return episodes
