"""``touchloop bench``: success and score of policies over tasks and perturbations."""

import json as json_format
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from touchloop.bench.bench_files import BENCH, bench_content, write_json
from touchloop.bench.evaluate import Job, evaluate
from touchloop.bench.progress import run_cells
from touchloop.bench.protocol import PROTOCOLS, Rates, rates_of
from touchloop.bench.results import EpisodeResult, as_json
from touchloop.bench.row_log import RowLog
from touchloop.bench.show import show_failures, show_means, show_table
from touchloop.bench.suite import Cell, Outcome, cells_of
from touchloop.cli.report import report_on_bench
from touchloop.errors import InputError
from touchloop.policy.spec import POLICIES, checked_policy
from touchloop.policy.weights import CARD, default_weights, read_card
from touchloop.tasks.perturbation import checked_kind
from touchloop.tasks.registry import OWN_TASKS, checked_task

SUITE_PERTURBATIONS = ("none", "before", "after")


@dataclass(frozen=True)
class Bench:
    """Run many seeded episodes and print success and score with 95 % Wilson intervals.

    ``touchloop bench all --protocol paper`` runs every task with every policy that has weights, undisturbed and with
    the object moved before and after contact.
    """

    task: Annotated[str, tyro.conf.Positional] = "all"
    """A task, several with commas, or all."""
    policy: str | None = None
    """A policy, several with commas, or all; default touchloop, for all tasks every policy that has weights."""
    perturb: str | None = None
    """none, before (the object is moved before contact), after (after contact), push (the arm is pushed), both (after
    and push); several with commas; default none, for all tasks none, before and after."""
    protocol: str = "free"
    """paper: 1.5 Hz plans, 100-120 ms latency, 24 Hz fast loop; free: 2 Hz plans, 100 ms, 250 Hz."""
    episodes: int = 50
    """Of each task, policy and perturbation."""
    seed: int = 1000
    """Seed of the first episode; the next ones count up."""
    weights: Path | None = None
    """Folder with TASK/POLICY folders of weights, or, for one task and policy, that folder itself; default those of
    the project."""
    workers: int = 2
    """Processes (in process only)."""
    ray: bool = False
    """Spread the episodes over a Ray cluster (pip install touchloop[ray])."""
    ros: bool = False
    """Through the real nodes in lock-step instead of in process."""
    json: Path | None = None
    """Write the figures and one row an episode here."""
    out: Path | None = None
    """Folder of the run; one that is there is gone on with. Default runs/bench-DATE-TIME. It gets episodes.jsonl,
    bench.json, report.html, table.md, figure.png and videos/; 'touchloop report FOLDER' makes the last four again."""
    videos: int = 3
    """Film so many episodes of each task for the report; 0 for none."""

    def run(self) -> int:
        """Run, print and write."""
        started_s = time.monotonic()
        cells = self._cells()
        self._check()
        out = self.out or Path("runs") / f"bench-{datetime.now():%Y-%m-%d-%H-%M-%S}"
        seeds = range(self.seed, self.seed + self.episodes)
        jobs = [job for cell in cells for job in cell.jobs(seeds)]
        log = RowLog(out)
        console = Console()
        fresh = log.missing(jobs)
        console.print(
            f"{len(cells)} cells of {self.episodes} episodes, {fresh} to run; they are kept in {out}", highlight=False
        )
        outcomes = run_cells(cells, seeds, log, self._evaluate, self.protocol, console)
        wall_s = time.monotonic() - started_s
        show_table(outcomes, self.protocol, console)
        if len(outcomes) > 1:
            show_means(outcomes, console)
        else:
            show_failures(outcomes[0].results, console)
        console.print(f"{len(jobs)} episodes in {wall_s / 60:.1f} min", highlight=False)
        about = {"protocol": self.protocol, "seed": self.seed, "ros": self.ros, "wall_s": round(wall_s, 1)}
        if self.json is not None:
            content = self._content(outcomes, about)
            self.json.write_text(json_format.dumps(content, indent=2) + "\n")
        write_json(out / BENCH, bench_content(outcomes, {**about, "episodes_run": fresh}))
        report_on_bench(out, self.videos, console)
        return 0

    def _cells(self) -> list[Cell]:
        whole = self.task == "all"
        tasks = list(OWN_TASKS) if whole else [checked_task(name).name for name in self.task.split(",")]
        kinds = [checked_kind(kind) for kind in (self.perturb or _default(whole, SUITE_PERTURBATIONS)).split(",")]
        rates_of(self.protocol, POLICIES["rdp"])
        wanted = self.policy or ("all" if whole else "touchloop")
        policies = list(POLICIES) if wanted == "all" else [checked_policy(name).name for name in wanted.split(",")]
        folders = {(task, policy): self._folder(task, policy) for task in tasks for policy in policies}
        if wanted == "all":
            policies = [p for p in policies if all((folders[t, p] / CARD).is_file() for t in tasks)]
            if not policies:
                raise InputError(f"no policy has weights for {', '.join(tasks)}; train one with 'touchloop train'")
        for task in tasks:
            for policy in policies:
                read_card(folders[task, policy], task, policy)
        return cells_of(tasks, policies, kinds, self.protocol, folders)

    def _folder(self, task: str, policy: str) -> Path:
        if self.weights is None:
            return default_weights(task, policy)
        if (self.weights / CARD).is_file() or not self.weights.is_dir():
            return self.weights
        return self.weights / task / policy

    def _check(self) -> None:
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        for name in ("seed", "videos"):
            if getattr(self, name) < 0:
                raise InputError(f"--{name} {getattr(self, name)}: expected 0 or more")
        if self.protocol not in PROTOCOLS:
            raise InputError(f"--protocol {self.protocol}: expected one of {', '.join(PROTOCOLS)}")
        if self.ray and self.ros:
            raise InputError("--ray and --ros: choose one")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")

    def _evaluate(self, jobs: Sequence[Job]) -> Iterator[EpisodeResult]:
        if self.ros:
            from touchloop.bench.through_nodes import evaluate_through_nodes

            return evaluate_through_nodes(jobs)
        if self.ray:
            from touchloop.bench.on_ray import evaluate_on_ray

            return evaluate_on_ray(jobs)
        return evaluate(jobs, self.workers)

    def _content(self, outcomes: list[Outcome], about: dict[str, str | int | float | bool]) -> dict:
        if len(outcomes) > 1:
            return bench_content(outcomes, about)
        cell = outcomes[0].cell
        about = {**about, "task": cell.task, "policy": cell.policy, "perturbation": cell.perturbation}
        about |= {"weights_id": read_card(cell.weights).weights_id, **_rates(cell.rates)}
        return as_json(outcomes[0].results, about)


def _default(whole: bool, kinds: Sequence[str]) -> str:
    return ",".join(kinds) if whole else "none"


def _rates(rates: Rates) -> dict[str, float]:
    return {
        "plan_rate_hz": 1e9 / rates.plan_period_ns,
        "plan_latency_s": rates.plan_latency_ns * 1e-9,
        "fast_rate_hz": rates.fast_rate_hz,
    }
