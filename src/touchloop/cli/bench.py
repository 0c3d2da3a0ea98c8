"""``touchloop bench``: success and score of a policy over many seeded episodes."""

import json as json_format
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
from rich.console import Console
from rich.progress import track
from rich.table import Table

from touchloop.bench.evaluate import evaluate
from touchloop.bench.results import EpisodeResult, as_json, summarise
from touchloop.bench.rollout import Rates
from touchloop.errors import InputError
from touchloop.policy.weights import default_weights, read_card
from touchloop.sim.world import CAMERA_TICKS, PERIOD_NS, PERIOD_S
from touchloop.tasks.environment import checked_task
from touchloop.tasks.perturbation import checked_kind


@dataclass(frozen=True)
class Bench:
    """Run many seeded episodes and print success and score with intervals."""

    task: Annotated[str, tyro.conf.Positional]
    """Name of the task: wipe."""
    policy: Literal["rdp"] = "rdp"
    perturb: str = "none"
    """none, board (it is moved), push (the arm is pushed) or both."""
    episodes: int = 50
    seed: int = 1000
    """Seed of the first episode; the next ones count up."""
    weights: Path | None = None
    """Weights folder; default those of the project."""
    plan_rate_hz: float = 2.0
    plan_latency_s: float = 0.1
    """Emulated in simulation time, so that results do not depend on the machine."""
    workers: int = 2
    """Processes (in process only)."""
    ros: bool = False
    """Through the real nodes in lock-step instead of in process."""
    json: Path | None = None
    """Write the figures and one row an episode here."""

    def run(self) -> int:
        """Run, print and write."""
        checked_task(self.task)
        checked_kind(self.perturb)
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        if not 0.5 <= self.plan_rate_hz <= 10.0:
            raise InputError(f"--plan-rate-hz {self.plan_rate_hz}: expected 0.5 to 10")
        if round(1e9 / self.plan_rate_hz) % (CAMERA_TICKS * PERIOD_NS):
            period_s = CAMERA_TICKS * PERIOD_S
            raise InputError(
                f"--plan-rate-hz {self.plan_rate_hz:g}: expected a period that is a multiple of the camera's "
                f"{period_s:g} s, such as 10, 5, 2.5, 2 or 1 Hz"
            )
        if not 0.0 <= self.plan_latency_s <= 1.0:
            raise InputError(f"--plan-latency-s {self.plan_latency_s}: expected 0 to 1")
        weights = self.weights or default_weights(self.task)
        card = read_card(weights, self.task)
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")
        console = Console()
        label = f"{self.task} {self.policy} perturb {self.perturb}{' through the nodes' if self.ros else ''}"
        results = list(track(self._results(weights), label, self.episodes, console=console))
        _show(results, label, console)
        if self.json is not None:
            about = {
                "task": self.task,
                "policy": self.policy,
                "perturbation": self.perturb,
                "weights_id": card.weights_id,
                "seed": self.seed,
                "ros": self.ros,
                "plan_rate_hz": self.plan_rate_hz,
                "plan_latency_s": self.plan_latency_s,
            }
            self.json.write_text(json_format.dumps(as_json(results, about), indent=2) + "\n")
        return 0

    def _results(self, weights: Path) -> Iterator[EpisodeResult]:
        seeds = range(self.seed, self.seed + self.episodes)
        if self.ros:
            from touchloop.bench.through_nodes import evaluate_through_nodes

            return evaluate_through_nodes(
                self.task, weights, seeds, self.perturb, self.plan_rate_hz, self.plan_latency_s
            )
        rates = Rates(round(1e9 / self.plan_rate_hz), round(self.plan_latency_s * 1e9))
        return evaluate(self.task, weights, seeds, self.perturb, rates, self.workers)


def _show(results: list[EpisodeResult], label: str, console: Console) -> None:
    summary = summarise(results)
    table = Table(title=label)
    for column in ("episodes", "success", "95 % interval", "score", "coverage", "in band", "peak force N"):
        table.add_column(column, justify="right")
    table.add_row(
        str(summary.episodes),
        f"{summary.success_rate:.2f}",
        f"{summary.success_low:.2f} - {summary.success_high:.2f}",
        f"{summary.score_mean:.2f}",
        f"{summary.coverage_mean:.3f}",
        f"{summary.in_band_mean:.3f}",
        f"{summary.peak_force_max_n:.1f}",
    )
    console.print(table)
    for r in results:
        if not r.success:
            console.print(
                f"failed: seed {r.seed}, coverage {r.coverage:.2f}, in band {r.in_band_ratio:.2f}, "
                f"peak {r.peak_force_n:.1f} N, {r.duration_s:.1f} s",
                highlight=False,
            )
