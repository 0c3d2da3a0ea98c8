"""How well the fast loop keeps its deadlines with everything on, beside the same loop on a plain rclpy timer.

    .venv/bin/python benchmarks/fast_loop.py [--seconds 60] [--json FILE]

Two parts of the same length: first the real nodes alone (world, planner, controller, recorder, manager, free-running
at 250 Hz), then the same with ``timer_peer.py`` beside them, which listens to the same topics and ticks at the same
rate, but on a timer of rclpy's executor and on a topic of its own. In the second part both are measured at once.
In both parts ``bare_loop.py`` shows what the machine itself lets any loop have.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import tyro
from rich import box
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
GOODBYE_S = 2.0


def run_graph(folder: Path, seconds: float, peers: Sequence[str]) -> None:
    """Runs the nodes for about ``seconds`` of activity; each peer writes a file of its name into ``folder``."""
    values = {
        "perturb": "both",
        "episodes": round(seconds / EPISODE_S) + 1,
        "run_dir": folder,
    }
    environment = {**os.environ, "ROS_DOMAIN_ID": str(101 + os.getpid() % 100)}
    with (folder / "launch.log").open("w") as log:
        nodes = subprocess.Popen(
            launch_command("sim.launch.xml", values), env=environment, stdout=log, stderr=subprocess.STDOUT
        )
        processes = []
        for peer in peers:
            command = [sys.executable, str(Path(__file__).with_name(f"{peer}.py")), str(folder / f"{peer}.json")]
            environment = ros_environment() | {"ROS_DOMAIN_ID": environment["ROS_DOMAIN_ID"]}
            processes.append(subprocess.Popen(command, env=environment))
        code = nodes.wait()
        for process in processes:
            process.send_signal(signal.SIGINT)
            process.wait(10.0)
    if code != 0:
        raise SystemExit(f"the nodes ended with exit code {code}; see {folder / 'launch.log'}")


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
    return _figures(done, done + lost, np.array(lateness_s)) | {
        "wrench_to_target_p50_ms": 1e3 * float(np.percentile(ages_s, 50)),
        "wrench_to_target_p99_ms": 1e3 * float(np.percentile(ages_s, 99)),
    }


def timer_figures(file: Path, seconds: float) -> dict[str, float]:
    """The same from the times of the timer's calls: deadlines are a grid through its earliest call."""
    times = np.array(json.loads(file.read_text()))
    times = times[_last(times, seconds)]
    phases = (times - times[0]) / PERIOD_S
    grid = np.floor(phases - np.percentile(phases % 1.0, 1) + 1e-9)
    lateness_s = (phases - grid) * PERIOD_S
    return _figures(len(np.unique(grid)), grid[-1] - grid[0] + 1, lateness_s - lateness_s.min())


def bare_figures(file: Path, seconds: float) -> dict[str, float]:
    """The same of the loop that does nothing."""
    times, lateness_s = np.array(json.loads(file.read_text())).T
    last = _last(times, seconds)
    due = np.round((times[last][-1] - times[last][0]) / PERIOD_S) + 1
    return _figures(int(last.sum()), due, lateness_s[last])


def _last(times: np.ndarray, seconds: float) -> np.ndarray:
    return (times > times[-1] - seconds - GOODBYE_S) & (times < times[-1] - GOODBYE_S)


def _figures(kept: int, due: float, lateness_s: np.ndarray) -> dict[str, float]:
    p50, p99 = np.percentile(lateness_s, [50, 99])
    return {
        "seconds": float(due * PERIOD_S),
        "kept_ratio": float(kept / due),
        "lateness_p50_ms": 1e3 * float(p50),
        "lateness_p99_ms": 1e3 * float(p99),
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
        for part, peers in (("alone", ["bare_loop"]), ("beside timer", ["bare_loop", "timer_peer"])):
            run_dir = Path(folder) / part.replace(" ", "_")
            run_dir.mkdir()
            with console.status(f"fast loop {part}, about {seconds + 20:.0f} s"):
                run_graph(run_dir, seconds + WARM_UP_S, peers)
            rows[f"fast_controller, {part}"] = controller_figures(run_dir, seconds)
            if "timer_peer" in peers:
                rows["plain rclpy timer"] = timer_figures(run_dir / "timer_peer.json", seconds)
            rows[f"empty loop, {part}"] = bare_figures(run_dir / "bare_loop.json", seconds)
    table = Table(
        title=f"fast loop at {1 / PERIOD_S:.0f} Hz, free-running, everything on",
        box=box.SIMPLE,
        caption="kept: share of the deadlines in %; late: start of a tick after its deadline in ms;\n"
        "age: target_pose's stamp minus that of the newest wrench in ms",
    )
    table.add_column("", no_wrap=True)
    for heading in ("kept", "late p50", "p99", "max", "age p50", "p99"):
        table.add_column(heading, justify="right", no_wrap=True)
    columns = ("lateness_p50_ms", "lateness_p99_ms", "lateness_max_ms")
    more = ("wrench_to_target_p50_ms", "wrench_to_target_p99_ms")
    for name, row in rows.items():
        figures = [f"{row[c]:.2f}" if c in row else "" for c in (*columns, *more)]
        table.add_row(name, f"{100 * row['kept_ratio']:.2f}", *figures)
    console.print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(rows, indent=2) + "\n")


if __name__ == "__main__":
    tyro.cli(main)
