"""``touchloop report``: make report.html and run.mp4 from a run, or the report of a benchmark."""

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from touchloop.bench.bench_files import is_bench_folder
from touchloop.errors import InputError
from touchloop.report.bench_report import BenchReport, make_bench_report
from touchloop.report.make import make_report

COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())


@dataclass(frozen=True)
class Report:
    """Make report.html, run.mp4 and a Foxglove layout from a run: ``touchloop report runs/2025-01-31-12-00-00``.

    What is missing, such as after a crash, is named in the report; a bag that was not closed is repaired first. A
    folder of 'touchloop bench' or 'touchloop study' gets that benchmark's report, with table and videos, again.
    """

    run_dir: Annotated[Path, tyro.conf.Positional]
    """Folder of a run, with bag/ and result.json; or a bag alone; or a benchmark's folder."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Where to write; default the run's folder, or NAME_report beside a bag."""
    namespace: str | None = None
    """Which arm, where the bag has several."""
    video_episodes: int = 3
    """Show so many episodes in run.mp4, or film so many of each task of a benchmark; 0 for no video."""
    open: bool = False
    """Open the page in a browser."""

    def run(self) -> int:
        """Make it and say where it is."""
        if self.video_episodes < 0:
            raise InputError(f"--video-episodes {self.video_episodes}: expected 0 or more")
        console = Console(stderr=True)
        if is_bench_folder(self.run_dir):
            if self.output is not None or self.namespace is not None:
                raise InputError(f"{self.run_dir} is a benchmark's folder: --output and --namespace are for runs")
            page = report_on_bench(self.run_dir, self.video_episodes, console).page
            if self.open:
                webbrowser.open(page.resolve().as_uri())
            return 0
        with Progress(*COLUMNS, console=console, transient=True) as bars:
            bar = bars.add_task("", total=1.0)
            made = make_report(
                self.run_dir,
                self.output,
                self.namespace,
                self.video_episodes,
                lambda what, share: bars.update(bar, description=what, completed=share),
            )
        for problem in made.problems:
            console.print(f"[yellow]{problem}", highlight=False)
        print(made.report)
        if made.video:
            print(made.video)
        if self.open:
            webbrowser.open(made.report.resolve().as_uri())
        return 0


def report_on_bench(folder: Path, videos: int, console: Console) -> BenchReport:
    """Makes a benchmark's report behind a progress bar and says where it is.

    Args:
        folder: the benchmark's.
        videos: how many episodes of each task are filmed.
        console: for the bar and for what was missing.
    """
    with Progress(*COLUMNS, console=console, transient=True) as bars:
        bar = bars.add_task("", total=1.0)
        made = make_bench_report(
            folder, videos, lambda what, share: bars.update(bar, description=what, completed=share)
        )
    for problem in made.problems:
        console.print(f"[yellow]{problem}", highlight=False)
    print(made.page)
    return made
