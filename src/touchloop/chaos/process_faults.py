"""Faults of processes and of the machine: stopped, slowed or killed nodes, busy CPUs, a full disk."""

import contextlib
import os
import resource
import signal
import subprocess
import sys
import threading
import time

from touchloop.chaos.catalogue import Fault
from touchloop.errors import InputError
from touchloop.launching.parent_death import ask_for_signal_on_parent_death

SLOW_STOPPED_S, SLOW_RUNNING_S = 0.02, 0.02
"""A slowed process gets half of its time, in pieces that are longer than a tick."""
BURN = "while True: pass"


class ProcessFault:
    """One fault, from its making until ``over``.

    Args:
        fault: of group process, death or machine.
        pid: of the node; ignored for what strikes the machine.

    Raises:
        InputError: the fault is none of these, or there is no such process.
    """

    def __init__(self, fault: Fault, pid: int) -> None:
        acts = {"stop": self._stop, "slow": self._slow, "kill": self._kill, "load": self._load, "disk full": self._fill}
        if fault.kind not in acts:
            raise InputError(f"'{fault.kind}' is no fault of a process; those are: {', '.join(acts)}")
        self.fault, self._pid = fault, pid
        if fault.kind != "load" and not _runs(pid):
            raise InputError(f"there is no process {pid} of {fault.target}")
        self._act = acts[fault.kind]
        self.over = threading.Event()
        self.ended_s = -1.0
        self._thread = threading.Thread(target=self._run, name="fault", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # A process may end while it is struck.
        with contextlib.suppress(ProcessLookupError):
            self._act()
        if self.ended_s < 0.0:
            self.ended_s = time.monotonic()
        self.over.set()

    def _stop(self) -> None:
        os.kill(self._pid, signal.SIGSTOP)
        time.sleep(self.fault.lasts_s)
        # What goes on then may keep this thread from looking at the clock.
        self.ended_s = time.monotonic()
        os.kill(self._pid, signal.SIGCONT)

    def _slow(self) -> None:
        until_s = time.monotonic() + self.fault.lasts_s
        while time.monotonic() < until_s:
            os.kill(self._pid, signal.SIGSTOP)
            time.sleep(SLOW_STOPPED_S)
            os.kill(self._pid, signal.SIGCONT)
            time.sleep(SLOW_RUNNING_S)

    def _kill(self) -> None:
        os.kill(self._pid, signal.SIGKILL)

    def _load(self) -> None:
        burners = [
            subprocess.Popen([sys.executable, "-S", "-c", BURN], preexec_fn=ask_for_signal_on_parent_death)
            for _ in range(2 * (os.cpu_count() or 1))
        ]
        time.sleep(self.fault.lasts_s)
        for burner in burners:
            burner.kill()
        for burner in burners:
            burner.wait()

    def _fill(self) -> None:
        """No file of the process may grow any more, so that each write fails; then it may again."""
        soft, hard = resource.prlimit(self._pid, resource.RLIMIT_FSIZE)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (1, hard))
        time.sleep(self.fault.lasts_s)
        resource.prlimit(self._pid, resource.RLIMIT_FSIZE, (soft, hard))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return pid > 0
