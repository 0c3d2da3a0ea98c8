"""Streams as they were heard: when, with which stamps, what."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class Stream:
    """One topic's messages in order of arrival, in one clock.

    Attributes:
        arrivals_s: (n,) when each was heard.
        stamps_s: (n,) when it was measured; NaN where the message has no stamp.
        values: (n, k).
    """

    arrivals_s: np.ndarray
    stamps_s: np.ndarray
    values: np.ndarray

    def __post_init__(self) -> None:
        counts = len(self.arrivals_s), len(self.stamps_s), len(self.values)
        if len(set(counts)) > 1:
            raise InputError(f"a stream has {counts[0]} arrivals, {counts[1]} stamps and {counts[2]} values")

    @property
    def times_s(self) -> np.ndarray:
        """(n,) the stamps, or the arrivals of a stream without."""
        return np.where(np.isnan(self.stamps_s), self.arrivals_s, self.stamps_s)


class StreamLog:
    """Collects one stream; times are nanoseconds until then, so that nothing is rounded."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, int, np.ndarray]] = []

    def add(self, arrival_ns: int, stamp_ns: int, values: np.ndarray) -> None:
        """One message; a stamp of 0 or less means that it has none."""
        self._rows.append((arrival_ns, stamp_ns, np.array(values, float)))

    def __len__(self) -> int:
        return len(self._rows)

    def stream(self, origin_ns: int = 0) -> Stream:
        """All so far, in seconds since ``origin_ns``."""
        if not self._rows:
            return Stream(np.empty(0), np.empty(0), np.empty((0, 0)))
        arrivals, stamps, values = zip(*self._rows, strict=True)
        stamped = [(stamp - origin_ns) * 1e-9 if stamp > 0 else np.nan for stamp in stamps]
        return Stream(np.array([(a - origin_ns) * 1e-9 for a in arrivals]), np.array(stamped), np.array(values))


def simulated_arrivals(stream: Stream) -> tuple[float, float]:
    """Offset [s] and rate that turn arrivals by this machine's clock into simulated time.

    Simulated time may run at another speed, and there is no clock that both ends share: the promptest twentieth of the
    messages is taken to arrive at its stamps.

    Raises:
        InputError: fewer than 50 messages.
    """
    if len(stream.arrivals_s) < 50:
        raise InputError(f"{len(stream.arrivals_s)} messages; expected 50 or more to compare the clocks")
    rate, offset = np.polyfit(stream.arrivals_s, stream.stamps_s, 1)
    late = rate * stream.arrivals_s + offset - stream.stamps_s
    return float(offset - np.percentile(late, 5)), float(rate)
