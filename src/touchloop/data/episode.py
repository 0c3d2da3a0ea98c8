"""One recorded episode: every stream at its own rate."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.observation import Observation
from touchloop.tasks.task import ExpertCommand


@dataclass(slots=True)
class Episode:
    """Streams of one episode of A arms; each has a stamp array and sample arrays of the same length.

    ``stamp_ns`` belongs to the 250 Hz streams, ``markers_stamp_ns`` and ``wrist_stamp_ns`` to the slower ones.
    """

    stamp_ns: np.ndarray
    """(T,) int64"""
    tcp_in_base: np.ndarray
    """(A, T, 7)"""
    wrench_at_sensor: np.ndarray
    """(A, T, 6) not tared [N, N m]"""
    target_in_base: np.ndarray
    """(A, T, 7) commanded pose"""
    planned_force_n: np.ndarray
    """(A, T)"""
    markers_stamp_ns: np.ndarray
    """(M,) int64"""
    markers: np.ndarray
    """(A, M, 63, 2) float32 displacements [m]"""
    wrist_stamp_ns: np.ndarray
    """(P,) int64"""
    wrist_rgb: np.ndarray
    """(A, P, 128, 128, 3) uint8"""

    @property
    def arms(self) -> int:
        """How many arms."""
        return len(self.tcp_in_base)

    def check(self, period_ns: int) -> None:
        """Makes sure that it can be learned from.

        Raises:
            InputError: no samples, streams of other lengths than their stamps, another rate, time that goes back, or
                numbers that are not finite; says which.
        """
        for stamps, names in _STREAMS_OF.items():
            times = getattr(self, stamps)
            if times.ndim != 1 or len(times) == 0:
                raise InputError(f"{stamps} is empty; expected at least one sample")
            if (np.diff(times) <= 0).any():
                raise InputError(f"{stamps} goes back; expected growing times")
            for name in names:
                samples = getattr(self, name)
                if samples.ndim < 2 or samples.shape[:2] != (self.arms, len(times)):
                    raise InputError(f"{name} is {samples.shape}; expected ({self.arms}, {len(times)}, ...)")
                if samples.dtype.kind == "f" and not np.isfinite(samples).all():
                    raise InputError(f"{name} holds a NaN or an infinity")
        steps = np.unique(np.diff(self.stamp_ns))
        if steps.tolist() not in ([], [period_ns]):
            raise InputError(f"stamp_ns has steps of {steps[:3].tolist()} ns; expected {period_ns}")


_STREAMS_OF = {
    "stamp_ns": ("tcp_in_base", "wrench_at_sensor", "target_in_base", "planned_force_n"),
    "markers_stamp_ns": ("markers",),
    "wrist_stamp_ns": ("wrist_rgb",),
}
STREAMS = tuple(f.name for f in fields(Episode))


@dataclass(slots=True)
class EpisodeRecorder:
    """Collects an episode tick by tick."""

    _stamps: list[int] = field(default_factory=list)
    _ticks: list[list[tuple[np.ndarray, np.ndarray, np.ndarray, float]]] = field(default_factory=list)
    _markers: list[tuple[int, list[np.ndarray]]] = field(default_factory=list)
    _pictures: list[tuple[int, list[np.ndarray]]] = field(default_factory=list)

    def add(self, observations: Sequence[Observation], commands: Sequence[ExpertCommand]) -> None:
        """Takes in one tick's observations and the commands that answered them, one an arm."""
        stamp = observations[0].stamp_ns
        self._stamps.append(stamp)
        self._ticks.append(
            [
                (o.tcp_in_base, o.wrench_at_sensor, c.target_in_base, c.planned_force_n)
                for o, c in zip(observations, commands, strict=True)
            ]
        )
        fields_ = [o.markers[:, 2:] for o in observations if o.markers is not None]
        if fields_:
            self._markers.append((stamp, fields_))
        pictures = [o.wrist_rgb for o in observations if o.wrist_rgb is not None]
        if pictures:
            self._pictures.append((stamp, pictures))

    def finish(self) -> Episode:
        """The episode as arrays."""
        poses, wrenches, targets, forces = (
            np.array([[sample[i] for sample in tick] for tick in self._ticks]).swapaxes(0, 1) for i in range(4)
        )
        markers_stamps, markers = zip(*self._markers, strict=True)
        picture_stamps, pictures = zip(*self._pictures, strict=True)
        return Episode(
            np.array(self._stamps, np.int64),
            poses,
            wrenches,
            targets,
            forces,
            np.array(markers_stamps, np.int64),
            np.array(markers, np.float32).swapaxes(0, 1),
            np.array(picture_stamps, np.int64),
            np.array(pictures).swapaxes(0, 1),
        )
