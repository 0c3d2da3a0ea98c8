"""One recorded stream: what came, what was wrong with it and when, and its samples at other times."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation, Slerp

from touchloop.data.message_fields import nanoseconds_of
from touchloop.errors import InputError

FAST_GAP_S = 0.1
"""Longest silence of poses, wrenches, targets and markers: the controller's own limit."""
PICTURE_GAP_S = 0.3
"""Three periods of the slowest camera that is good enough, one of 10 Hz."""
QUATERNION_ERROR = 1e-3


@dataclass(frozen=True, slots=True)
class StreamKind:
    """What a topic must hold.

    Attributes:
        name: of the topic, without namespaces.
        msgtype: of its messages.
        frame: that their header must name, without the arm.
        read: a message's sample as an array of always the same shape.
        longest_gap_s: between two samples.
        is_pose: samples are (7,) with a quaternion.
    """

    name: str
    msgtype: str
    frame: str
    read: Callable[[Any], np.ndarray]
    longest_gap_s: float = FAST_GAP_S
    is_pose: bool = False


@dataclass(slots=True)
class RecordedStream:
    """The messages of one topic in the order in which they came; what is wrong is told only when its time is used.

    Attributes:
        topic: its full name.
        kind: what it must hold.
        frame: that the headers must name.
    """

    topic: str
    kind: StreamKind
    frame: str
    _stamps: list[int] = field(default_factory=list)
    _samples: list[np.ndarray] = field(default_factory=list)
    _faults: list[tuple[int, str]] = field(default_factory=list)

    def add(self, message: Any) -> None:
        """Takes in the next message."""
        stamp_ns = nanoseconds_of(message.header.stamp)
        try:
            if stamp_ns == 0:
                raise InputError("its header has no stamp")
            sample = self._read(message)
        except InputError as error:
            self._faults.append((stamp_ns or self._newest_ns, str(error)))
            return
        # Drivers that publish faster than they measure repeat themselves.
        if stamp_ns <= self._newest_ns:
            if stamp_ns < self._newest_ns:
                back_s = (self._newest_ns - stamp_ns) * 1e-9
                self._faults.append((stamp_ns, f"its stamps go back by {back_s:.3f} s"))
            return
        self._stamps.append(stamp_ns)
        self._samples.append(sample)

    @property
    def _newest_ns(self) -> int:
        return self._stamps[-1] if self._stamps else 0

    @property
    def first_ns(self) -> int | None:
        """The first stamp, of good and bad messages; None for an empty stream."""
        stamps = [*self._stamps[:1], *(stamp for stamp, _ in self._faults)]
        return min(stamps, default=None)

    def cut(self, start_ns: int, stop_ns: int, origin_ns: int) -> "Samples":
        """What lies in [start, stop).

        Args:
            start_ns, stop_ns: stamps.
            origin_ns: what times in errors count from.

        Raises:
            InputError: nothing is there, or something that is wrong; says the topic, what, and when.
        """
        for stamp_ns, fault in self._faults:
            if start_ns <= stamp_ns < stop_ns:
                raise InputError(f"{self.topic} at {(stamp_ns - origin_ns) * 1e-9:.3f} s: {fault}")
        stamps = np.array(self._stamps, np.int64)
        inside = slice(*np.searchsorted(stamps, [start_ns, stop_ns]))
        if not len(stamps[inside]):
            raise InputError(f"{self.topic} has no message in this time")
        return Samples(self, stamps[inside], np.array(self._samples[inside]), origin_ns)

    def _read(self, message: Any) -> np.ndarray:
        frame = message.header.frame_id
        if frame != self.frame:
            raise InputError(f"it is in frame '{frame}', expected '{self.frame}'")
        sample = self.kind.read(message)
        if sample.dtype.kind == "f" and not np.isfinite(sample).all():
            raise InputError("it holds a NaN or an infinity")
        if self.kind.is_pose and abs(float(np.linalg.norm(sample[3:])) - 1.0) > QUATERNION_ERROR:
            raise InputError(f"its quaternion has length {np.linalg.norm(sample[3:]):.4f}, expected 1")
        return sample


@dataclass(frozen=True, slots=True)
class Samples:
    """A part of a stream without faults: stamps (N,) that grow, and samples (N, ...)."""

    stream: RecordedStream
    stamp_ns: np.ndarray
    values: np.ndarray
    origin_ns: int

    @property
    def first_ns(self) -> int:
        """Stamp of the first."""
        return int(self.stamp_ns[0])

    @property
    def last_ns(self) -> int:
        """Stamp of the last."""
        return int(self.stamp_ns[-1])

    def check_gaps(self, start_ns: int, end_ns: int) -> None:
        """Makes sure that it is never silent for too long from ``start_ns`` to ``end_ns``; both are covered by it.

        Raises:
            InputError: it is; says when and for how long.
        """
        first, last = np.searchsorted(self.stamp_ns, start_ns, "right") - 1, np.searchsorted(self.stamp_ns, end_ns)
        stamps = self.stamp_ns[first : last + 1]
        steps_s = np.diff(stamps) * 1e-9
        limit_s = self.stream.kind.longest_gap_s
        if len(steps_s) and steps_s.max() > limit_s + 1e-9:
            at_s = (stamps[int(steps_s.argmax())] - self.origin_ns) * 1e-9
            raise InputError(
                f"{self.stream.topic} is silent for {steps_s.max():.3f} s from {at_s:.3f} s on; "
                f"expected at most {limit_s:g} s"
            )

    def newest_at(self, times_ns: np.ndarray) -> np.ndarray:
        """(T, ...) the newest sample at each of the times (T,), none of which is before the first."""
        return self.values[np.searchsorted(self.stamp_ns, times_ns, "right") - 1]

    def at(self, times_ns: np.ndarray) -> np.ndarray:
        """(T, D) samples (N, D) between their stamps: linear, and SLERP for a pose's quaternion; the ends are held."""
        times_ns = np.clip(times_ns, self.first_ns, self.last_ns)
        row = np.searchsorted(self.stamp_ns, times_ns)
        if (self.stamp_ns[row] == times_ns).all():
            return self.values[row]
        # From the first stamp on, since seconds of a wall clock as doubles would be half a microsecond apart.
        known_s, wanted_s = (self.stamp_ns - self.first_ns) * 1e-9, (times_ns - self.first_ns) * 1e-9
        out = np.stack([np.interp(wanted_s, known_s, column) for column in self.values.T], axis=1)
        if self.stream.kind.is_pose:
            out[:, 3:] = Slerp(known_s, Rotation.from_quat(self.values[:, 3:]))(wanted_s).as_quat()
        return out
