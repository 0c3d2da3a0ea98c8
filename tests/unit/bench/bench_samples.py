"""Made-up results of a benchmark."""

import json
from collections.abc import Sequence
from pathlib import Path

from touchloop.bench.bench_files import BENCH, bench_content, write_json
from touchloop.bench.protocol import rates_of
from touchloop.bench.results import EpisodeResult
from touchloop.bench.study import StudyCell
from touchloop.bench.suite import Cell, Outcome
from touchloop.policy.spec import POLICIES


def episode(seed: int, kind: str = "none", success: bool = True) -> EpisodeResult:
    return EpisodeResult(seed, kind, "", success, float(success), 0.9, 0.8, 8.0, 7.0)


def outcome(task: str, policy: str, kind: str, successes: int, count: int = 4) -> Outcome:
    """The first episodes succeed."""
    cell = Cell(task, policy, kind, Path("no-weights") / task / policy, rates_of("paper", POLICIES[policy]))
    return Outcome(cell, tuple(episode(1000 + i, kind, i < successes) for i in range(count)))


def write_bench(folder: Path, outcomes: Sequence[Outcome]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    about = {"protocol": "paper", "seed": 1000, "ros": False, "wall_s": 90.0, "episodes_run": 4}
    return write_json(folder / BENCH, bench_content(outcomes, about))


def write_study(folder: Path, name: str, cells: Sequence[tuple[Outcome, str, float | None]]) -> None:
    rows = [StudyCell(o.cell, label, x).row(name, o.results) for o, label, x in cells]
    (folder / f"study-{name}.json").write_text(json.dumps({"study": name, "missing": ["a thing"], "rows": rows}))
