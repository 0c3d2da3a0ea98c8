"""One recorded episode: every stream at its own rate."""

from dataclasses import dataclass, field, fields

import numpy as np

from touchloop.sim.observation import Observation


@dataclass(slots=True)
class Episode:
    """Streams of one episode; each has a stamp array and sample arrays of the same length.

    ``stamp_ns`` belongs to the 250 Hz streams, ``markers_stamp_ns`` and ``wrist_stamp_ns`` to the slower ones.
    """

    stamp_ns: np.ndarray
    """(T,) int64"""
    tcp_in_base: np.ndarray
    """(T, 7)"""
    wrench_at_sensor: np.ndarray
    """(T, 6) not tared [N, N m]"""
    target_in_base: np.ndarray
    """(T, 7) commanded pose"""
    planned_force_n: np.ndarray
    """(T,)"""
    markers_stamp_ns: np.ndarray
    """(M,) int64"""
    markers: np.ndarray
    """(M, 63, 2) float32 displacements [m]"""
    wrist_stamp_ns: np.ndarray
    """(P,) int64"""
    wrist_rgb: np.ndarray
    """(P, 128, 128, 3) uint8"""


STREAMS = tuple(f.name for f in fields(Episode))


@dataclass(slots=True)
class EpisodeRecorder:
    """Collects an episode tick by tick."""

    _ticks: list[tuple[int, np.ndarray, np.ndarray, np.ndarray, float]] = field(default_factory=list)
    _markers: list[tuple[int, np.ndarray]] = field(default_factory=list)
    _pictures: list[tuple[int, np.ndarray]] = field(default_factory=list)

    def add(self, observation: Observation, target_in_base: np.ndarray, planned_force_n: float) -> None:
        """Takes in one tick's observation and the command that answered it."""
        stamp = observation.stamp_ns
        self._ticks.append(
            (stamp, observation.tcp_in_base, observation.wrench_at_sensor, target_in_base, planned_force_n)
        )
        if observation.markers is not None:
            self._markers.append((stamp, observation.markers[:, 2:]))
        if observation.wrist_rgb is not None:
            self._pictures.append((stamp, observation.wrist_rgb))

    def finish(self) -> Episode:
        """The episode as arrays."""
        stamps, poses, wrenches, targets, forces = zip(*self._ticks, strict=True)
        markers_stamps, markers = zip(*self._markers, strict=True)
        picture_stamps, pictures = zip(*self._pictures, strict=True)
        return Episode(
            np.array(stamps, np.int64),
            np.array(poses),
            np.array(wrenches),
            np.array(targets),
            np.array(forces),
            np.array(markers_stamps, np.int64),
            np.array(markers, np.float32),
            np.array(picture_stamps, np.int64),
            np.array(pictures),
        )
