"""``touchloop chaos``: throws faults at an arm in contact, for hours if asked, and judges what it did."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from touchloop.bench.bench_files import write_json
from touchloop.chaos.bags import RecorderEnd, judge_bags
from touchloop.chaos.catalogue import CATALOGUE, chosen
from touchloop.chaos.limits import Limits
from touchloop.chaos.show import show_content
from touchloop.errors import InputError
from touchloop.launching.own_command import launch_command
from touchloop.tasks.registry import checked_task

JUDGED, RESULT, REPORT, ROWS, LOG = "judged.json", "chaos.json", "report.html", "faults.jsonl", "launch.log"
SHOWN_LINES = 15
PIPE_WIDTH = 140
_PROGRESS = re.compile(r"chaos_conductor\]: (\d+) of \d+ faults, (.*)")


@dataclass(frozen=True)
class Chaos:
    """Throw faults at a simulated arm in contact and judge what it did; exit code 0 only if it was safe throughout.

    All nodes run as processes over DDS. Nodes are killed, stopped and slowed, messages dropped, delayed, doubled,
    reordered and damaged, clocks stepped, inputs flooded, commands forged, disks filled and CPUs loaded. See
    docs/chaos.md.
    """

    faults: int = 1000
    """How many to throw."""
    seed: int = 1
    """Of the faults: the same seed draws the same ones in the same order."""
    json: Path | None = None
    """Write the figures here too."""
    task: str = "wipe"
    """What the arm does meanwhile: a task of one arm that touches."""
    hours: float = 0.0
    """Stop after so long, whatever is left; 0: when all are thrown."""
    run_dir: Path | None = None
    """Folder for chaos.json, report.html and the bags; default runs/chaos-DATE-TIME."""
    only: str = ""
    """Only some kinds, as "kill" or "foreign:plan,drop"; empty: all."""
    config: Path | None = None
    """The supervisor's parameters; default config/safety_supervisor.yaml."""
    judged: Path | None = None
    """The parameters that the arm is judged by; default the supervisor's."""
    driver: str = "/line/safety_supervisor"
    """Whose targets the arm follows; "anybody" for a careless driver, which is not safe."""

    def run(self) -> int:
        """Launch, wait, judge the bags, show."""
        self._check()
        run_dir = (self.run_dir or Path("runs") / f"chaos-{datetime.now():%Y-%m-%d-%H-%M-%S}").absolute()
        if (run_dir / JUDGED).exists():
            raise InputError(f"{run_dir} holds a chaos run already; give another --run-dir")
        run_dir.mkdir(parents=True, exist_ok=True)
        console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH, highlight=False)
        code = self._launch(run_dir, console)
        judged = run_dir / JUDGED
        if not judged.is_file():
            last = "\n".join((run_dir / LOG).read_text().splitlines()[-SHOWN_LINES:])
            raise InputError(f"the nodes ended with exit code {code} and nothing was judged:\n{last}")
        content = with_bags(json.loads(judged.read_text()), run_dir / "bag")
        only = f" --only {self.only}" if self.only else ""
        content["command"] = f"touchloop chaos --faults {self.faults} --seed {self.seed} --task {self.task}{only}"
        write_json(run_dir / RESULT, content)
        if self.json is not None:
            write_json(self.json, content)
        show_content(content, console)
        from touchloop.report.chaos_page import render_chaos_page  # matplotlib only where it is needed

        rows = [json.loads(line) for line in (run_dir / ROWS).read_text().splitlines() if line]
        (run_dir / REPORT).write_text(render_chaos_page(content, rows))
        console.print(f"{run_dir / REPORT}")
        if content["failed"]:
            console.print(f"the conductor failed; {run_dir / LOG} says why", style="red")
        complete = content["faults"] >= self.faults or content["wall_s"] >= 3600.0 * self.hours > 0.0
        return 0 if complete and not content["failed"] and not content["unsafe"] and not content["unexplained"] else 1

    def _check(self) -> None:
        if self.faults < 1:
            raise InputError(f"faults is {self.faults}; expected 1 or more")
        if not 0.0 <= self.hours < 1e4:
            raise InputError(f"hours is {self.hours}; expected 0 or more")
        chosen(self.only)
        for file in filter(None, (self.config, self.judged)):
            Limits.read(file)
        if len(checked_task(self.task).arms) != 1:
            raise InputError(f"task '{self.task}' has two arms; chaos needs a task of one, as wipe, press or peel")

    def _launch(self, run_dir: Path, console: Console) -> int:
        values: dict[str, str | int | float | bool | Path] = {
            "task": self.task,
            "faults": self.faults,
            "hours": float(self.hours),
            "seed": self.seed,
            "run_dir": run_dir,
            "driver_follows": self.driver,
        }
        if self.only:
            values["only"] = self.only
        files = {"config": self.config, "judged": self.judged}
        values |= {name: file.absolute() for name, file in files.items() if file is not None}
        # A graph of its own: whatever else runs on this machine must not be struck, nor answer.
        domain = str(101 + os.getpid() % 100)
        environment = {**os.environ, "ROS_DOMAIN_ID": domain, "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        command = launch_command("chaos.launch.xml", values)
        with (run_dir / LOG).open("w") as log, _child(command, environment) as child, _bar(console) as bars:
            bar = bars.add_task("starting", total=self.faults)
            try:
                for line in child.stdout or ():
                    log.write(line)
                    if found := _PROGRESS.search(line):
                        bars.update(bar, completed=int(found[1]), description=found[2])
                        log.flush()
            except KeyboardInterrupt:
                console.print("broken off; what was thrown is judged")
                child.send_signal(signal.SIGINT)
                log.writelines(child.stdout or ())
        return child.returncode


def with_bags(content: dict[str, Any], bag: Path) -> dict[str, Any]:
    """A run's figures with what became of its bags; lost ones count as unsafe."""
    verdicts = judge_bags(bag, [RecorderEnd(**end) for end in content["recorder_ends"]])
    lost = [asdict(verdict.finding) for verdict in verdicts if verdict.finding is not None]
    rows = [
        {"part": v.part, "ticks": v.messages, "recovered": v.recovered, "whole": v.finding is None} for v in verdicts
    ]
    content["unsafe"] += len(lost)
    content["unsafe_entries"] += [{**finding, "acting": []} for finding in lost]
    return content | {"bags": rows, "bags_whole": not lost, "catalogue": len(CATALOGUE)}


@contextmanager
def _child(command: list[str], environment: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """A launch whose output is read; it is asked to end, and waited for, however the block ends."""
    child = subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        yield child
    finally:
        if child.poll() is None:
            child.send_signal(signal.SIGINT)
        child.wait()


def _bar(console: Console) -> Progress:
    columns = (BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}"))
    return Progress(*columns, console=console, transient=True)
