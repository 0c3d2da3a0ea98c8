import pytest
from bench_samples import outcome

from touchloop.bench.bench_files import Entry
from touchloop.report.bench_table import bench_table, markdown_table


def entry(task: str, policy: str, kind: str, successes: int) -> Entry:
    made = outcome(task, policy, kind, successes)
    summary = made.summary
    bounds = (summary.success_low, summary.success_high)
    return Entry(task, policy, kind, summary.episodes, summary.success_rate, bounds, summary.score_mean)


ENTRIES = [
    entry("wipe", "rdp", "none", 2),
    entry("wipe", "rdp", "after", 1),
    entry("wipe", "touchloop", "none", 2),
    entry("wipe", "touchloop", "after", 4),
    entry("press", "touchloop", "none", 4),
    entry("press", "touchloop", "after", 3),
]


def test_rows_are_tasks_and_disturbances_and_the_best_is_marked() -> None:
    table = bench_table(ENTRIES)
    assert table.policies == ("rdp", "touchloop")
    assert [(row.task, row.perturb, row.first) for row in table.rows] == [
        ("wipe", "none", True),
        ("wipe", "after", False),
        ("press", "none", True),
        ("press", "after", False),
    ]
    best = [[cell.best if cell else None for cell in row.cells] for row in table.rows]
    assert best == [[True, True], [False, True], [None, False], [None, False]]


def test_means_are_of_policies_that_did_every_task() -> None:
    means = {row.perturb: row.cells for row in bench_table(ENTRIES).means}
    assert list(means) == ["none", "after", "all"]
    assert all(cells[0] is None for cells in means.values())
    rates = [cells[1].success_rate for cells in means.values() if cells[1] is not None]
    assert rates == pytest.approx([0.75, 0.875, 0.8125])
    assert means["all"][1] is not None
    assert means["all"][1].interval is None


def test_one_cell_has_no_mean() -> None:
    assert bench_table(ENTRIES[:1]).means == ()


def test_markdown_has_as_many_columns_in_every_line() -> None:
    lines = markdown_table(bench_table(ENTRIES)).splitlines()
    assert {line.count("|") for line in lines} == {5}
    assert lines[3] == "|  | after | 0.25 0.05-0.70 (0.25) | **1.00** 0.51-1.00 (1.00) |"
    assert lines[4].startswith("| `press` | none | – |")
    assert lines[6].startswith("| **mean** | none | – | 0.75 (0.75)")
