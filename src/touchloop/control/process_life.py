"""Whether a process runs: tells a node that is dead from one that a busy machine keeps from speaking."""

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENDED_OR_STOPPED = frozenset("ZXxTt")
"""States in /proc of processes that do nothing any more: zombie, dead, stopped."""


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
            status = Path(f"/proc/{self.process_id}/stat").read_text()
        except OSError:
            return False
        # The name in brackets may hold anything, brackets included; the state follows the last one.
        return status.rpartition(")")[2].split()[0] not in _ENDED_OR_STOPPED
