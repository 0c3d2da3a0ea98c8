"""``touchloop demo``: one whole run with a score, a bag, a video and a report."""

import json
import os
import signal
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from touchloop.bench.run_result import NAME
from touchloop.cli.monitor_run import Run
from touchloop.errors import InputError
from touchloop.launching.own_command import launch_command, touchloop_command
from touchloop.policy.spec import checked_policy
from touchloop.policy.weights import default_weights, read_card
from touchloop.tasks.perturbation import checked_kind
from touchloop.tasks.registry import checked_task

SHOWN_LINES = 25
STOP_TIMEOUT_S = 20.0
BENCH_FAILURE = "slip:4"
"""The peg slips on its way to the hole."""


@dataclass(frozen=True)
class Demo:
    """Start all nodes, do a task by feel while it is disturbed, and make a report of it.

    Everything lies in runs/DATE-TIME: result.json, bag/, report.html, run.mp4, foxglove.json, launch.log.
    """

    task: str = "wipe"
    """wipe, peel, insert, lift or press; bench: a whole program with a failure, its explanation and its repair."""
    policy: str = "touchloop"
    """Whose weights."""
    weights: Path | None = None
    """Folder of trained weights; default that of the project for the task and policy."""
    perturb: str = "after"
    """none, before (the object is moved before contact), after (after contact), push (the arm is pushed) or both."""
    seed: int = 1000
    """Seed of the first episode."""
    episodes: int = 1
    gui: bool = False
    """Open the simulator's window."""
    run_dir: Path | None = None
    """Folder of the run; default runs/DATE-TIME."""

    def run(self) -> int:
        """Return 0 when the run came to its end and its report is made."""
        if self.task == "bench":
            return Run(seed=self.seed, failure=BENCH_FAILURE, yes=True, out=self.run_dir).run()
        task, kind = checked_task(self.task), checked_kind(self.perturb)
        checked_policy(self.policy)
        if self.episodes < 1 or self.seed < 0:
            raise InputError(f"--episodes {self.episodes} --seed {self.seed}: expected 1 or more, and 0 or more")
        weights = self.weights or default_weights(self.task, self.policy)
        read_card(weights, self.task, self.policy)
        folder = self.run_dir or Path("runs") / f"{datetime.now():%Y-%m-%d-%H-%M-%S}"
        if folder.exists():
            raise InputError(f"--run-dir {folder}: exists already; choose another")
        folder.mkdir(parents=True)
        console = Console()
        console.print(f"starting the nodes; their output goes to {folder / 'launch.log'}", highlight=False)
        values = {
            "task": self.task,
            "perturb": kind,
            "weights": weights.absolute(),
            "seed": self.seed,
            "episodes": self.episodes,
            "gui": self.gui,
            "run_dir": folder.absolute(),
        }
        code = _launch(folder, values, task.arms)
        if code != 0 or not (folder / NAME).is_file():
            log = (folder / "launch.log").read_text(errors="replace").splitlines()
            console.print("\n".join(log[-SHOWN_LINES:]), markup=False, highlight=False)
            console.print(f"[red]the run did not come to its end (exit code {code}); see above", highlight=False)
            return code or 1
        for row in json.loads((folder / NAME).read_text())["rows"]:
            verdict = "[bold green]success[/]" if row["success"] else "[bold red]no success[/]"
            console.print(
                f"{verdict}: score {row['score']:g}, progress {row['progress']:.0%}, "
                f"{row['in_band_ratio']:.0%} of the contact inside the force band, "
                f"peak {row['peak_force_n']:.1f} N, {row['duration_s']:.1f} s (seed {row['seed']})",
                highlight=False,
            )
        return subprocess.run(touchloop_command("report", str(folder)), check=False).returncode


def _launch(folder: Path, values: dict[str, str | int | bool | Path], arms: tuple[str, ...]) -> int:
    watch = ["--arms", *arms] if len(arms) > 1 else []
    with (folder / "launch.log").open("w") as log:
        nodes = subprocess.Popen(launch_command("sim.launch.xml", values), stdout=log, stderr=subprocess.STDOUT)
        live = subprocess.Popen(touchloop_command("live", *watch), env={**os.environ, "PYTHONUNBUFFERED": "1"})
        try:
            return nodes.wait()
        finally:
            # Ctrl-C has reached them too; they close the bag and end by themselves.
            for process in (live, nodes):
                if process.poll() is None:
                    process.send_signal(signal.SIGINT)
            for process in (live, nodes):
                try:
                    process.wait(STOP_TIMEOUT_S)
                except subprocess.TimeoutExpired:
                    process.kill()
