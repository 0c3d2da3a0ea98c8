import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from touchloop.control.process_life import ProcessName, ProcessWatch, does_run, this_machine


@pytest.fixture
def child() -> Iterator["subprocess.Popen[bytes]"]:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    yield child
    child.kill()
    child.wait()
    child.stdin.close()


def test_own_process_runs() -> None:
    assert ProcessName.own() == ProcessName(os.getpid(), this_machine())
    assert ProcessName.own().runs() is True


def test_a_process_is_ended_only_if_its_command_line_is_the_expected_one(child: "subprocess.Popen[bytes]") -> None:
    name = ProcessName(child.pid, this_machine())
    assert not name.end("input()", "slow_planner")
    assert not ProcessName(child.pid, "elsewhere").end("input()")
    assert name.runs() is True
    assert name.end("input()")
    assert child.wait(5) == -signal.SIGTERM
    assert not name.end("input()")


def test_a_killed_process_does_not_run_even_before_its_parent_looks(child: "subprocess.Popen[bytes]") -> None:
    name = ProcessName(child.pid, this_machine())
    assert name.runs() is True
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert Path(f"/proc/{child.pid}").exists()
    assert name.runs() is False
    child.wait()
    assert name.runs() is False


def test_a_stopped_process_does_not_run(child: "subprocess.Popen[bytes]") -> None:
    name = ProcessName(child.pid, this_machine())
    os.kill(child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    assert name.runs() is False
    os.kill(child.pid, signal.SIGCONT)
    os.waitid(os.P_PID, child.pid, os.WCONTINUED)
    assert name.runs() is True


def test_nothing_is_known_of_other_machines() -> None:
    assert ProcessName(os.getpid(), "another machine").runs() is None
    assert ProcessName(os.getpid(), "").runs() is None
    assert ProcessName(0, this_machine()).runs() is None


def test_the_dead_and_the_stopped_are_gone_and_a_new_process_of_the_name_is_not(
    child: "subprocess.Popen[bytes]",
) -> None:
    watch = ProcessWatch()
    names = {"planner": ProcessName(child.pid, this_machine()), "own": ProcessName.own()}
    watch.follow(names)
    assert watch.gone() == []
    os.kill(child.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, child.pid, os.WSTOPPED)
    assert watch.gone() == ["planner"]
    os.kill(child.pid, signal.SIGCONT)
    os.waitid(os.P_PID, child.pid, os.WCONTINUED)
    assert watch.gone() == []
    child.kill()
    child.wait()
    watch.follow(dict(names))
    assert watch.gone() == ["planner"]
    watch.follow({"planner": ProcessName.own()})
    assert watch.gone() == []


def test_a_process_that_was_never_seen_to_run_is_nobodys_death(child: "subprocess.Popen[bytes]") -> None:
    child.kill()
    child.wait()
    watch = ProcessWatch()
    watch.follow({"damaged": ProcessName(child.pid, this_machine()), "elsewhere": ProcessName(1, "another machine")})
    assert watch.gone() == []


@pytest.mark.parametrize(
    ("state", "flags", "pending", "runs"),
    [
        ("S", 0x400040, 0, True),
        ("R", 0x400040, 1 << (signal.SIGTERM - 1), True),
        ("Z", 0x400040, 0, False),
        ("T", 0x400040, 0, False),
        ("R", 0x400044, 0, False),
        ("R", 0x400040, 1 << (signal.SIGKILL - 1), False),
        ("S", 0x400040, 1 << (signal.SIGSTOP - 1), False),
    ],
)
def test_a_process_that_was_told_to_die_or_stop_counts_as_one_that_has(state, flags, pending, runs) -> None:
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    fields[0], fields[6], fields[28] = state, str(flags), str(pending)
    assert does_run(f"17 (a (strange) name) {' '.join(fields)}".encode()) is runs
    assert not does_run(b"17 (cut) S 1")
