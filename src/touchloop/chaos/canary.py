"""Tells when the machine itself was too busy: threads that were ready to run and got no processor."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

from touchloop.control.deadline import prefer_this_thread

PERIOD_S = 0.005
LATE_S = 0.025
"""A thread that was kept waiting for so long within one look is late: ten times longer than it needs for a tick."""
LOOK_TICKS = 20
PRIORITY = 1
"""Below all that controls, above all that does not: what keeps it waiting is real-time work, of others too."""


class Canary:
    """Watches from its making until the process ends.

    Args:
        pids: the processes whose threads are watched; asked at each look.

    Attributes:
        late: from when to when somebody waited too long, by the machine's clock; to be taken away by who looks.
    """

    def __init__(self, pids: Callable[[], Iterable[int]]) -> None:
        self.late: deque[tuple[float, float]] = deque()
        self._pids = pids
        self._waited_ns: dict[str, int] = {}
        threading.Thread(target=self._watch, name="canary", daemon=True).start()

    def _watch(self) -> None:
        prefer_this_thread(PRIORITY)
        asleep_s = looked_s = time.monotonic()
        ticks = 0
        while True:
            time.sleep(PERIOD_S)
            awake_s = time.monotonic()
            if awake_s - asleep_s > PERIOD_S + LATE_S:
                self.late.append((asleep_s, awake_s))
            asleep_s = awake_s
            ticks += 1
            if ticks % LOOK_TICKS == 0:
                if self._longest_wait_s() > LATE_S:
                    self.late.append((looked_s, awake_s))
                looked_s = awake_s

    def _longest_wait_s(self) -> float:
        """Of all watched threads since the last look: how long one was ready and did not run."""
        before, self._waited_ns = self._waited_ns, {}
        longest_ns = 0
        for pid in self._pids():
            for thread, waited_ns in waiting_ns(pid):
                self._waited_ns[thread] = waited_ns
                longest_ns = max(longest_ns, waited_ns - before.get(thread, waited_ns))
        return 1e-9 * longest_ns


def waiting_ns(pid: int) -> list[tuple[str, int]]:
    """Of each thread of a process, how long it has waited for a processor in all [ns]; empty where it is gone.

    The kernel counts it in ``/proc/PID/task/TID/schedstat``: time on a processor, time waiting for one, turns.
    """
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        return [(thread.name, int((thread / "schedstat").read_text().split()[1])) for thread in threads]
    except (OSError, IndexError, ValueError):
        return []
