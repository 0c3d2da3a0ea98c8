"""Event rate and ON share over the newest stretch of sensor time, from counts; memory stays the same at any rate."""

import math
from dataclasses import dataclass

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.stream import Events

WINDOW_S = 0.3
"""arXiv 2403.16425 takes the rate over 0.3 s of sensor time."""
RECENT_S = 0.05
BIN_S = 0.01
_JUMP, _NEWEST, _LATE = range(3)


@dataclass(frozen=True, slots=True)
class Rate:
    """What a camera sends.

    Attributes:
        stamp_ns: end of the window, sensor time.
        rate_hz: events a second over the window; NaN as long as nothing has come.
        on_share: ON events over all in the window; 0.5 where there are none.
        recent_hz: events a second over the newest part of the window.
    """

    stamp_ns: int
    rate_hz: float
    on_share: float
    recent_hz: float


class RateMeter:
    """Counts events into bins of sensor time.

    Events that are older than the window are left out and counted in ``late``. A piece that lies wholly before the
    window means that the camera's clock was set back (a restart): counting begins again there, and ``jumps`` tells.
    A gap forward empties the bins that lie in it.
    """

    def __init__(self, window_s: float = WINDOW_S, recent_s: float = RECENT_S, bin_s: float = BIN_S) -> None:
        """Empty.

        Args:
            window_s: length of the window.
            recent_s: length of its newest part.
            bin_s: resolution; both lengths are taken as multiples of it.

        Raises:
            InputError: lengths that are not in the order 0 < bin_s <= recent_s <= window_s < infinity.
        """
        if not 0.0 < bin_s <= recent_s <= window_s < math.inf:
            raise InputError(
                f"rate meter: window {window_s} s, newest part {recent_s} s, bin {bin_s} s; "
                "expected 0 < bin <= newest part <= window"
            )
        self._bin_ns = round(bin_s * 1e9)
        self._window = round(window_s / bin_s)
        self._recent = round(recent_s / bin_s)
        # One bin more than the window: the newest one is still filling.
        self._counts = np.zeros((self._window + 1, 2), np.int64)
        self._state = np.zeros(3, np.int64)
        self._first_ns: int | None = None

    @property
    def late(self) -> int:
        """Events left out because they came after their window was over."""
        return int(self._state[_LATE])

    @property
    def jumps(self) -> int:
        """How often the clock was set back."""
        return int(self._state[_JUMP])

    def add(self, events: Events) -> None:
        """Count a piece of the stream; an empty one changes nothing."""
        if not len(events):
            return
        if self._first_ns is None:
            self._begin(int(events.t_ns[0]))
        oldest_ns = (int(self._state[_NEWEST]) - self._window) * self._bin_ns
        if int(events.t_ns[-1]) < oldest_ns:
            self._state[_JUMP] += 1
            self._begin(int(events.t_ns[0]))
        _count(events.t_ns, events.polarity, self._bin_ns, self._counts, self._state)

    def add_counts(self, stamp_ns: int, off: int, on: int) -> None:
        """Count events that all happened about then, as a packet's; none of either moves the time on too.

        Args:
            stamp_ns: when, on the clock that this meter's other pieces have.
            off: OFF events.
            on: ON events.
        """
        if self._first_ns is None:
            self._begin(stamp_ns)
        number, newest = stamp_ns // self._bin_ns, int(self._state[_NEWEST])
        if number < newest - self._window:
            self._state[_JUMP] += 1
            self._begin(stamp_ns)
            newest = number
        fresh = np.arange(max(newest + 1, number - self._window), number + 1)
        self._counts[fresh % len(self._counts)] = 0
        self._state[_NEWEST] = max(newest, number)
        self._counts[number % len(self._counts)] += (off, on)

    def observe(self, stamp_ns: int | None = None) -> Rate:
        """Rate over the whole bins that end at or before a time.

        Args:
            stamp_ns: sensor time now, for a camera that may have fallen silent; default the newest event's.
        """
        if self._first_ns is None:
            return Rate(stamp_ns or 0, math.nan, 0.5, math.nan)
        newest = int(self._state[_NEWEST])
        stop = newest if stamp_ns is None else min(max(stamp_ns // self._bin_ns, newest - 1), newest + self._window + 1)
        # The bins that began since the first event, at most the window.
        begun = max(stop - self._first_ns // self._bin_ns, 1)
        off, on = self._sum(stop, min(self._window, begun))
        recent = sum(self._sum(stop, min(self._recent, begun)))
        bin_s = self._bin_ns * 1e-9
        return Rate(
            stamp_ns if stamp_ns is not None else newest * self._bin_ns,
            (off + on) / (min(self._window, begun) * bin_s),
            on / (off + on) if off + on else 0.5,
            recent / (min(self._recent, begun) * bin_s),
        )

    def _begin(self, t_ns: int) -> None:
        self._counts[:] = 0
        self._first_ns = t_ns
        self._state[_NEWEST] = t_ns // self._bin_ns

    def _sum(self, stop: int, bins: int) -> tuple[int, int]:
        """OFF and ON events of so many bins before bin ``stop``; bins that no event has reached hold none."""
        last = min(stop, int(self._state[_NEWEST]) + 1)
        rows = np.arange(stop - bins, last) % len(self._counts)
        off, on = self._counts[rows].sum(axis=0) if len(rows) else (0, 0)
        return int(off), int(on)


@njit(cache=True)
def _count(t_ns: np.ndarray, polarity: np.ndarray, bin_ns: int, counts: np.ndarray, state: np.ndarray) -> None:
    """Adds to ``counts`` (bins, OFF and ON), a ring by bin number; most events fall into the same bin as the last."""
    bins = counts.shape[0]
    newest = state[_NEWEST]
    start_ns, row = newest * bin_ns, newest % bins
    for k in range(t_ns.shape[0]):
        since_ns = t_ns[k] - start_ns
        if not 0 <= since_ns < bin_ns:
            number = t_ns[k] // bin_ns
            if number <= newest - bins:
                state[_LATE] += 1
                continue
            for fresh in range(max(newest + 1, number - bins + 1), number + 1):
                counts[fresh % bins, 0] = 0
                counts[fresh % bins, 1] = 0
            newest = max(newest, number)
            start_ns, row = number * bin_ns, number % bins
        counts[row, 1 if polarity[k] else 0] += 1
    state[_NEWEST] = newest
