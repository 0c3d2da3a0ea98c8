"""``touchloop report``: make report.html and run.mp4 from a run."""

import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

from touchloop.errors import InputError
from touchloop.report.make import make_report


@dataclass(frozen=True)
class Report:
    """Make report.html, run.mp4 and a Foxglove layout from a run: ``touchloop report runs/2025-01-31-12-00-00``.

    What is missing, such as after a crash, is named in the report; a bag that was not closed is repaired first.
    """

    run_dir: Annotated[Path, tyro.conf.Positional]
    """Folder of a run, with bag/ and result.json; or a bag alone."""
    output: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """Where to write; default the run's folder, or NAME_report beside a bag."""
    namespace: str | None = None
    """Which arm, where the bag has several."""
    video_episodes: int = 3
    """Show so many episodes in run.mp4; 0 for no video."""
    open: bool = False
    """Open the page in a browser."""

    def run(self) -> int:
        """Make it and say where it is."""
        if self.video_episodes < 0:
            raise InputError(f"--video-episodes {self.video_episodes}: expected 0 or more")
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn())
        with Progress(*columns, console=console, transient=True) as bars:
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
