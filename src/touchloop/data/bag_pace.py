"""The pace at which a bag is played."""

import threading
import time


class Pace:
    """Maps bag time to wall time; can be paused, stepped and stopped from other threads.

    Args:
        start_ns: Bag time that is due at once.
        rate: Bag seconds a wall second; 0 plays as fast as possible.
        paused: Start in pause.
    """

    def __init__(self, start_ns: int, rate: float, paused: bool = False) -> None:
        self._rate = rate
        self._bag_ns = start_ns
        self._wall_s = time.monotonic()
        self._paused = paused
        self._steps = 0
        self._stopped = False
        self._changed = threading.Condition()

    @property
    def paused(self) -> bool:
        """Whether the bag stands still."""
        return self._paused

    def restart(self, start_ns: int) -> None:
        """Makes another bag time due now."""
        with self._changed:
            self._bag_ns, self._wall_s = start_ns, time.monotonic()

    def pause(self) -> None:
        """Stands still until `resume`."""
        with self._changed:
            self._settle()
            self._paused = True
            self._changed.notify_all()

    def resume(self) -> None:
        """Goes on from where it stood."""
        with self._changed:
            self._settle()
            self._paused, self._steps = False, 0
            self._changed.notify_all()

    def toggle(self) -> None:
        """Pauses when playing, and the other way round."""
        (self.resume if self._paused else self.pause)()

    def step(self) -> bool:
        """Lets one message through while paused; False if not paused."""
        with self._changed:
            if self._paused:
                self._steps += 1
                self._changed.notify_all()
            return self._paused

    def stop(self) -> None:
        """Ends all waiting for good."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def wait_until(self, bag_ns: int) -> bool:
        """Waits until a bag time is due; False when stopped instead."""
        with self._changed:
            while not self._stopped:
                if self._paused:
                    if self._steps:
                        self._steps -= 1
                        self._bag_ns, self._wall_s = bag_ns, time.monotonic()
                        return True
                    self._changed.wait()
                    continue
                ahead_s = (bag_ns - self._now_ns()) / 1e9 / self._rate if self._rate else 0.0
                if ahead_s <= 0:
                    return True
                self._changed.wait(ahead_s)
            return False

    def _now_ns(self) -> float:
        return self._bag_ns + (time.monotonic() - self._wall_s) * 1e9 * self._rate

    def _settle(self) -> None:
        if not self._paused:
            self._bag_ns = int(self._now_ns())
        self._wall_s = time.monotonic()
