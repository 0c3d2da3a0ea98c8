"""Runs the episodes of many cells with a progress bar."""

from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from touchloop.bench.evaluate import Job
from touchloop.bench.results import EpisodeResult
from touchloop.bench.row_log import RowLog
from touchloop.bench.suite import Cell, Outcome, gather


def run_cells(
    cells: Sequence[Cell],
    seeds: Sequence[int],
    log: RowLog,
    evaluate: Callable[[Sequence[Job]], Iterator[EpisodeResult]],
    title: str,
    console: Console,
) -> list[Outcome]:
    """The outcome of every cell; episodes that ``log`` has are not run again.

    Args:
        cells: in the order in which they run.
        seeds: of each cell's episodes.
        log: where finished episodes are kept.
        evaluate: runs jobs, gives results in their order.
        title: beside the bar until the first cell is done.
        console: where the bar is drawn.
    """
    jobs = [job for cell in cells for job in cell.jobs(seeds)]
    outcomes = []
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        bar = bars.add_task(title, total=len(jobs))

        def counted() -> Iterator[EpisodeResult]:
            for result in log.run(jobs, evaluate):
                bars.advance(bar)
                yield result

        for outcome in gather(cells, seeds, counted()):
            outcomes.append(outcome)
            bars.update(bar, description=f"{outcome.cell.task} {outcome.cell.policy} {outcome.cell.perturbation}")
    return outcomes
