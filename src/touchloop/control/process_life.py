"""Whether a process runs: tells a node that is dead from one that a busy machine keeps from speaking."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENDED_OR_STOPPED = b"ZXxTt"
"""States in /proc of processes that do nothing any more: zombie, dead, stopped."""
_STATUS_BYTES = 512


@cache
def this_machine() -> str:
    """A text that is the same for all processes that see each other's process numbers; empty where it is not known."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return ""


@dataclass(frozen=True, slots=True)
class ProcessName:
    """A process: its number, and the machine where that number counts."""

    process_id: int
    machine: str

    @classmethod
    def own(cls) -> "ProcessName":
        """The calling process."""
        return cls(os.getpid(), this_machine())

    def runs(self) -> bool | None:
        """Whether it runs; None for one on another machine, of which nothing is known."""
        if not self.machine or self.machine != this_machine() or self.process_id <= 0:
            return None
        try:
            # Asked a hundred times a second of each node: a Path and a text file cost four times as much.
            file = os.open(f"/proc/{self.process_id}/stat", os.O_RDONLY)
            try:
                status = os.read(file, _STATUS_BYTES)
            finally:
                os.close(file)
        except OSError:
            return False
        # The name in brackets may hold anything, brackets included; the state follows the last one.
        state = status.rpartition(b")")[2].lstrip()[:1]
        return bool(state) and state not in _ENDED_OR_STOPPED


class ProcessWatch:
    """Tells which of some named processes have gone.

    Only one that was once seen to run can go: a number that a damaged message brought is nobody's death.
    """

    def __init__(self) -> None:
        self._names: dict[str, ProcessName] = {}
        self._seen: set[ProcessName] = set()

    def follow(self, names: dict[str, ProcessName]) -> None:
        """From now on these, by the names that are told of them."""
        if names != self._names:
            self._names = names
            self._seen.intersection_update(names.values())

    def gone(self) -> list[str]:
        """Names of those that ran and do so no more, stopped ones included."""
        gone = []
        for name, process in self._names.items():
            if process.runs():
                self._seen.add(process)
            elif process in self._seen:
                gone.append(name)
        return gone
