"""Whether Fast DDS hears its shared memory; seen from outside by the names of its threads."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

_PREFIX = "dds.shm."


def thread_names() -> list[str]:
    """Names of this process's threads."""
    names = []
    for task in Path("/proc/self/task").glob("*/comm"):
        try:
            names.append(task.read_text().strip())
        except OSError:
            continue  # It has just ended.
    return names


def doubled_ports(names: Iterable[str]) -> list[str]:
    """Ports of shared memory with two listening threads, as ``49423``.

    Now and then a node that takes the place of a killed one opens its port twice. A sender wakes the listener only
    where the port was empty before, and with two listeners it never is: whatever comes waits for up to a third of a
    second, for as long as the node lives.
    """
    counts = Counter(name for name in names if name.startswith(_PREFIX))
    return sorted(name.removeprefix(_PREFIX) for name, count in counts.items() if count > 1)
