"""A benchmark's results on the terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from touchloop.bench.results import EpisodeResult
from touchloop.bench.suite import Outcome, mean_success

MOST_FAILURES = 20


def show_table(outcomes: Sequence[Outcome], title: str, console: Console) -> None:
    """One row a cell."""
    table = Table(title=title)
    table.add_column("task")
    table.add_column("policy")
    table.add_column("perturb")
    for column in ("episodes", "success", "95 % interval", "score", "in band", "peak force N"):
        table.add_column(column, justify="right")
    task = None
    for outcome in outcomes:
        cell, summary = outcome.cell, outcome.summary
        if task not in (None, cell.task):
            table.add_section()
        task = cell.task
        table.add_row(
            cell.task,
            cell.policy,
            cell.perturbation,
            str(summary.episodes),
            f"{summary.success_rate:.2f}",
            f"{summary.success_low:.2f} - {summary.success_high:.2f}",
            f"{summary.score_mean:.2f}",
            f"{summary.in_band_mean:.2f}",
            f"{summary.peak_force_max_n:.1f}",
        )
    console.print(table)


def show_means(outcomes: Sequence[Outcome], console: Console) -> None:
    """Mean success over the tasks of every policy and perturbation."""
    policies = list(dict.fromkeys(o.cell.policy for o in outcomes))
    kinds = list(dict.fromkeys(o.cell.perturbation for o in outcomes))
    table = Table("policy", *kinds, title="mean success over the tasks")
    for policy in policies:
        means = [mean_success(outcomes, policy, kind) for kind in kinds]
        table.add_row(policy, *("-" if mean is None else f"{mean:.2f}" for mean in means))
    console.print(table)


def show_failures(results: Sequence[EpisodeResult], console: Console) -> None:
    """The failed episodes of one cell."""
    failed = [r for r in results if not r.success]
    for r in failed[:MOST_FAILURES]:
        variant = f" ({r.variant})" if r.variant else ""
        console.print(
            f"failed: seed {r.seed}{variant}, progress {r.progress:.2f}, in band {r.in_band_ratio:.2f}, "
            f"peak {r.peak_force_n:.1f} N, {r.duration_s:.1f} s",
            highlight=False,
        )
    if len(failed) > MOST_FAILURES:
        console.print(f"and {len(failed) - MOST_FAILURES} more", highlight=False)
