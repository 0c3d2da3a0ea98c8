"""``touchloop vpr bench``: place recognition along a simulated corridor, with each bias controller."""

import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from touchloop.bench.bench_files import write_json
from touchloop.bench.event_bench import Mean
from touchloop.bench.vpr_bench import (
    AIM_POINTS,
    ARMS,
    CHANGING,
    DEVELOPMENT_SEEDS,
    OURS,
    SeedResult,
    VprRow,
    content_of,
    gains_of,
    rows_of,
    run_bench,
)
from touchloop.bench.vpr_drive import CAMERA, DRIVES, SIZE, DriveJob
from touchloop.errors import InputError
from touchloop.events.biasing.controller import CONTROLLERS
from touchloop.events.sensors.camera import checked_camera

BENCH, REPORT = "vpr-bench.json", "report.html"
PIPE_WIDTH = 160
"""A pipe has no width, and its lines are not to be wrapped."""
SHORTEST_M = 20.0


@dataclass(frozen=True)
class Bench:
    """Score place recognition from events: which controller's events tell best where the camera is.

    For each seed a corridor of its own is driven five times: once at medium light for the map, then at low, medium and
    high light and through changing light. All arms see the same pictures.
    """

    arms: str = "all"
    """Controllers, several with commas; all: fixed, jaer_bandwidth (PxBw), jaer_threshold (PxTh), jaer_refractory
    (RfPr), fast_slow, steady (ours)."""
    seeds: int = 5
    """How many."""
    seed: int = 1
    """The first one; the next ones count up. 900 to 999 were used while this was made."""
    length: float = 100.0
    """Of the corridor [m]."""
    size: tuple[int, int] = SIZE
    """Columns and rows of the simulated pixel array, which stands for the whole sensor."""
    workers: int = 2
    """Processes."""
    json: Path | None = None
    """Write all figures here too."""
    out: Path | None = None
    """Folder for vpr-bench.json and report.html; default runs/vpr-bench-DATE-TIME."""

    def run(self) -> int:
        """Run, print and write; 0 also where the aim is missed: the figures say so."""
        started_s = time.monotonic()
        arms = self._arms()
        self._check()
        out = self.out or Path("runs") / f"vpr-bench-{datetime.now():%Y-%m-%d-%H-%M-%S}"
        seeds = range(self.seed, self.seed + self.seeds)
        console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
        results = self._results(seeds, arms, console)
        wall_s = round(time.monotonic() - started_s, 1)
        command = (
            f"touchloop vpr bench --arms {','.join(arms)} --seed {self.seed} --seeds {self.seeds} "
            f"--length {self.length:g} --size {self.size[0]} {self.size[1]}"
        )
        about = {
            "seeds": list(seeds),
            "arms": {arm: CONTROLLERS[arm] for arm in arms},
            "length_m": self.length,
            "size": list(self.size),
            "camera": CAMERA,
            "wall_s": wall_s,
            "command": command,
        }
        content = content_of(results, about)
        rows = rows_of(results)
        show_rows(rows, console)
        show_gains(gains_of(results), console)
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / BENCH, content)
        if self.json is not None:
            write_json(self.json, content)
        from touchloop.report.vpr_page import render_vpr_page  # matplotlib only where it is needed

        (out / REPORT).write_text(render_vpr_page(results, about))
        console.print(f"{len(seeds) * len(DRIVES)} drives in {wall_s / 60:.1f} min; {out / REPORT}", highlight=False)
        return 0

    def _results(self, seeds: Sequence[int], arms: Sequence[str], console: Console) -> list[SeedResult]:
        results = []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bars:
            bar = bars.add_task("driving", total=len(seeds) * len(DRIVES))
            for one in run_bench(seeds, arms, self.size, self.length, self.workers):
                if isinstance(one, DriveJob):
                    bars.update(bar, advance=1, description=f"seed {one.seed} {one.drive}")
                else:
                    results.append(one)
        return results

    def _arms(self) -> list[str]:
        arms = list(ARMS) if self.arms == "all" else self.arms.split(",")
        for arm in arms:
            if arm not in CONTROLLERS:
                raise InputError(f"--arms '{arm}': expected all or some of {', '.join(CONTROLLERS)}")
        return list(dict.fromkeys(arms))

    def _check(self) -> None:
        for name in ("seeds", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        if not SHORTEST_M <= self.length <= 2000.0:
            raise InputError(f"--length {self.length}: expected {SHORTEST_M:g} to 2000 m")
        sensor = checked_camera(CAMERA)
        if not (32 <= self.size[0] <= sensor.width and 32 <= self.size[1] <= sensor.height):
            raise InputError(f"--size {self.size}: expected 32 32 to {sensor.width} {sensor.height}")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")
        first, last = DEVELOPMENT_SEEDS
        if self.seed < last and self.seed + self.seeds > first:
            print(f"note: seeds {first} to {last - 1} were used while this was made", file=sys.stderr)


def show_rows(rows: Sequence[VprRow], console: Console) -> None:
    """A table of all drives."""
    table = Table(title="recall, mean over seeds, 95 % interval")
    table.add_column("light")
    table.add_column("matching")
    table.add_column("arm")
    for column in ("recall@1", "@5", "@10", "@1 of usable", "usable", "PR area", "in band", "changes"):
        table.add_column(column, justify="right")
    last = None
    for row in rows:
        place = (row.drive, row.mode)
        if last not in (None, place):
            table.add_section()
        table.add_row(
            "" if place == last else row.drive,
            "" if place == last else row.mode,
            row.arm,
            percent(row.recall[1], True),
            percent(row.recall[5]),
            percent(row.recall[10]),
            percent(row.used_recall),
            percent(row.used),
            f"{row.area.mean:.2f}",
            percent(row.in_band),
            f"{row.changes.mean:.0f}",
        )
        last = place
    console.print(table)


def show_gains(gains: Sequence[dict], console: Console) -> None:
    """Ours against the others, a line each."""
    for gain in gains:
        text = (
            f"{gain['drive']}, {gain['mode']}: {OURS} {gain['ours']:.1%}, best other {gain['best_other']} "
            f"{gain['best_other_recall']:.1%}"
        )
        over = gain["over_fixed"]
        if over is not None:
            text += f", {100 * over['mean']:+.1f} points over fixed"
            if over["low"] == over["low"]:
                text += f" ({100 * over['low']:+.1f} to {100 * over['high']:+.1f})"
            if gain["drive"] == CHANGING:
                text += f", aim {100 * AIM_POINTS:+.0f}"
        console.print(f"[{'green' if gain['met'] else 'red'}]{text}", highlight=False)


def percent(mean: Mean, with_interval: bool = False) -> str:
    """A share, and its interval where there is one."""
    if not with_interval or mean.low != mean.low:
        return f"{mean.mean:.1%}"
    return f"{mean.mean:.1%} ({mean.low:.1%} - {mean.high:.1%})"
