"""A benchmark's main table: a row for each task and disturbance, a column for each policy, and means over the tasks."""

from collections.abc import Sequence
from dataclasses import dataclass

from touchloop.bench.bench_files import Entry

MEAN = "mean"


@dataclass(frozen=True, slots=True)
class TableCell:
    """What one policy reached."""

    success_rate: float
    score_mean: float
    interval: tuple[float, float] | None
    """95 % Wilson; None for means."""
    best: bool
    """No other policy of the row succeeds more often."""


@dataclass(frozen=True, slots=True)
class TableRow:
    """One task under one disturbance; ``cells`` has None where nothing was run."""

    task: str
    perturb: str
    cells: tuple[TableCell | None, ...]
    first: bool
    """Of its task."""


@dataclass(frozen=True, slots=True)
class BenchTable:
    """The whole table."""

    policies: tuple[str, ...]
    rows: tuple[TableRow, ...]
    means: tuple[TableRow, ...]
    """Over the tasks, a row a disturbance, and over all; only policies that were run on every task."""


def bench_table(entries: Sequence[Entry]) -> BenchTable:
    """The table of all entries, in the order in which names first come."""
    tasks, policies, kinds = (
        tuple(dict.fromkeys(getattr(entry, name) for entry in entries)) for name in ("task", "policy", "perturb")
    )
    found = {(entry.task, entry.policy, entry.perturb): entry for entry in entries}
    rows = []
    for task in tasks:
        of_task = [kind for kind in kinds if any((task, policy, kind) in found for policy in policies)]
        for kind in of_task:
            values = []
            for policy in policies:
                entry = found.get((task, policy, kind))
                values.append(None if entry is None else (entry.success_rate, entry.score_mean, entry.interval))
            rows.append(TableRow(task, kind, _cells(values), kind == of_task[0]))
    means = []
    for words in (*((kind,) for kind in kinds), kinds):
        values = [_mean([found.get((task, policy, kind)) for task in tasks for kind in words]) for policy in policies]
        if len(tasks) * len(words) > 1 and (words != kinds or len(kinds) > 1 or not means):
            means.append(TableRow(MEAN, words[0] if len(words) == 1 else "all", _cells(values), not means))
    return BenchTable(policies, tuple(rows), tuple(means))


_Value = tuple[float, float, tuple[float, float] | None]


def _cells(values: Sequence[_Value | None]) -> tuple[TableCell | None, ...]:
    best = max((value[0] for value in values if value is not None), default=0.0)
    several = sum(value is not None for value in values) > 1
    return tuple(
        None if value is None else TableCell(*value, best=several and value[0] > best - 1e-9) for value in values
    )


def _mean(entries: Sequence[Entry | None]) -> _Value | None:
    known = [entry for entry in entries if entry is not None]
    if len(known) < len(entries):
        return None
    return sum(e.success_rate for e in known) / len(known), sum(e.score_mean for e in known) / len(known), None


def markdown_table(table: BenchTable) -> str:
    """The table in Markdown: success, its interval, and the score in brackets; the best in bold."""
    lines = [
        "| task | disturbed | " + " | ".join(f"`{policy}`" for policy in table.policies) + " |",
        "|---|---|" + "---|" * len(table.policies),
    ]
    for row in (*table.rows, *table.means):
        task = f"`{row.task}`" if row.task != MEAN else "**mean**"
        cells = (_text(cell) for cell in row.cells)
        lines.append(f"| {task if row.first else ''} | {row.perturb} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _text(cell: TableCell | None) -> str:
    if cell is None:
        return "–"
    rate = f"**{cell.success_rate:.2f}**" if cell.best else f"{cell.success_rate:.2f}"
    interval = f" {cell.interval[0]:.2f}-{cell.interval[1]:.2f}" if cell.interval else ""
    return f"{rate}{interval} ({cell.score_mean:.2f})"
