"""``touchloop eval``: one policy on one task, at any rates."""

import json as json_format
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import track

from touchloop.bench.evaluate import Job, evaluate
from touchloop.bench.protocol import Rates, rates_of
from touchloop.bench.results import as_json
from touchloop.bench.show import show_failures, show_table
from touchloop.bench.suite import Cell, Outcome
from touchloop.errors import InputError
from touchloop.policy.weights import default_weights, read_card
from touchloop.sim.world import PERIOD_NS
from touchloop.tasks.perturbation import checked_kind
from touchloop.tasks.registry import checked_task

RATE_BOUNDS_HZ = (1.0, 250.0)


@dataclass(frozen=True)
class Eval:
    """Score one policy on one task and perturbation; every rate of the protocol can be changed."""

    task: Annotated[str, tyro.conf.Positional]
    """Name of the task: wipe, peel, insert, lift, press or one that a package adds."""
    policy: str = "touchloop"
    weights: Path | None = None
    """Weights folder; default that of the project for the task and policy."""
    perturb: str = "none"
    """none, before (the object is moved before contact), after (after contact), push (the arm is pushed) or both."""
    episodes: int = 20
    seed: int = 1000
    """Seed of the first episode; the next ones count up."""
    protocol: str = "free"
    """Where the rates come from that are not given: paper or free."""
    plan_rate_hz: float | None = None
    plan_latency_s: float | None = None
    """Emulated in simulation time, as all rates."""
    fast_rate_hz: float | None = None
    """Of decoding and correction."""
    latency_compensation: bool = True
    """Use a plan from its own time stamp on; otherwise from its first step."""
    workers: int = 2
    json: Path | None = None
    """Write the figures and one row an episode here."""

    def run(self) -> int:
        """Run, print and write."""
        checked_task(self.task)
        kind = checked_kind(self.perturb)
        for name in ("episodes", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")
        weights = self.weights or default_weights(self.task, self.policy)
        card = read_card(weights, self.task, self.policy)
        rates = self._rates(rates_of(self.protocol, card.spec))
        cell = Cell(self.task, self.policy, kind, weights, rates)
        jobs: list[Job] = cell.jobs(range(self.seed, self.seed + self.episodes))
        console = Console()
        label = f"{self.task} {self.policy} {kind}"
        results = list(track(evaluate(jobs, self.workers), label, len(jobs), console=console))
        show_table([Outcome(cell, tuple(results))], label, console)
        show_failures(results, console)
        if self.json is not None:
            about = {"task": self.task, "policy": self.policy, "perturbation": kind, "seed": self.seed}
            about |= {"weights_id": card.weights_id, "plan_rate_hz": 1e9 / rates.plan_period_ns}
            about |= {"plan_latency_s": rates.plan_latency_ns * 1e-9, "fast_rate_hz": rates.fast_rate_hz}
            self.json.write_text(json_format.dumps(as_json(results, about), indent=2) + "\n")
        return 0

    def _rates(self, rates: Rates) -> Rates:
        for name in ("plan_rate_hz", "fast_rate_hz"):
            value = getattr(self, name)
            if value is not None and not RATE_BOUNDS_HZ[0] <= value <= RATE_BOUNDS_HZ[1]:
                option = name.replace("_", "-")
                raise InputError(f"--{option} {value:g}: expected {RATE_BOUNDS_HZ[0]:g} to {RATE_BOUNDS_HZ[1]:g}")
        if self.plan_rate_hz is not None:
            rates = replace(rates, plan_period_ns=round(1e9 / self.plan_rate_hz / PERIOD_NS) * PERIOD_NS)
        if self.plan_latency_s is not None:
            if not 0.0 <= self.plan_latency_s <= 1.0:
                raise InputError(f"--plan-latency-s {self.plan_latency_s:g}: expected 0 to 1")
            rates = replace(rates, plan_latency_ns=round(self.plan_latency_s * 1e9 / PERIOD_NS) * PERIOD_NS)
        if self.fast_rate_hz is not None:
            rates = replace(rates, fast_rate_hz=self.fast_rate_hz)
        return replace(rates, compensate_latency=self.latency_compensation)
