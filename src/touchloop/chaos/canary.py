"""Tells when the machine itself was too busy: a thread that has nothing to do but to wake on time."""

import threading
import time
from collections import deque

from touchloop.control.deadline import prefer_this_thread

PERIOD_S = 0.005
LATE_S = 0.025
"""Woken so late, it shows that whatever has a higher priority took both time and processors."""
PRIORITY = 1
"""Below all that controls, above all that does not: what keeps it waiting is real-time work, of others too."""


class Canary:
    """Watches from its making until the process ends.

    Attributes:
        late: from when to when it waited too long, by the machine's clock; to be taken away by who looks.
    """

    def __init__(self) -> None:
        self.late: deque[tuple[float, float]] = deque()
        threading.Thread(target=self._watch, name="canary", daemon=True).start()

    def _watch(self) -> None:
        prefer_this_thread(PRIORITY)
        asleep_s = time.monotonic()
        while True:
            time.sleep(PERIOD_S)
            awake_s = time.monotonic()
            if awake_s - asleep_s > PERIOD_S + LATE_S:
                self.late.append((asleep_s, awake_s))
            asleep_s = awake_s
