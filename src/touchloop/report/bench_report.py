"""Makes a benchmark's report: ``report.html``, ``table.md``, ``figure.png`` and the videos."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from touchloop.bench.bench_files import read_bench_folder
from touchloop.errors import InputError
from touchloop.report.bench_episodes import film_episodes, read_shown
from touchloop.report.bench_figures import bars_figure
from touchloop.report.bench_page import render_bench_page
from touchloop.report.bench_table import bench_table, markdown_table
from touchloop.report.plots import write_png

PAGE, TABLE, FIGURE = "report.html", "table.md", "figure.png"


@dataclass(frozen=True)
class BenchReport:
    """What was made; table and figure are None where only studies were run."""

    page: Path
    table: Path | None
    figure: Path | None
    problems: list[str]
    """What was missing, in sentences."""


def make_bench_report(
    folder: Path, videos: int = 0, progress: Callable[[str, float], None] = lambda _what, _share: None
) -> BenchReport:
    """Writes the report of a benchmark into its folder.

    Args:
        folder: with ``bench.json`` or ``study-NAME.json``.
        videos: so many episodes of each task are run again and filmed, those that are there already excepted.
        progress: told what is being done and the share that is done.

    Raises:
        InputError: nothing to report on, a damaged file, or the folder cannot be written.
    """
    bench = read_bench_folder(folder)
    problems = film_episodes(bench, videos, progress) if videos > 0 else []
    progress("writing the page", 1.0)
    table = figure = None
    try:
        if bench.entries:
            table, figure = folder / TABLE, folder / FIGURE
            table.write_text(markdown_table(bench_table(bench.entries)), encoding="utf-8")
            write_png(bars_figure(bench.entries), figure)
        page = folder / PAGE
        page.write_text(render_bench_page(bench, read_shown(folder), problems), encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write the report into {folder}: {error.strerror or error}") from error
    return BenchReport(page, table, figure, problems)
