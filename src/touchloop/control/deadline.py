"""A loop on absolute deadlines of the monotonic clock, and how well it keeps them."""

import ctypes
import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

KEPT_TICKS = 16384
"""Lateness is kept of so many ticks: 65 s at 250 Hz."""
PR_SET_TIMERSLACK = 29
TIMER_SLACK_NS = 1_000


@dataclass(frozen=True, slots=True)
class Timing:
    """How well a loop kept its deadlines; percentiles are of the last ``KEPT_TICKS`` ticks."""

    ticks: int
    missed_ticks: int
    """Deadlines that went by without a tick."""
    lateness_p50_s: float
    lateness_p99_s: float
    lateness_max_s: float

    @property
    def kept_ratio(self) -> float:
        """Share of the deadlines that had a tick."""
        return self.ticks / max(self.ticks + self.missed_ticks, 1)


class DeadlineLoop:
    """``wait`` once a tick. Deadlines are ``start + k * period``; lateness does not add up.

    A tick that begins a whole period late or more takes the newest deadline and the ones before it count as missed.
    """

    def __init__(self, period_s: float) -> None:
        self._lateness_s = np.zeros(KEPT_TICKS)
        self.restart(period_s)

    def restart(self, period_s: float, first_in_s: float = 0.0) -> None:
        """Begins anew: the first deadline is ``first_in_s`` from now. Statistics start again."""
        self._period_ns = round(period_s * 1e9)
        self._next_ns = time.monotonic_ns() + round(first_in_s * 1e9)
        self.ticks = 0
        self.missed_ticks = 0

    def change_period(self, period_s: float) -> None:
        """Later deadlines are this far apart; statistics go on."""
        self._period_ns = round(period_s * 1e9)

    def shift(self, by_s: float) -> None:
        """Moves all later deadlines, to keep a phase to something outside."""
        self._next_ns += round(by_s * 1e9)

    @property
    def period_s(self) -> float:
        """Time between deadlines."""
        return self._period_ns * 1e-9

    def wait(self) -> float:
        """Sleeps until the next deadline and returns by how much it was missed [s]."""
        now_ns = time.monotonic_ns()
        if now_ns < self._next_ns:
            time.sleep((self._next_ns - now_ns) * 1e-9)
            now_ns = time.monotonic_ns()
        behind = max((now_ns - self._next_ns) // self._period_ns, 0)
        self.missed_ticks += behind
        lateness_s = (now_ns - self._next_ns) * 1e-9
        self._next_ns += (behind + 1) * self._period_ns
        self._lateness_s[self.ticks % KEPT_TICKS] = lateness_s
        self.ticks += 1
        return lateness_s

    def timing(self) -> Timing:
        """The statistics so far; callable from another thread."""
        kept = self._lateness_s[: min(self.ticks, KEPT_TICKS)].copy()
        if len(kept) == 0:
            return Timing(0, self.missed_ticks, 0.0, 0.0, 0.0)
        p50, p99 = np.percentile(kept, [50, 99])
        return Timing(self.ticks, self.missed_ticks, float(p50), float(p99), float(kept.max()))


def prefer_this_thread(priority: int) -> str:
    """Asks the kernel to wake the calling thread on time; returns the scheduling that it got.

    Real-time priority needs a right that most users lack; without it the loop still works, with more lateness.
    """
    ctypes.CDLL(None).prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS, 0, 0, 0)
    return _schedule(0, priority)


def prefer_all_threads(priority: int) -> str:
    """Asks the same for every thread that this process has now, so that none holds the interpreter while it waits.

    Threads and processes that are started later are not affected.
    """
    got = {_schedule(int(task.name), priority) for task in Path("/proc/self/task").iterdir()}
    return ", ".join(sorted(got))


def _schedule(thread_id: int, priority: int) -> str:
    try:
        os.sched_setscheduler(thread_id, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError:  # no right to it, or the thread has just ended
        return "normal"
    return f"real-time {priority}"
