"""``touchloop events bench``: bias controllers on simulated cameras, over light and speed."""

import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from touchloop.bench.bench_files import write_json
from touchloop.bench.event_bench import (
    AIM_CHANGES,
    AIM_IN_BAND,
    ALL,
    OURS,
    EventRow,
    Mean,
    aims_of,
    content_of,
    jobs_of,
    measure_streams,
    reach_jobs,
    rows_of,
    spread,
)
from touchloop.bench.event_loop import LoopResult, run_loop
from touchloop.bench.event_overload import Overload
from touchloop.bench.event_reach import ReachJob, reachable
from touchloop.bench.event_scenarios import SCENARIOS
from touchloop.errors import InputError
from touchloop.events.biasing.controller import CONTROLLERS
from touchloop.events.sensors.camera import checked_camera

REPORT = "report.html"
PIPE_WIDTH = 160
"""A pipe has no width, and its lines are not to be wrapped."""


@dataclass(frozen=True)
class Bench:
    """Score bias controllers: how long they hold the event rate in its band, and with how many changes.

    A patch of 48 x 36 pixels of a simulated camera, scaled to its sensor, looks at moving texture in light from 1 to
    10,000 lux: steps, ramps, and speeds x10. Also measures the cost at 10 Mev/s and an overload of 50 Mev/s.
    """

    cameras: str = "davis346,evk4"
    """Several with commas: davis346, gen31, gen41, evk4."""
    controllers: str = "all"
    """Several with commas, or all: fixed, fast_slow, fast_slow_mended, jaer_threshold, jaer_bandwidth,
    jaer_refractory, steady (ours)."""
    scenarios: str = "all"
    """Several with commas, or all."""
    seeds: int = 5
    """How many."""
    seed: int = 1000
    """The first one; the next ones count up."""
    workers: int = 2
    """Processes."""
    reach: bool = True
    """Sweep the biases for what can be reached at all."""
    overload: bool = True
    """Measure cost and overload."""
    json: Path | None = None
    """Write all figures here."""
    out: Path | None = None
    """Folder for bench.json and report.html; default runs/events-bench-DATE-TIME."""

    def run(self) -> int:
        """Run, print and write; 0 also where the aim is missed: the figures say so."""
        started_s = time.monotonic()
        cameras = [checked_camera(name).name for name in self.cameras.split(",")]
        controllers = _chosen("controllers", self.controllers, tuple(CONTROLLERS))
        scenarios = _chosen("scenarios", self.scenarios, SCENARIOS)
        self._check()
        out = self.out or Path("runs") / f"events-bench-{datetime.now():%Y-%m-%d-%H-%M-%S}"
        seeds = range(self.seed, self.seed + self.seeds)
        console = Console(width=None if sys.stdout.isatty() else PIPE_WIDTH)
        results, reach = self._runs(cameras, controllers, scenarios, seeds, console)
        streams = self._streams(cameras, console)
        rows = rows_of(results, reach)
        wall_s = round(time.monotonic() - started_s, 1)
        command = (
            f"touchloop events bench --cameras {self.cameras} --controllers {self.controllers} "
            f"--scenarios {self.scenarios} --seed {self.seed} --seeds {self.seeds}"
        )
        about = {"seeds": list(seeds), "runs": len(results), "wall_s": wall_s, "command": command}
        content = content_of(rows, streams, about)
        show_rows(rows, console)
        show_streams(streams, console)
        show_aims(rows, console)
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "bench.json", content)
        if self.json is not None:
            write_json(self.json, content)
        from touchloop.report.event_page import render_event_page  # matplotlib only where it is needed

        (out / REPORT).write_text(render_event_page(rows, results, streams, about))
        console.print(f"{len(results)} runs in {wall_s / 60:.1f} min; {out / REPORT}", highlight=False)
        return 0

    def _runs(
        self,
        cameras: Sequence[str],
        controllers: Sequence[str],
        scenarios: Sequence[str],
        seeds: Sequence[int],
        console: Console,
    ) -> tuple[list[LoopResult], dict[ReachJob, float]]:
        jobs = jobs_of(cameras, controllers, scenarios, seeds)
        sweeps = reach_jobs(cameras, scenarios, seeds) if self.reach else []
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=console) as bars:
            bar = bars.add_task("control", total=len(jobs))

            def counted() -> Iterator[LoopResult]:
                for job, result in zip(jobs, spread(run_loop, jobs, self.workers), strict=True):
                    bars.update(bar, advance=1, description=f"{job.camera} {job.scenario}")
                    yield result

            results = list(counted())
            reach = {}
            bar = bars.add_task("reachable", total=len(sweeps), visible=bool(sweeps))
            for sweep, share in zip(sweeps, spread(reachable, sweeps, self.workers) if sweeps else (), strict=True):
                bars.advance(bar)
                reach[sweep] = share
        return results, reach

    def _streams(self, cameras: Sequence[str], console: Console) -> dict[str, Overload]:
        if not self.overload:
            return {}
        with console.status("cost and overload"):
            return {f"{camera} {name}": s for camera in cameras for name, s in measure_streams(camera).items()}

    def _check(self) -> None:
        for name in ("seeds", "workers"):
            if getattr(self, name) < 1:
                raise InputError(f"--{name} {getattr(self, name)}: expected 1 or more")
        if self.seed < 0:
            raise InputError(f"--seed {self.seed}: expected 0 or more")
        if self.json is not None and not self.json.absolute().parent.is_dir():
            raise InputError(f"--json {self.json}: its folder does not exist")


def show_rows(rows: Sequence[EventRow], console: Console) -> None:
    """A table for each camera."""
    for camera in dict.fromkeys(row.camera for row in rows):
        table = Table(title=f"{camera}: mean over seeds, 95 % interval")
        table.add_column("scenario")
        table.add_column("controller")
        for column in ("in band", "changes", "parameters", "changes/min", "ON", "saturated", "reachable"):
            table.add_column(column, justify="right")
        last = None
        for row in (row for row in rows if row.camera == camera):
            if last not in (None, row.scenario):
                table.add_section()
            table.add_row(
                "" if row.scenario == last else row.scenario,
                row.controller,
                _share(row.in_band),
                _number(row.changes),
                f"{row.parameters.mean:.0f}",
                f"{row.changes_a_minute.mean:.1f}",
                f"{row.on_share.mean:.0%}",
                f"{row.saturated_s.mean:.2f} s",
                "-" if row.reachable is None else f"{row.reachable:.0%}",
            )
            last = row.scenario
        console.print(table)


def show_streams(streams: dict[str, Overload], console: Console) -> None:
    """Cost and overload, a line each."""
    for name, s in streams.items():
        console.print(
            f"{name}: {s.rate_hz / 1e6:.0f} Mev/s for {s.duration_s:.0f} s: {s.core_share:.1%} of a core, memory grew "
            f"{s.grown_mb:.1f} MB, {s.steps} steps, {s.changes} changes, state {s.state}; "
            f"then 5 s quiet: {s.changes_after} changes",
            highlight=False,
        )


def show_aims(rows: Sequence[EventRow], console: Console) -> None:
    """Whether ours does what is asked of it."""
    for aim in aims_of(rows):
        ratio = aim["changes_over_published"]
        met = aim["in_band_met"] and aim["changes_met"]
        console.print(
            f"[{'green' if met else 'red'}]{aim['camera']}: {OURS} in band {aim['in_band']['mean']:.1%} "
            f"(aim {AIM_IN_BAND:.0%}, worst {aim['worst_scenario']} {aim['worst_in_band']:.1%}), "
            f"changes over fast_slow's {'-' if ratio is None else f'{ratio:.2f}'} (aim {AIM_CHANGES:.2f})",
            highlight=False,
        )


def _chosen(name: str, text: str, valid: Sequence[str]) -> list[str]:
    """Names of an option, ``all`` for each."""
    names = list(valid) if text == ALL else text.split(",")
    for one in names:
        if one not in valid:
            raise InputError(f"--{name} '{one}': expected all or some of {', '.join(valid)}")
    return names


def _share(mean: Mean) -> str:
    return f"{mean.mean:.1%}" + (
        f" ({max(mean.low, 0.0):.1%} - {min(mean.high, 1.0):.1%})" if mean.low == mean.low else ""
    )


def _number(mean: Mean) -> str:
    return f"{mean.mean:.1f}" + (f" ({max(mean.low, 0.0):.1f} - {mean.high:.1f})" if mean.low == mean.low else "")
