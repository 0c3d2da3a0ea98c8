"""The files of a benchmark's folder: ``bench.json`` and ``study-NAME.json``, written and read back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from touchloop.bench.paths import shown_path
from touchloop.bench.results import EpisodeResult, as_json
from touchloop.bench.study import StudyCell
from touchloop.bench.suite import Outcome
from touchloop.errors import InputError

BENCH = "bench.json"
STUDY_FILES = "study-*.json"
SPEED = "speed.json"


def bench_content(outcomes: Sequence[Outcome], about: dict[str, str | int | float | bool]) -> dict:
    """``about``, a row a cell and a row an episode."""
    rows = [{**o.cell.row(o.results), "weights": shown_path(o.cell.weights)} for o in outcomes]
    episodes = [
        {"task": o.cell.task, "policy": o.cell.policy, **row}
        for o in outcomes
        for row in as_json(o.results, {})["rows"]
    ]
    return {**about, "rows": rows, "episodes": episodes}


def study_content(
    name: str,
    cells: Sequence[StudyCell],
    outcomes: Sequence[Outcome],
    missing: Sequence[str],
    about: dict[str, str | int | float],
) -> dict:
    """``about``, what was missing, and a row a cell."""
    rows = [cell.row(name, outcome.results) for cell, outcome in zip(cells, outcomes, strict=True)]
    return {"study": name, **about, "missing": list(missing), "rows": rows}


def write_json(path: Path, content: dict) -> Path:
    """Never leaves half a file."""
    part = path.with_name(f"{path.name}.part")
    part.write_text(json.dumps(content, indent=2) + "\n")
    return part.replace(path)


@dataclass(frozen=True, slots=True)
class Entry:
    """One cell of a table or figure, of the benchmark or a study."""

    task: str
    policy: str
    perturb: str
    episodes: int
    success_rate: float
    interval: tuple[float, float]
    """95 % Wilson."""
    score_mean: float
    label: str = ""
    x: float | None = None
    weights: str = ""


@dataclass(frozen=True, slots=True)
class BenchFolder:
    """All that a benchmark's folder tells."""

    path: Path
    about: dict = field(default_factory=dict)
    """Protocol, seed and so on; empty if only studies are there."""
    entries: tuple[Entry, ...] = ()
    episodes: tuple[tuple[str, str, EpisodeResult], ...] = ()
    """Task, policy and result."""
    studies: dict[str, tuple[Entry, ...]] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    """What the studies could not run."""
    speed: dict[str, dict[str, float]] = field(default_factory=dict)
    """As ``benchmarks/policy_speed.py --json-file`` writes it."""


def is_bench_folder(folder: Path) -> bool:
    """Whether a benchmark or a study was written there."""
    return (folder / BENCH).is_file() or any(folder.glob(STUDY_FILES))


def read_bench_folder(folder: Path) -> BenchFolder:
    """Reads what is there.

    Raises:
        InputError: neither benchmark nor study, or a damaged file.
    """
    if not is_bench_folder(folder):
        raise InputError(f"{folder}: expected {BENCH} or {STUDY_FILES}, as 'touchloop bench' and 'study' write them")
    studies: dict[str, tuple[Entry, ...]] = {}
    missing: list[str] = []
    for path in sorted(folder.glob(STUDY_FILES)):
        content = _read(path)
        content = content if isinstance(content, dict) else {"rows": content}
        studies[path.stem.removeprefix("study-")] = _entries(path, content)
        missing += [str(word) for word in content.get("missing", [])]
    speed = _read(folder / SPEED) if (folder / SPEED).is_file() else {}
    if not (folder / BENCH).is_file():
        return BenchFolder(folder, studies=studies, missing=tuple(missing), speed=speed)
    content = _read(folder / BENCH)
    about = {key: value for key, value in content.items() if key not in ("rows", "episodes")}
    entries = _entries(folder / BENCH, content)
    return BenchFolder(folder, about, entries, _episodes(folder / BENCH, content), studies, tuple(missing), speed)


def _read(path: Path) -> dict:
    try:
        return json.loads(path.read_text())
    except (json.JSONDecodeError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"{path}: damaged ({error}); delete it or make it again") from error


def _entries(path: Path, content: dict) -> tuple[Entry, ...]:
    try:
        return tuple(
            Entry(
                task=row["task"],
                policy=row["policy"],
                perturb=row["perturb"],
                episodes=int(row["episodes"]),
                success_rate=float(row["success_rate"]),
                interval=(float(row["interval"][0]), float(row["interval"][1])),
                score_mean=float(row["score_mean"]),
                label=str(row.get("label", "")),
                x=None if row.get("x") is None else float(row["x"]),
                weights=str(row.get("weights", "")),
            )
            for row in content["rows"]
        )
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise InputError(f"{path}: damaged row ({error!r}); make it again") from error


def _episodes(path: Path, content: dict) -> tuple[tuple[str, str, EpisodeResult], ...]:
    names = EpisodeResult.__dataclass_fields__
    try:
        return tuple(
            (row["task"], row["policy"], EpisodeResult(**{name: row[name] for name in names}))
            for row in content.get("episodes", [])
        )
    except (KeyError, TypeError) as error:
        raise InputError(f"{path}: damaged episode ({error!r}); make it again") from error
