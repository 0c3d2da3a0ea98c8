import os
import subprocess
import sys

import pytest

from touchloop.control.real_time import may_schedule, missing_rights


def test_looking_leaves_the_scheduling_as_it_was() -> None:
    before = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority
    may_schedule(5)
    assert (os.sched_getscheduler(0), os.sched_getparam(0).sched_priority) == before


def test_what_is_missing_agrees_with_what_can_be_had() -> None:
    sentences = " ".join(missing_rights(5))
    assert ("priority 5 is not allowed" in sentences) != may_schedule(5)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can take rights away from a child")
def test_without_rights_nothing_is_locked_and_both_are_named() -> None:
    code = (
        "import os, resource; resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536));"
        "resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0)); os.setuid(65534);"
        "print(lock_memory()); print(len(missing_rights(20)))"
    )
    code = f"from touchloop.control.real_time import lock_memory, missing_rights; {code}"
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["not locked: memory can be locked without a limit only", "2"]


def test_locked_memory_is_locked_page_by_page_as_it_is_used() -> None:
    code = (
        "from pathlib import Path; from touchloop.control.real_time import lock_memory;"
        "said = lock_memory(); more = bytearray(50_000_000);"
        "line = next(l for l in Path('/proc/self/status').read_text().splitlines() if l.startswith('VmLck'));"
        "print(said); print(line.split()[1])"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, locked_kb = ended.stdout.splitlines()
    assert (int(locked_kb) > 50_000) == (said == "locked")
