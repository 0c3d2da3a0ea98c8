"""Whether a process runs: tells a node that is dead from one that a busy machine keeps from speaking."""

import os
import signal
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ENDED_OR_STOPPED = frozenset((b"Z", b"X", b"x", b"T", b"t"))
"""States in /proc of processes that do nothing any more: zombie, dead, stopped."""
_FLAGS, _PENDING = 9 - 3, 31 - 3
"""Where kernel flags and pending signals stand behind the name; proc(5) counts from 1 and the state is the third."""
_EXITING = 0x4
_ENDING_SIGNALS = 1 << (signal.SIGKILL - 1) | 1 << (signal.SIGSTOP - 1)
"""A process that was told to die or to stop does so when it gets a processor, which takes long on a busy machine."""
_STATUS_BYTES = 1024


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
        """Whether it runs and was not told to die or stop; None on another machine, of which nothing is known."""
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
        return does_run(status)

    def end(self, *words: str) -> bool:
        """Asks it to end, if it runs on this machine and its command line has all these words; whether it did.

        The number came by a message: without the words a damaged one could end any process.
        """
        if not self.runs():
            return False
        try:
            command = Path(f"/proc/{self.process_id}/cmdline").read_bytes().decode(errors="replace")
            if not all(word in command for word in words):
                return False
            os.kill(self.process_id, signal.SIGTERM)
        except OSError:
            return False
        return True


def does_run(status: bytes) -> bool:
    """Whether a process with this line in ``/proc/PID/stat`` runs and was not told to die or stop."""
    # The name in brackets may hold anything, brackets included; the state follows the last one.
    fields = status.rpartition(b")")[2].split()
    if len(fields) <= _PENDING or fields[0] in _ENDED_OR_STOPPED:
        return False
    return not (int(fields[_FLAGS]) & _EXITING or int(fields[_PENDING]) & _ENDING_SIGNALS)


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
