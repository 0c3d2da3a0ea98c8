"""Whether this process hears what comes by Fast DDS's shared memory; seen from outside, in /proc.

Around the death of a process Fast DDS now and then loses a port of a living one, and nothing tells that node: all
that comes by shared memory is late or lost for as long as it lives. Such a node has to join the graph anew.
"""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_LISTENER = "dds.shm."
_GONE = " (deleted)"


def own_fault() -> str:
    """What is wrong with this process's ports; empty if nothing is. Takes a quarter of a millisecond."""
    names = []
    for task in Path("/proc/self/task").glob("*/comm"):
        try:
            names.append(task.read_text().strip())
        except OSError:
            continue  # The thread has just ended.
    return fault_of(names, Path("/proc/self/maps").read_text())


def fault_of(thread_names: Iterable[str], maps: str) -> str:
    """What is wrong with the ports that a process listens to.

    Args:
        thread_names: of the process; Fast DDS calls a listener ``dds.shm.49423``.
        maps: its memory, as in ``/proc/PID/maps``.
    """
    listeners = Counter(name.removeprefix(_LISTENER) for name in thread_names if name.startswith(_LISTENER))
    # A sender wakes the listener only where the port was empty, and with two listeners it never is.
    twice = sorted(port for port, count in listeners.items() if count > 1)
    if twice:
        return f"shared memory port {', '.join(twice)} was opened twice"
    for port in sorted(listeners):
        name = f"/fastdds_port{port}"
        mapped = [line for line in maps.splitlines() if line.removesuffix(_GONE).endswith(name)]
        # Somebody took this process for dead and made the port anew; senders put their messages into the new one.
        if mapped and all(line.endswith(_GONE) for line in mapped):
            return f"shared memory port {port} was taken away by another process"
    return ""


class Hearing:
    """Looks at the ports now and then; a fault counts when it lasts, since a process may mend a port itself."""

    def __init__(self, every: int) -> None:
        self._every, self._visits, self._seen = every, 0, ""

    def fault(self) -> str:
        """What is wrong for two looks in a row; a look is made at each ``every``-th visit."""
        self._visits += 1
        if self._visits % self._every:
            return ""
        before, self._seen = self._seen, own_fault()
        return self._seen if before else ""
