"""How well the fast loop keeps its deadlines with everything on, beside the same loop on a plain rclpy timer.

    .venv/bin/python benchmarks/fast_loop.py [--seconds 60] [--json FILE]

Two parts of the same length: first the real nodes alone (world, planner, controller, recorder, manager, free-running
at 250 Hz), then the same with ``timer_peer.py`` beside them, which listens to the same topics and ticks at the same
rate, but on a timer of rclpy's executor and on a topic of its own. In the second part both are measured at once.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import tyro
from rich.console import Console
from rich.table import Table

from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import BagReader
from touchloop.launching.environment import ros_environment
from touchloop.launching.own_command import launch_command

PERIOD_S = 0.004
EPISODE_S = 8.0
"""About how long one episode takes."""
WARM_UP_S = 5.0


def run_graph(folder: Path, seconds: float, with_peer: bool) -> Path | None:
    """Runs the nodes for about ``seconds`` of activity; returns the peer's file if there is one."""
    values = {
        "perturb": "both",
        "episodes": round(seconds / EPISODE_S) + 1,
        "run_dir": folder,
    }
    environment = {**os.environ, "ROS_DOMAIN_ID": str(101 + os.getpid() % 100)}
    ticks = folder / "timer_peer.json"
    with (folder / "launch.log").open("w") as log:
        nodes = subprocess.Popen(
            launch_command("sim.launch.xml", values), env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        peer = None
        if with_peer:
            command = [sys.executable, str(Path(__file__).with_name("timer_peer.py")), str(ticks)]
            peer = subprocess.Popen(command, env=ros_environment() | {"ROS_DOMAIN_ID": environment["ROS_DOMAIN_ID"]})
        code = nodes.wait()
        if peer is not None:
            peer.send_signal(signal.SIGINT)
            peer.wait(10.0)
    if code != 0:
        raise SystemExit(f"the nodes ended with exit code {code}; see {folder / 'launch.log'}")
    return ticks if with_peer else None


def controller_figures(folder: Path, seconds: float) -> dict[str, float]:
    """The controller's own lateness of each reported tick, its count of missed ticks, and the wrench's age at use."""
    lateness_s, ages_s, ticks, missed = [], [], [], []
    begin_ns = None
    with BagReader(bag_parts(folder / "bag")) as bag:
        for message in bag.messages(["/controller_state"]):
            state = bag.decode(message)
            stamp_ns = state.header.stamp.sec * 10**9 + state.header.stamp.nanosec
            begin_ns = stamp_ns if begin_ns is None else begin_ns
            if not WARM_UP_S <= (stamp_ns - begin_ns) * 1e-9 <= WARM_UP_S + seconds:
                continue
            lateness_s.append(state.lateness_s)
            ages_s.append(state.wrench_age_s)
            ticks.append(state.tick)
            missed.append(state.missed_ticks)
    done, lost = ticks[-1] - ticks[0], missed[-1] - missed[0]
    return {
        "seconds": (done + lost) * PERIOD_S,
        "kept_ratio": done / (done + lost),
        "lateness_p50_ms": 1e3 * float(np.percentile(lateness_s, 50)),
        "lateness_p99_ms": 1e3 * float(np.percentile(lateness_s, 99)),
        "lateness_max_ms": 1e3 * max(lateness_s),
        "wrench_to_target_p50_ms": 1e3 * float(np.percentile(ages_s, 50)),
        "wrench_to_target_p99_ms": 1e3 * float(np.percentile(ages_s, 99)),
    }


def peer_figures(file: Path, seconds: float) -> dict[str, float]:
    """The same from the times of the timer's calls: deadlines are a grid through its earliest call."""
    times = np.array(json.loads(file.read_text()))
    times = times[(times > times[-1] - seconds - 2.0) & (times < times[-1] - 2.0)]
    phases = (times - times[0]) / PERIOD_S
    grid = np.floor(phases - np.percentile(phases % 1.0, 1) + 1e-9)
    lateness_s = (phases - grid) * PERIOD_S
    lateness_s -= lateness_s.min()
    due = grid[-1] - grid[0] + 1
    return {
        "seconds": due * PERIOD_S,
        "kept_ratio": len(np.unique(grid)) / due,
        "lateness_p50_ms": 1e3 * float(np.percentile(lateness_s, 50)),
        "lateness_p99_ms": 1e3 * float(np.percentile(lateness_s, 99)),
        "lateness_max_ms": 1e3 * float(lateness_s.max()),
    }


def main(seconds: float = 60.0, json_file: Path | None = None) -> None:
    """Measure both.

    Args:
        seconds: length of each part.
        json_file: write the figures here.
    """
    rows: dict[str, dict[str, float]] = {}
    console = Console()
    with tempfile.TemporaryDirectory() as folder:
        for part, with_peer in (("alone", False), ("beside the timer", True)):
            run_dir = Path(folder) / part.replace(" ", "_")
            run_dir.mkdir()
            with console.status(f"fast loop {part}, about {seconds + 20:.0f} s"):
                begin = time.monotonic()
                ticks = run_graph(run_dir, seconds + WARM_UP_S, with_peer)
            console.print(f"{part}: {time.monotonic() - begin:.0f} s", highlight=False)
            rows[f"fast_controller, {part}"] = controller_figures(run_dir, seconds)
            if ticks is not None:
                rows["plain rclpy timer"] = peer_figures(ticks, seconds)
    table = Table(title=f"fast loop at {1 / PERIOD_S:.0f} Hz, free-running, everything on")
    columns = ("seconds", "kept_ratio", "lateness_p50_ms", "lateness_p99_ms", "lateness_max_ms")
    more = ("wrench_to_target_p50_ms", "wrench_to_target_p99_ms")
    for column in ("", *columns, *more):
        table.add_column(column.replace("_", " "), justify="right")
    for name, row in rows.items():
        table.add_row(name, *(f"{row[c]:.4g}" if c in row else "" for c in (*columns, *more)))
    console.print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    tyro.cli(main)
