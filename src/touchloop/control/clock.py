"""What time it is between two messages of a simulated clock."""

import statistics
import time
from collections import deque

RATE_WINDOW_S = 0.5
"""Wall time over which the clock's speed is measured."""
KEPT_RATES = 5
"""The median of so many windows counts: a reset or a busy machine spoils one of them."""
MAX_AHEAD_S = 0.006
"""The estimate runs on for at most this long behind the last message: a tick and a half."""
RATE_BOUNDS = (0.1, 10.0)


class ClockEstimate:
    """Follows a clock that arrives as messages; ``now_ns`` never goes back, unless the clock itself does."""

    def __init__(self) -> None:
        self._stamp_ns = -1
        self._arrival_ns = 0
        self._window = (-1, 0)
        self._last_ns = -1
        self._rates: deque[float] = deque(maxlen=KEPT_RATES)
        self.rate = 1.0

    @property
    def started(self) -> bool:
        """Whether the clock was ever heard."""
        return self._stamp_ns >= 0

    @property
    def silence_s(self) -> float:
        """Wall time since the last message."""
        return (time.monotonic_ns() - self._arrival_ns) * 1e-9

    def hear(self, stamp_ns: int, arrival_ns: int) -> None:
        """A message of the clock came.

        Args:
            stamp_ns: what it says.
            arrival_ns: ``time.monotonic_ns()`` at its arrival.
        """
        went_back = stamp_ns < self._stamp_ns
        self._stamp_ns, self._arrival_ns = stamp_ns, arrival_ns
        if went_back:
            self._last_ns = -1
        window_stamp_ns, window_arrival_ns = self._window
        passed_ns = arrival_ns - window_arrival_ns
        if window_stamp_ns < 0 or went_back or passed_ns > 4 * RATE_WINDOW_S * 1e9:
            self._window = (stamp_ns, arrival_ns)
        elif passed_ns > RATE_WINDOW_S * 1e9:
            measured = (stamp_ns - window_stamp_ns) / passed_ns
            # A jump of the clock, as at the start of an episode, says nothing about its speed.
            if measured <= RATE_BOUNDS[1]:
                self._rates.append(max(measured, RATE_BOUNDS[0]))
                self.rate = statistics.median(self._rates)
            self._window = (stamp_ns, arrival_ns)

    def now_ns(self) -> int:
        """The clock's time now; -1 if it was never heard."""
        if self._stamp_ns < 0:
            return -1
        passed_s = min((time.monotonic_ns() - self._arrival_ns) * 1e-9 * self.rate, MAX_AHEAD_S)
        self._last_ns = max(self._last_ns, self._stamp_ns + round(passed_s * 1e9))
        return self._last_ns
