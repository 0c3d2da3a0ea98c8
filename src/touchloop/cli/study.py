"""``touchloop study``: the benchmark with one thing changed."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table

from touchloop.bench.bench_files import study_content, write_json
from touchloop.bench.evaluate import Job, evaluate
from touchloop.bench.far_goals import BEYOND_M, evaluate_far, far_jobs, far_rows
from touchloop.bench.progress import run_cells
from touchloop.bench.protocol import rates_of
from touchloop.bench.results import EpisodeResult
from touchloop.bench.row_log import RowLog
from touchloop.bench.study import STUDIES, Scope, study_of
from touchloop.bench.study import Study as Plan
from touchloop.cli.report import report_on_bench
from touchloop.errors import InputError
from touchloop.policy.spec import POLICIES, checked_policy
from touchloop.policy.weights import default_weights
from touchloop.tasks.perturbation import checked_kind
from touchloop.tasks.registry import OWN_TASKS, checked_task

GUIDANCE = "guidance"
POLICIES_OF = {"rates": "rdp,touchloop", "samples": "rdp,touchloop", "ablations": "touchloop"}
PERTURB_OF = {"rates": "after", "samples": "none,after", "ablations": "none,after"}


@dataclass(frozen=True)
class Study:
    """Change one thing, keep the rest of the benchmark, and report it in the benchmark's folder.

    rates: the fast loop at 2, 10, 24, 60 and 250 Hz. samples: weights from fewer demonstrations. ablations: no latency
    compensation, no touch in the decoder, absolute actions, no disturbances in the demonstrations. guidance: goals
    outside the training range, with and without costs that steer the plans there.
    """

    name: Annotated[str, tyro.conf.Positional]
    """rates, samples, ablations or guidance."""
    tasks: str = "all"
    """A task, several with commas, or all."""
    policies: str | None = None
    """Several with commas; default rdp,touchloop, for ablations touchloop."""
    perturb: str | None = None
    """Several with commas; default none,after, for rates after."""
    protocol: str = "paper"
    """paper or free: all that is not changed."""
    episodes: int = 20
    """Of each cell."""
    seed: int = 1000
    """Seed of the first episode; the next ones count up."""
    weights: Path | None = None
    """Folder of TASK/POLICY-N (from N demonstrations) and TASK/POLICY-blind, -absolute, -undisturbed; default
    weights/studies of the project. The full weights are the project's unless TASK/POLICY is there too."""
    workers: int = 2
    """Processes."""
    out: Path | None = None
    """Folder of the run, a benchmark's too; what is there is gone on with. Default runs/study-NAME-DATE."""

    def run(self) -> int:
        """Run, print and write."""
        started_s = time.monotonic()
        self._check()
        out = self.out or Path("runs") / f"study-{self.name}-{datetime.now():%Y-%m-%d}"
        console = Console()
        if self.name == GUIDANCE:
            return self._far(out, console)
        plan = self._plan()
        for word in plan.missing:
            console.print(f"[yellow]left out: {word}", highlight=False)
        cells = [study_cell.cell for study_cell in plan.cells]
        seeds = range(self.seed, self.seed + self.episodes)
        log = RowLog(out)
        fresh = log.missing([job for cell in cells for job in cell.jobs(seeds)])
        console.print(
            f"{len(cells)} cells of {self.episodes} episodes, {fresh} to run; they are kept in {out}", highlight=False
        )
        outcomes = run_cells(cells, seeds, log, self._evaluate, self.name, console)
        about = {"protocol": self.protocol, "seed": self.seed, "episodes_run": fresh}
        about["wall_s"] = round(time.monotonic() - started_s, 1)
        content = study_content(self.name, plan.cells, outcomes, plan.missing, about)
        show(content["rows"], self.name, console)
        write_json(out / f"study-{self.name}.json", content)
        report_on_bench(out, 0, console)
        return 0

    def _far(self, out: Path, console: Console) -> int:
        """Goals outside the training range, unguided and guided."""
        tasks = list(BEYOND_M) if self.tasks == "all" else self.tasks.split(",")
        seeds = range(self.seed, self.seed + self.episodes)
        rates = rates_of(self.protocol, checked_policy("touchloop"))

        def folder(task: str) -> Path:
            return default_weights(task) if self.weights is None else self.weights / task / "touchloop"

        jobs = far_jobs(tasks, folder, seeds, rates)
        results = list(track(evaluate_far(jobs, self.workers), self.name, len(jobs), console=console))
        rows = far_rows(jobs, results)
        show(rows, self.name, console)
        out.mkdir(parents=True, exist_ok=True)
        about = {"study": self.name, "protocol": self.protocol, "seed": self.seed}
        write_json(out / f"study-{self.name}.json", {**about, "rows": rows})
        report_on_bench(out, 0, console)
        return 0

    def _plan(self) -> Plan:
        tasks = list(OWN_TASKS) if self.tasks == "all" else [checked_task(name).name for name in self.tasks.split(",")]
        policies = [checked_policy(p).name for p in (self.policies or POLICIES_OF[self.name]).split(",")]
        kinds = [checked_kind(kind) for kind in (self.perturb or PERTURB_OF[self.name]).split(",")]
        weights = self.weights or default_weights(tasks[0]).parents[1] / "studies"
        plan = study_of(self.name, Scope(tasks, policies, kinds, self.protocol, weights))
        if not plan.cells:
            raise InputError(f"nothing to run for study '{self.name}':\n  " + "\n  ".join(plan.missing))
        return plan

    def _check(self) -> None:
        if self.name not in (*STUDIES, GUIDANCE):
            raise InputError(f"study '{self.name}': expected one of {', '.join((*STUDIES, GUIDANCE))}")
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        rates_of(self.protocol, POLICIES["rdp"])

    def _evaluate(self, jobs: Sequence[Job]) -> Iterator[EpisodeResult]:
        return evaluate(jobs, self.workers)


def show(rows: Sequence[dict], title: str, console: Console) -> None:
    """A study's rows on the terminal."""
    table = Table("task", "policy", "perturb", "", title=title)
    for column in ("episodes", "success", "95 % interval", "score"):
        table.add_column(column, justify="right")
    task = None
    for row in rows:
        if task not in (None, row["task"]):
            table.add_section()
        task = row["task"]
        low, high = row["interval"]
        numbers = (f"{row['success_rate']:.2f}", f"{low:.2f} - {high:.2f}", f"{row['score_mean']:.2f}")
        table.add_row(task, row["policy"], row["perturb"], row["label"], str(row["episodes"]), *numbers)
    console.print(table)
