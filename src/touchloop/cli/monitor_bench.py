"""``touchloop monitor bench``: how well failures are found, placed, explained and repaired."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.progress import track
from rich.table import Table

from touchloop.bench.bench_files import write_json
from touchloop.bench.monitor_bags import judge_bag
from touchloop.bench.monitor_bench import content_of, detect_all
from touchloop.bench.monitor_instructions import read_instructions, seeded
from touchloop.bench.monitor_repair import MODES, WITH_PICTURES, Mode
from touchloop.bench.monitor_score import EpisodeRow, clustered_interval, score_of
from touchloop.bench.monitor_success import FAILING, UNDISTURBED, RepairRow, Ways, run_instructions, success_of
from touchloop.cli.monitor_calibrate import LIMITS
from touchloop.data.bag_folders import bags_in
from touchloop.errors import InputError
from touchloop.monitor.evidence.judges import judge_from
from touchloop.monitor.evidence.limits import Limits
from touchloop.tasks.workbench.skills import BACKENDS


@dataclass(frozen=True)
class Bench:
    """Score the monitor: half of the episodes with an injected failure, on benches that it has not seen.

    With --instructions FILE each is also run whole: undisturbed, and with one failure in each mode. With --bags FOLDER
    what task.launch.xml has recorded is judged instead, offline.
    """

    episodes: int = 100
    """Of detection; every other one with a failure."""
    seed: int = 3000
    """Of the first. 100 to 699 were used while the monitor was made."""
    instructions: Path | None = None
    """Instructions to be run whole: a text file with one a line, or YAML as tests/data/instructions.yaml."""
    most: int = 60
    """Of the instructions."""
    modes: str = ",".join(MODES)
    """Of those runs, with commas: how failures are noticed. none: not at all; log: by what skills say themselves;
    pictures: by pictures after each step; log_pictures: by both; evidence: by all evidence. All but none repair."""
    vlm: str = "weights/vlm"
    """Judges pictures: a folder from ``touchloop vlm train``, or the address of an OpenAI-style endpoint."""
    backend: str = "scripted"
    """Of the skills: scripted or learned."""
    limits: Path = LIMITS
    """From ``touchloop monitor calibrate``."""
    bags: tuple[Path, ...] = ()
    """Folders of bags, to be judged instead of new episodes."""
    workers: int = 2
    """Processes."""
    json: Path | None = None
    """Write all figures here."""

    def run(self) -> int:
        """Run, print and write; 0 also where an aim is missed: the figures say so."""
        self._check()
        limits, console, started_s = Limits.load(self.limits), Console(), time.monotonic()
        rows = self._judged_bags(limits, console) if self.bags else self._episodes(limits, console)
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

    def _episodes(self, limits: Limits, console: Console) -> list[EpisodeRow]:
        jobs = detect_all(range(self.seed, self.seed + self.episodes), limits, self.workers, self.backend)
        return sorted(track(jobs, "episodes", self.episodes, console=console), key=lambda row: row.seed)

    def _judged_bags(self, limits: Limits, console: Console) -> list[EpisodeRow]:
        paths = bags_in(self.bags)
        found = [judge_bag(path, limits) for path in track(paths, "bags", console=console)]
        table = Table("bag", "injected", "found in the bag", "told while it was recorded")
        for bag in found:
            mode, step, fact_s = bag.injected or ("nothing", 0, 0.0)
            injected = f"{mode} in step {step} at {fact_s:.2f} s" if bag.injected else mode
            offline = "; ".join(f"{said.verdict.cause} at {said.time_s:.2f} s" for said in bag.offline)
            live = "; ".join(f"{cause} at {time_s:.2f} s" for cause, time_s in bag.live)
            table.add_row(str(bag.path), injected, offline or "nothing", live or "nothing")
        console.print(table)
        return [bag.row for bag in found]

    def _repairs(self, limits: Limits, console: Console) -> list[RepairRow]:
        if self.instructions is None or self.bags:
            return []
        said = list(seeded(read_instructions(self.instructions)[: self.most], self.seed))
        modes = _modes(self.modes)
        ways = Ways(modes, limits, self.backend, self.vlm)
        calm = [(seed, text, False) for seed, text in said]
        harmed = [(seed, text, True) for seed, text in said]
        rows: list[RepairRow] = []
        # Undisturbed, blind runs do the same steps as watched ones that do not take fright.
        watched = replace(ways, modes=tuple(mode for mode in modes if mode not in ("none", "log")))
        for name, jobs, how in (("undisturbed", calm, watched), ("one failure each", harmed, ways)):
            for some in track(run_instructions(jobs, how, self.workers), name, len(jobs), console=console):
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
        modes = _modes(self.modes)
        if self.instructions is not None and any(mode in WITH_PICTURES for mode in modes):
            judge_from(self.vlm)


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
    aims = {("evidence", UNDISTURBED): ">= 0.90", ("evidence", FAILING): ">= 0.85", ("none", FAILING): "<= 0.45"}
    found = success_of(repairs)
    for name in (UNDISTURBED, FAILING):
        modes = {mode: of[name] for mode, of in found.items() if name in of}
        runs = max((success.runs for success in modes.values()), default=0)
        title = f"success, {name}: {runs} runs each"
        table = Table("noticed by", "success", "95 %", "aim", "repairs", "time", "asked", "tokens", title=title)
        for mode, success in modes.items():
            table.add_row(
                mode,
                f"{success.share:.2f}",
                f"{success.low:.2f}-{success.high:.2f}",
                aims.get((mode, name), ""),
                f"{success.repairs:.2f}",
                f"{success.time_s:.1f} s",
                f"{success.questions:.1f}",
                f"{success.tokens:.0f}",
            )
        console.print(table)
    for row in repairs:
        if not row.success and row.mode == "evidence":
            console.print(
                f"  seed {row.seed}: {row.instruction} | {row.failure or UNDISTURBED} | {row.told}", markup=False
            )
