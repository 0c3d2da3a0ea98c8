"""What each node costs, idle and at work: processor time and memory, helpers counted with their node.

    .venv/bin/python benchmarks/node_load.py [--seconds 20] [--control-rate-hz 500] [--json FILE]

Idle: all nodes run and are active, and the world is paused. Running: the tool wipes in contact; only that time counts.
CPU is user and system time by the kernel's account, in % of one core. Memory: RSS, and PSS, which shares out what
processes have in common.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil
import rclpy
import tyro
from lifecycle_msgs.msg import State
from rclpy.node import Node
from rich import box
from rich.console import Console
from rich.table import Table
from std_srvs.srv import SetBool
from touchloop_msgs.msg import ControllerState, Heartbeat, TaskState

from touchloop.control.ladder import Mode
from touchloop.deploy.sockets import process_name
from touchloop.launching.own_command import launch_command

MIB = 2**20
START_S, WIPING_S = 120.0, 300.0
AIM_PERCENT = 60.0
FAST = ("fast_controller", "safety_supervisor")
EARLY_PROGRESS = 0.6


@dataclass
class Load:
    """Of one node."""

    cpu_percent: float = 0.0
    rss_mib: float = 0.0
    pss_mib: float = 0.0


class Onlooker(Node):
    """Hears what is going on and can pause the world."""

    def __init__(self) -> None:
        super().__init__("node_load")
        self.active: set[str] = set()
        self.mode, self.phase, self.progress = -1, "", 0.0
        self.create_subscription(Heartbeat, "heartbeat", self._on_heartbeat, 50)
        self.create_subscription(ControllerState, "controller_state", self._on_state, 1)
        self.create_subscription(TaskState, "task_state", self._on_task, 1)
        self._pause = self.create_client(SetBool, "pybullet_world/pause")

    def _on_heartbeat(self, message: Heartbeat) -> None:
        (self.active.add if message.lifecycle_state == State.PRIMARY_STATE_ACTIVE else self.active.discard)(
            message.node
        )

    def _on_state(self, message: ControllerState) -> None:
        self.mode = message.mode

    def _on_task(self, message: TaskState) -> None:
        self.phase, self.progress = message.phase, 1.0 if message.done else message.progress

    @property
    def wiping(self) -> bool:
        """Whether it wipes in contact now."""
        return self.phase == "wipe" and self.mode == Mode.FOLLOW and self.progress < EARLY_PROGRESS

    def until(self, condition: Callable[[], bool], patience_s: float, what: str) -> None:
        """Spin until it is so; ends the program if that takes too long."""
        end_s = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > end_s:
                raise SystemExit(f"waited {patience_s:.0f} s in vain for {what}")
            rclpy.spin_once(self, timeout_sec=0.05)

    def pause(self, on: bool) -> None:
        """Pause the world, or let it go on."""
        self.until(self._pause.service_is_ready, 10.0, "the world's service")
        future = self._pause.call_async(SetBool.Request(data=on))
        self.until(future.done, 10.0, "the world's answer")


def nodes_of(launch: int) -> dict[str, list[psutil.Process]]:
    """Each node's process and its helpers, by the node's name."""
    found: dict[str, list[psutil.Process]] = {}
    pending = psutil.Process(launch).children()
    while pending:
        process = pending.pop()
        name = process_name(process.cmdline())
        if "touchloop_nodes" in " ".join(process.cmdline()):
            found[name] = [process, *process.children(recursive=True)]
        else:
            pending += process.children()
    return found


def cpu_s(processes: list[psutil.Process]) -> float:
    """Time on the processor so far."""
    return sum(sum(process.cpu_times()[:2]) for process in processes)


def measure(launch: int, onlooker: Onlooker, seconds: float, counts: Callable[[], bool]) -> dict[str, Load]:
    """Load of each node over ``seconds`` in which ``counts`` is true."""
    nodes = nodes_of(launch)
    spent, counted_s = dict.fromkeys(nodes, 0.0), 0.0
    end_s = time.monotonic() + WIPING_S + seconds
    while counted_s < seconds:
        if time.monotonic() > end_s:
            raise SystemExit(f"only {counted_s:.0f} of {seconds:.0f} s could be measured")
        before_s, before = time.monotonic(), {name: cpu_s(processes) for name, processes in nodes.items()}
        began_so = counts()
        onlooker.until(lambda: time.monotonic() - before_s > 0.5, 5.0, "half a second")  # noqa: B023 called at once
        if began_so and counts():
            counted_s += time.monotonic() - before_s
            for name, processes in nodes.items():
                spent[name] += cpu_s(processes) - before[name]
    loads = {}
    for name, processes in nodes.items():
        memory = [process.memory_full_info() for process in processes]
        loads[name] = Load(
            100.0 * spent[name] / counted_s, sum(m.rss for m in memory) / MIB, sum(m.pss for m in memory) / MIB
        )
    return loads


def run(seconds: float, control_rate_hz: float, folder: Path) -> tuple[dict[str, Load], dict[str, Load]]:
    """Idle and running loads."""
    domain = str(1 + os.getpid() % 100)
    values = {"safety": True, "episodes": 1000, "run_dir": folder, "control_rate_hz": control_rate_hz}
    os.environ["ROS_DOMAIN_ID"] = domain
    rclpy.init()
    onlooker = Onlooker()
    with (folder / "launch.log").open("w") as log:
        launch = subprocess.Popen(launch_command("sim.launch.xml", values), stdout=log, stderr=subprocess.STDOUT)
    try:
        onlooker.until(lambda: onlooker.wiping and len(onlooker.active) >= 4, START_S, "wiping")
        running = measure(launch.pid, onlooker, seconds, lambda: onlooker.wiping)
        onlooker.pause(True)
        idle = measure(launch.pid, onlooker, seconds, lambda: True)
    finally:
        launch.send_signal(signal.SIGINT)
        launch.wait(30.0)
        onlooker.destroy_node()
        rclpy.shutdown()
    return idle, running


def main(seconds: float = 20.0, control_rate_hz: float = 500.0, json_file: Path | None = None) -> int:
    """Measure.

    Args:
        seconds: of each state.
        control_rate_hz: of the fast loop; the supervisor looks 500 times a second at any rate.
        json_file: write the figures here.
    """
    with tempfile.TemporaryDirectory() as folder:
        idle, running = run(seconds, control_rate_hz, Path(folder))
    table = Table(title=f"one arm at {control_rate_hz:g} Hz, {seconds:g} s each", box=box.SIMPLE)
    table.add_column("node")
    for heading in ("idle CPU %", "running CPU %", "RSS MiB", "PSS MiB"):
        table.add_column(heading, justify="right")
    for name, load in sorted(running.items(), key=lambda row: -row[1].cpu_percent):
        table.add_row(
            name,
            f"{idle[name].cpu_percent:.1f}",
            f"{load.cpu_percent:.1f}",
            f"{load.rss_mib:.0f}",
            f"{load.pss_mib:.0f}",
        )
    fast = [sum(loads[name].cpu_percent for name in FAST) for loads in (idle, running)]
    table.add_section()
    table.add_row(" + ".join(FAST), *(f"{percent:.1f}" for percent in fast))
    console = Console(width=100)
    console.print(table)
    console.print(f"aim: below {AIM_PERCENT:g} % of one core; load of the machine: {os.getloadavg()[0]:.1f}")
    if json_file is not None:
        rows = {name: {"idle": asdict(idle[name]), "running": asdict(running[name])} for name in sorted(running)}
        json_file.write_text(json.dumps({"nodes": rows, "fast_cpu_percent": fast[1]}, indent=2) + "\n")
    return 0 if fast[1] < AIM_PERCENT else 1


if __name__ == "__main__":
    sys.exit(tyro.cli(main))
