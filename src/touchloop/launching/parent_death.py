"""Lets the kernel end a process when the one that started it dies without a chance to say so."""

import ctypes
import signal
import sys

PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def ask_for_signal_on_parent_death() -> None:
    """Called in a new process before its program starts: SIGTERM when the parent dies. Does nothing off Linux."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
