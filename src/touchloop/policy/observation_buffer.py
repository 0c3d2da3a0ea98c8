"""Keeps the newest samples of each stream for the slow planner and cuts an observation out of them."""

from collections import deque
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.policy.features import ACTION_PERIOD_NS, WRENCH_WINDOW

KEPT_SAMPLES = 128


@dataclass(frozen=True, slots=True)
class PlannerObservation:
    """All that one plan is made from."""

    stamp_ns: int
    tcp_in_base: np.ndarray
    """(2, 7) one action period ago, and now."""
    wrench_at_sensor: np.ndarray
    """(2, 6) means of ``WRENCH_WINDOW`` samples up to those times, not tared."""
    wrench_bias: np.ndarray
    """(6,) what the controller measured in free air."""
    markers: np.ndarray
    """(63, 2) float32 displacements [m]"""
    wrist_rgb: np.ndarray
    """(128, 128, 3) uint8"""


class ObservationBuffer:
    """``add_*`` as samples arrive, in order of time; ``observation`` when a plan is due."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """Forgets all samples."""
        self._tcp: deque[tuple[int, np.ndarray]] = deque(maxlen=KEPT_SAMPLES)
        self._wrench: deque[tuple[int, np.ndarray]] = deque(maxlen=KEPT_SAMPLES)
        self._markers: deque[tuple[int, np.ndarray]] = deque(maxlen=8)
        self._pictures: deque[tuple[int, np.ndarray]] = deque(maxlen=4)

    def forget_before(self, stamp_ns: int) -> None:
        """Forgets the samples stamped before a time."""
        for stream in (self._tcp, self._wrench, self._markers, self._pictures):
            while stream and stream[0][0] < stamp_ns:
                stream.popleft()

    @property
    def newest_touch_ns(self) -> int:
        """The newest time up to which there are poses and wrenches; -1 if there are none."""
        return min(self._tcp[-1][0], self._wrench[-1][0]) if self._tcp and self._wrench else -1

    @property
    def newest_picture_ns(self) -> int:
        """Stamp of the newest picture; -1 if there is none."""
        return self._pictures[-1][0] if self._pictures else -1

    def add_tcp_pose(self, stamp_ns: int, tcp_in_base: np.ndarray) -> None:
        """A pose (7,)."""
        self._tcp.append((stamp_ns, tcp_in_base))

    def add_wrench(self, stamp_ns: int, wrench_at_sensor: np.ndarray) -> None:
        """A wrench (6,); one that is not finite is dropped."""
        if np.isfinite(wrench_at_sensor).all():
            self._wrench.append((stamp_ns, wrench_at_sensor))

    def add_markers(self, stamp_ns: int, displacements: np.ndarray) -> None:
        """Marker displacements (63, 2)."""
        self._markers.append((stamp_ns, displacements))

    def add_wrist_picture(self, stamp_ns: int, rgb: np.ndarray) -> None:
        """A picture (128, 128, 3) uint8."""
        self._pictures.append((stamp_ns, rgb))

    def complete_at(self, stamp_ns: int, markers_ns: int | None = None, picture_ns: int | None = None) -> bool:
        """Whether every stream holds a sample stamped exactly so; markers and picture may have stamps of their own."""
        wanted = (
            (self._tcp, stamp_ns),
            (self._wrench, stamp_ns),
            (self._markers, stamp_ns if markers_ns is None else markers_ns),
            (self._pictures, stamp_ns if picture_ns is None else picture_ns),
        )
        return all(any(stamp == wanted_ns for stamp, _ in reversed(stream)) for stream, wanted_ns in wanted)

    def missing(self, now_ns: int, timeout_s: float, picture_timeout_s: float) -> list[str]:
        """Names the streams without a sample younger than their time-out."""
        streams = {
            "tcp_pose": (self._tcp, timeout_s),
            "wrench": (self._wrench, timeout_s),
            "tactile/markers": (self._markers, timeout_s),
            "camera/wrist/image_raw": (self._pictures, picture_timeout_s),
        }
        return [name for name, (s, limit_s) in streams.items() if not s or (now_ns - s[-1][0]) * 1e-9 > limit_s]

    def observation(self, stamp_ns: int, wrench_bias: np.ndarray) -> PlannerObservation:
        """The observation at ``stamp_ns`` from the newest samples not after it.

        Raises:
            InputError: a stream has too few samples up to then.
        """
        times = (stamp_ns - ACTION_PERIOD_NS, stamp_ns)
        return PlannerObservation(
            stamp_ns=stamp_ns,
            tcp_in_base=np.array([_newest("tcp_pose", self._tcp, time) for time in times]),
            wrench_at_sensor=np.array([self._mean_wrench(time) for time in times]),
            wrench_bias=wrench_bias,
            markers=_newest("tactile/markers", self._markers, stamp_ns),
            wrist_rgb=_newest("camera/wrist/image_raw", self._pictures, stamp_ns),
        )

    def _mean_wrench(self, stamp_ns: int) -> np.ndarray:
        until = [wrench for stamp, wrench in self._wrench if stamp <= stamp_ns][-WRENCH_WINDOW:]
        if not until:
            raise InputError(f"no wrench sample up to {stamp_ns * 1e-9:.3f} s")
        return np.mean(until, axis=0)


def _newest(name: str, stream: deque[tuple[int, np.ndarray]], stamp_ns: int) -> np.ndarray:
    for stamp, sample in reversed(stream):
        if stamp <= stamp_ns:
            return sample
    raise InputError(f"no {name} sample up to {stamp_ns * 1e-9:.3f} s")
