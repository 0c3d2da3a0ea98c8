"""The machine itself: absolute deadlines at 250 Hz in a process that does nothing else, at a higher priority.

Started by fast_loop.py beside the real nodes; on SIGINT it writes the time and the lateness of its ticks to the file
that it was told. Deadlines that even this loop misses were taken by the machine (a busy host, a virtual processor that
was not there), not by touchloop.
"""

import gc
import json
import signal
import sys
import time
from pathlib import Path

from touchloop.control.deadline import DeadlineLoop, prefer_this_thread

PERIOD_S = 0.004
PRIORITY = 50


def main(out: Path) -> None:
    ended = False

    def end(*_: object) -> None:
        nonlocal ended
        ended = True

    signal.signal(signal.SIGINT, end)
    gc.disable()
    prefer_this_thread(PRIORITY)
    ticks: list[tuple[float, float]] = []
    loop = DeadlineLoop(PERIOD_S)
    while not ended:
        lateness_s = loop.wait()
        ticks.append((time.monotonic(), lateness_s))
    out.write_text(json.dumps(ticks))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
