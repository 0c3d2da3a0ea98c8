"""``touchloop monitor calibrate``: what is usual on this bench, from undisturbed runs."""

from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from touchloop.bench.monitor_bench import calibrate
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import SCORES, Limits
from touchloop.tasks.workbench.skills import BACKENDS

LIMITS = Path("config") / "monitor_limits.yaml"


@dataclass(frozen=True)
class Calibrate:
    """Set the monitor's limits: run programs undisturbed and keep the highest score of each kind of step."""

    runs: int = 80
    """Programs of one to three parts."""
    seed: int = 500
    """Of the first."""
    backend: str = "scripted"
    """Of the skills: scripted or learned. Calibrate anew for each robot, bench and back end."""
    out: Path = LIMITS
    """Where to write them."""
    workers: int = 2
    """Processes."""

    def run(self) -> int:
        """Run, print and write."""
        if self.runs < 1 or self.seed < 0 or self.workers < 1:
            raise InputError(f"runs {self.runs}, seed {self.seed}, workers {self.workers}: expected 1, 0, 1 or more")
        if self.backend not in BACKENDS:
            raise InputError(f"backend '{self.backend}': expected one of {', '.join(BACKENDS)}")
        if not self.out.absolute().parent.is_dir():
            raise InputError(f"out {self.out}: its folder does not exist")
        console, steps, good = Console(), [], 0
        jobs = calibrate(range(self.seed, self.seed + self.runs), self.workers, self.backend)
        for scores in track(jobs, "undisturbed runs", self.runs, console=console):
            steps += scores
            good += bool(scores)
        limits = Limits.calibrated(steps)
        command = f"touchloop monitor calibrate --runs {self.runs} --seed {self.seed} --backend {self.backend}"
        limits.save(self.out, f"Highest scores of undisturbed steps: {command}")
        table = Table("skill", "steps", *SCORES)
        for skill, highest in sorted(limits.highest.items()):
            table.add_row(
                skill, str(limits.runs[skill]), *(f"{highest[s]:.4f}" if s in highest else "" for s in SCORES)
            )
        console.print(table)
        console.print(f"{good} of {self.runs} runs were good and counted; limits in {self.out}")
        return 0
