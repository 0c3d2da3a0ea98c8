"""``touchloop launch`` as a user runs it: exit codes, signals, respawn, and nothing left running."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from node_processes import end, stage, text_of, wait_until

from touchloop.launching.environment import ros_environment

pytestmark = pytest.mark.nodes

SLEEPER = "python -c 'import time; print(\"ready\"); time.sleep(1000)'"
STUBBORN = (
    "python -c 'import signal, subprocess, threading; signal.signal(signal.SIGINT, signal.SIG_IGN);"
    ' signal.signal(signal.SIGTERM, signal.SIG_IGN); subprocess.Popen(["sleep", "1000"]);'
    ' print("ready"); threading.Event().wait()\''
)


def executable(name: str, command: str, options: str = "") -> str:
    escaped = command.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'<executable name="{name}" cmd="{escaped}" output="screen" {options}/>'


class Launch:
    """A running ``touchloop launch``."""

    def __init__(self, folder: Path, inside: str, *words: str) -> None:
        file = folder / "test.launch.xml"
        file.write_text(f"<launch>{inside}</launch>")
        self.log = folder / "launch.log"
        environment = {**ros_environment(), "PYTHONUNBUFFERED": "1", "ROS_LOG_DIR": str(folder / "ros_log")}
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "touchloop.cli.main", "launch", "--embedded", str(file), *words],
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
            )
        self.seen: set[psutil.Process] = set()

    def text(self) -> str:
        if self.process.poll() is None:
            self.seen |= set(psutil.Process(self.process.pid).children(recursive=True))
        return self.log.read_text()

    def until(self, text: str, times: int = 1) -> None:
        wait_until(lambda: self.text().count(text) >= times or self.process.poll() is not None, what=text)
        assert self.text().count(text) >= times, self.text()

    def wait(self) -> int:
        return self.process.wait(30)

    def end(self, number: int) -> int:
        self.text()
        os.kill(self.process.pid, number)
        return self.wait()

    def orphans(self) -> list[psutil.Process]:
        return [process for process in self.seen if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def launch(tmp_path: Path) -> Iterator[Callable[..., Launch]]:
    launched: list[Launch] = []

    def launch(inside: str, *words: str) -> Launch:
        launched.append(Launch(tmp_path, inside, *words))
        return launched[-1]

    yield launch
    for one in launched:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        for process in one.orphans():
            process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_everything(launch: Callable[..., Launch], number: int, code: int) -> None:
    run = launch(executable("one", SLEEPER) + executable("two", SLEEPER, 'respawn="true"'))
    run.until("ready", 2)
    assert run.end(number) == code
    assert len(run.seen) == 2
    assert run.orphans() == []
    assert run.text().count("started, pid") == 2
    assert "KeyboardInterrupt" in run.text()


def test_who_does_not_listen_is_killed_with_its_children(launch: Callable[..., Launch]) -> None:
    run = launch(executable("deaf", STUBBORN, 'sigterm_timeout="0.3" sigkill_timeout="0.3"'))
    run.until("[deaf] ready")
    wait_until(lambda: run.text() and len(run.seen) == 2, what="the grandchild")
    assert run.end(signal.SIGINT) == 130
    assert run.orphans() == []
    assert "deaf did not end within 0.3 s of SIGINT" in run.text()
    assert "deaf did not end within 0.3 s of SIGTERM" in run.text()


def test_a_second_ctrl_c_does_not_wait(launch: Callable[..., Launch]) -> None:
    run = launch(executable("deaf", STUBBORN, 'sigterm_timeout="100" sigkill_timeout="100"'))
    run.until("[deaf] ready")
    os.kill(run.process.pid, signal.SIGINT)
    run.until("shutting down")
    assert run.end(signal.SIGINT) == 130
    assert run.orphans() == []


def test_processes_of_a_killed_launcher_end(launch: Callable[..., Launch]) -> None:
    run = launch(executable("one", SLEEPER))
    run.until("ready")
    assert run.end(signal.SIGKILL) == -signal.SIGKILL
    wait_until(lambda: not run.orphans(), 5.0, "the end of the processes")


@pytest.mark.parametrize(
    ("processes", "code"),
    [
        (executable("a", "true") + executable("b", "true"), 0),
        (executable("a", "true") + executable("b", "sh -c 'exit 7'"), 7),
        (executable("a", SLEEPER) + executable("b", "sh -c 'exit 5'", 'on_exit="shutdown"'), 5),
        (executable("a", SLEEPER) + executable("b", "true", 'on_exit="shutdown"'), 0),
        (executable("a", SLEEPER) + executable("b", "sh -c 'kill -SEGV $$'", 'on_exit="shutdown"'), 139),
        (executable("a", "/no/such/program"), 127),
    ],
)
def test_exit_codes(launch: Callable[..., Launch], processes: str, code: int) -> None:
    run = launch(processes)
    assert run.wait() == code, run.text()
    assert run.orphans() == []


def test_respawn(launch: Callable[..., Launch]) -> None:
    run = launch(executable("again", "sh -c 'echo one; exit 3'", 'respawn="true" respawn_delay="0.1"'))
    run.until("[again] one", 3)
    assert "again died" in run.text()
    assert "again is started again in 0.1 s" in run.text()
    assert run.end(signal.SIGINT) == 130


def test_bad_input_is_not_tried_again(launch: Callable[..., Launch]) -> None:
    run = launch(executable("a", SLEEPER) + executable("picky", "sh -c 'exit 2'", 'respawn="true"'))
    assert run.wait() == 2
    assert run.text().count("picky started") == 1
    assert "picky cannot use its input: shutting down" in run.text()
    assert run.orphans() == []


def test_output_keeps_lines_apart(launch: Callable[..., Launch], tmp_path: Path) -> None:
    shout = 'python -c \'print(100000 * "x"); print("é"); print("end", end="")\''
    quiet = executable("quiet", "sh -c 'echo hidden; echo shown >&2'").replace('output="screen"', "")
    run = launch(executable("loud", shout) + executable("other", shout) + quiet)
    assert run.wait() == 0
    lines = [line for line in run.text().splitlines() if not line.startswith("[launch] ")]
    assert sorted(lines) == sorted(
        [f"[{name}] {text}" for name in ("loud", "other") for text in (100000 * "x", "é", "end")] + ["[quiet] shown"]
    )
    (log,) = (tmp_path / "ros_log").glob("*/launch.log")
    assert "[quiet] hidden\n" in log.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["speed:=1"], "test.launch.xml has no argument speed; its arguments are: pace"),
        (["pace=1"], "'pace=1' is not a launch argument; those have the form name:=value"),
        (["pace:=fast"], "the argument 'pace' is 'fast'; it can be: slow"),
    ],
)
def test_bad_arguments(launch: Callable[..., Launch], words: list[str], message: str) -> None:
    run = launch('<arg name="pace" default="slow"><choice value="slow"/></arg>' + executable("a", SLEEPER), *words)
    assert run.wait() == 2
    assert message in run.text()
    assert "Traceback" not in run.text()
    assert "started" not in run.text()


def test_arguments_and_commands_are_shown(launch: Callable[..., Launch]) -> None:
    inside = '<arg name="pace" default="slow" description="how fast"/>' + executable("a", "echo $(var pace)")
    shown = launch(inside, "--show-args")
    assert shown.wait() == 0
    assert re.search(r"pace\s.*slow\s.*how fast", shown.text())
    printed = launch(inside, "pace:=quick", "--dry-run")
    assert printed.wait() == 0
    assert printed.text() == "# a\necho quick\n"


def test_a_killed_node_comes_back_with_its_manager(tmp_path: Path) -> None:
    probe = Path(__file__).with_name("lifecycle_probe.py")
    manager = '<node pkg="touchloop_nodes" exec="lifecycle_manager" name="lifecycle_manager" output="screen">'
    nodes = executable(
        "probe", f"{sys.executable} {probe} --ros-args -r __ns:=/left", 'respawn="true" respawn_delay="0.2"'
    )
    file = tmp_path / "nodes.launch.xml"
    file.write_text(
        f'<launch>{nodes}<push_ros_namespace namespace="left"/>{manager}'
        '<param name="managed_nodes" value="[probe]"/></node></launch>'
    )
    with stage(tmp_path) as (processes, _):
        run = processes.start(sys.executable, "-m", "touchloop.cli.main", "launch", "--embedded", file)
        wait_until(lambda: "all nodes are active" in text_of(run), what="the probe")
        first = int(re.findall(r"probe started, pid (\d+)", text_of(run))[0])
        os.kill(first, signal.SIGKILL)
        wait_until(lambda: text_of(run).count("[lifecycle_manager] [INFO]") and text_of(run).count("activated") == 2)
        wait_until(lambda: text_of(run).count("all nodes are active") == 2, what="the probe's return")
        assert end(run) == 130
        assert text_of(run).count("[probe] cleaned up") == 1


def test_ctrl_c_in_a_terminal_reaches_the_launcher_once(launch: Callable[..., Launch]) -> None:
    """A terminal sends the signal to the whole group; the processes have groups of their own."""
    run = launch(executable("one", SLEEPER))
    run.until("ready")
    (child,) = run.seen
    assert os.getpgid(child.pid) == child.pid
    threading.Event().wait(0.05)
    assert run.end(signal.SIGINT) == 130
