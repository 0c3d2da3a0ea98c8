"""What the kernel grants a process that must be on time: priority and memory that stays in place."""

import ctypes
import os
import resource
from pathlib import Path

MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT = 1, 2, 4
REMEDY = "`touchloop deploy realtime` tells how to grant it"


def lock_memory() -> str:
    """Keep what this process has in memory, and what it will touch later, from being swapped out.

    Returns:
        ``locked``, or why not. With a limit on locked memory nothing is locked: later allocations would fail.
    """
    if not _may_lock():
        return "not locked: memory can be locked without a limit only"
    failed = ctypes.CDLL(None, use_errno=True).mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)
    return f"not locked: {os.strerror(ctypes.get_errno())}" if failed else "locked"


def missing_rights(priority: int) -> list[str]:
    """Return what this process may not do: one sentence each, empty if it may do all.

    Args:
        priority: highest real-time priority that it asks for.
    """
    missing = []
    if not may_schedule(priority):
        allowed = resource.getrlimit(resource.RLIMIT_RTPRIO)[0]
        missing.append(f"real-time priority {priority} is not allowed (at most {allowed}), so ticks may be late")
    if not _may_lock():
        missing.append("memory cannot be locked, so a swapped page may hold up a tick")
    return missing


def may_schedule(priority: int) -> bool:
    """Whether this process may have that real-time priority; tried, since containers take rights away silently."""
    policy, before = os.sched_getscheduler(0), os.sched_getparam(0)
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO | os.SCHED_RESET_ON_FORK, os.sched_param(priority))
    except OSError:
        return False
    os.sched_setscheduler(0, policy, before)
    return True


def _may_lock() -> bool:
    return resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY or _has_capability(14)


def _has_capability(number: int) -> bool:
    """Whether this process has an effective capability; 14 is CAP_IPC_LOCK."""
    lines = Path("/proc/self/status").read_text().splitlines()
    masks = [line.split()[1] for line in lines if line.startswith("CapEff:")]
    return bool(masks) and bool(int(masks[0], 16) >> number & 1)
