"""``touchloop monitor bench``: how well failures are found, placed, explained and repaired."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from touchloop.bench.bench_files import write_json
from touchloop.bench.monitor_bench import RepairRow, content_of, detect_all, run_instructions, success_of
from touchloop.bench.monitor_instructions import read_instructions, seeded
from touchloop.bench.monitor_repair import MODES, Mode
from touchloop.bench.monitor_score import EpisodeRow, clustered_interval, score_of
from touchloop.cli.monitor_calibrate import LIMITS
from touchloop.errors import InputError
from touchloop.monitor.evidence.limits import Limits
from touchloop.tasks.workbench.skills import BACKENDS


@dataclass(frozen=True)
class Bench:
    """Score the monitor: half of the episodes with an injected failure, on benches that it has not seen.

    With --instructions FILE each is also run whole: undisturbed, and with one failure in each mode.
    """

    episodes: int = 100
    """Of detection; every other one with a failure."""
    seed: int = 3000
    """Of the first. 100 to 699 were used while the monitor was made."""
    instructions: Path | None = None
    """Instructions to be run whole: a text file with one a line, or YAML as tests/data/instructions.yaml."""
    most: int = 60
    """Of the instructions."""
    modes: str = "none,log,evidence"
    """Of those runs, with commas."""
    backend: str = "scripted"
    """Of the skills: scripted or learned."""
    limits: Path = LIMITS
    """From ``touchloop monitor calibrate``."""
    workers: int = 2
    """Processes."""
    json: Path | None = None
    """Write all figures here."""

    def run(self) -> int:
        """Run, print and write; 0 also where an aim is missed: the figures say so."""
        self._check()
        limits, console, started_s = Limits.load(self.limits), Console(), time.monotonic()
        jobs = detect_all(range(self.seed, self.seed + self.episodes), limits, self.workers, self.backend)
        rows = sorted(track(jobs, "episodes", self.episodes, console=console), key=lambda row: row.seed)
        if rows:
            _show_detection(rows, console)
        repairs = self._repairs(limits, console)
        if repairs:
            _show_success(repairs, console)
        console.print(f"{time.monotonic() - started_s:.0f} s")
        if self.json is not None:
            about = {"seed": self.seed, "backend": self.backend, "limits": str(self.limits)}
            write_json(self.json, content_of(rows, repairs, about))
        return 0

    def _repairs(self, limits: Limits, console: Console) -> list[RepairRow]:
        if self.instructions is None:
            return []
        said = list(seeded(read_instructions(self.instructions)[: self.most], self.seed))
        modes = _modes(self.modes)
        calm = [(seed, text, False) for seed, text in said]
        harmed = [(seed, text, True) for seed, text in said]
        rows: list[RepairRow] = []
        ours: tuple[Mode, ...] = ("evidence",)
        for name, jobs, in_modes in (("undisturbed", calm, ours), ("one failure each", harmed, modes)):
            found = run_instructions(jobs, in_modes, limits, self.workers, self.backend)
            for some in track(found, name, len(jobs), console=console):
                rows += some
        return rows

    def _check(self) -> None:
        if self.episodes < 0 or self.seed < 0 or self.workers < 1:
            raise InputError(
                f"episodes {self.episodes}, seed {self.seed}, workers {self.workers}: expected 0, 0, 1 or more"
            )
        if self.backend not in BACKENDS:
            raise InputError(f"backend '{self.backend}': expected one of {', '.join(BACKENDS)}")
        if self.instructions is not None and not self.instructions.is_file():
            raise InputError(f"instructions {self.instructions}: no such file")
        _modes(self.modes)


def _modes(text: str) -> tuple[Mode, ...]:
    wanted = [name.strip() for name in text.split(",")]
    for name in wanted:
        if name not in MODES:
            raise InputError(f"mode '{name}': expected some of {', '.join(MODES)}")
    return tuple(mode for mode in MODES if mode in wanted)


def _show_detection(rows: Sequence[EpisodeRow], console: Console) -> None:
    score = score_of(rows)
    table = Table("figure", "value", "95 % interval", "aim")
    aims = {
        "balanced_accuracy": ">= 0.95",
        "false_alarm_rate": "<= 0.02",
        "localisation": ">= 0.92",
        "cause": ">= 0.85",
        "latency_p50_s": "<= 0.5",
        "latency_p95_s": "<= 2",
    }
    for name in (
        "episodes",
        "base_rate",
        "recall",
        "precision",
        "false_alarm_rate",
        "balanced_accuracy",
        "localisation",
        "cause",
        "latency_p50_s",
        "latency_p95_s",
    ):
        value = getattr(score, name)
        low, high = (
            clustered_interval(rows, name)
            if name in ("recall", "balanced_accuracy", "localisation", "cause", "false_alarm_rate")
            else (None, None)
        )
        interval = "" if low is None or high is None else f"{low:.3f} to {high:.3f}"
        table.add_row(name, f"{value:.3f}" if isinstance(value, float) else str(value), interval, aims.get(name, ""))
    console.print(table)
    wrong = Table("seed", "program", "injected", "said", "evidence", title="what it got wrong")
    for row in rows:
        good = row.detected and (row.said, row.said_step) == (row.mode, row.step) if row.mode else not row.alarmed
        if not good:
            injected = f"{row.mode} in step {row.step} at {row.fact_s:.1f} s" if row.mode else "nothing"
            said = f"{row.said} in step {row.said_step} at {row.said_s:.1f} s" if row.said else "nothing"
            wrong.add_row(str(row.seed), row.program, injected, said, row.evidence)
    if wrong.row_count:
        console.print(wrong)


def _show_success(repairs: Sequence[RepairRow], console: Console) -> None:
    table = Table("mode", "undisturbed", "with a failure")
    for mode, shares in success_of(repairs).items():
        cells = [f"{shares[name]:.2f}" if name in shares else "" for name in ("undisturbed", "with a failure")]
        table.add_row(mode, *cells)
    console.print(table)
    for row in repairs:
        if not row.success and row.mode == "evidence":
            console.print(
                f"  seed {row.seed}: {row.instruction} | {row.failure or 'undisturbed'} | {row.told}", markup=False
            )
