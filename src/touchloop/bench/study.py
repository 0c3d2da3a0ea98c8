"""Studies: one thing is changed, all else stays as in the benchmark."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from touchloop.bench.paths import shown_path
from touchloop.bench.protocol import rates_of
from touchloop.bench.results import EpisodeResult, summarise
from touchloop.bench.suite import Cell
from touchloop.policy.spec import checked_policy
from touchloop.policy.weights import CARD, default_weights, read_card

STUDIES = ("rates", "samples", "ablations")
FAST_RATES_HZ = (2.0, 10.0, 24.0, 60.0, 250.0)
"""From about one decision a plan to the control tick; 24 Hz is the paper's."""
VARIANTS = {
    "blind": "decoder without touch",
    "absolute": "absolute actions",
    "undisturbed": "no disturbances in the demonstrations",
}
"""Ends of the names of weights folders, and what they say."""
FULL, NO_COMPENSATION = "full", "no latency compensation"


@dataclass(frozen=True, slots=True)
class StudyCell:
    """A cell with what was changed."""

    cell: Cell
    label: str
    x: float | None = None
    """Where the change is a number."""

    def row(self, study: str, results: Sequence[EpisodeResult]) -> dict:
        """Its row in a study's file."""
        summary = summarise(results)
        return {
            "study": study,
            "task": self.cell.task,
            "policy": self.cell.policy,
            "perturb": self.cell.perturbation,
            "label": self.label,
            "x": self.x,
            "episodes": summary.episodes,
            "success_rate": summary.success_rate,
            "interval": [summary.success_low, summary.success_high],
            "score_mean": summary.score_mean,
        }


@dataclass(frozen=True, slots=True)
class Study:
    """What is to be run, and in words what cannot be."""

    cells: tuple[StudyCell, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scope:
    """What a study is about."""

    tasks: Sequence[str]
    policies: Sequence[str]
    perturbations: Sequence[str]
    protocol: str
    weights: Path
    """Folder of TASK/POLICY-N and TASK/POLICY-VARIANT; the full weights are the project's unless it has TASK/POLICY."""


def study_of(name: str, scope: Scope) -> Study:
    """The cells of a study; tasks slowest.

    Args:
        name: one of ``STUDIES``.
        scope: tasks, policies and so on.

    Raises:
        InputError: weights that are there do not fit.
    """
    plan = {"rates": _rates, "samples": _samples, "ablations": _ablations}[name]
    cells: list[StudyCell] = []
    missing: list[str] = []
    for task in scope.tasks:
        for policy in scope.policies:
            plan(scope, task, policy, cells, missing)
    return Study(tuple(cells), tuple(missing))


def _rates(scope: Scope, task: str, policy: str, cells: list[StudyCell], missing: list[str]) -> None:
    folder = _full(scope, task, policy)
    if not _is_there(folder, missing):
        return
    for cell in _cells(scope, task, policy, folder):
        for rate_hz in FAST_RATES_HZ:
            rates = replace(cell.rates, fast_rate_hz=rate_hz)
            cells.append(StudyCell(replace(cell, rates=rates), f"{rate_hz:g} Hz", rate_hz))


def _samples(scope: Scope, task: str, policy: str, cells: list[StudyCell], missing: list[str]) -> None:
    name = re.compile(re.escape(policy) + r"-(\d+)")
    folders = {
        int(match.group(1)): path
        for path in sorted((scope.weights / task).glob(f"{policy}-*"))
        if (match := name.fullmatch(path.name)) and (path / CARD).is_file()
    }
    if not folders:
        missing.append(f"{shown_path(scope.weights / task / policy)}-N: no weights from fewer demonstrations")
        return
    full = _full(scope, task, policy)
    if _is_there(full, missing):
        folders[read_card(full, task).demonstrations] = full
    for demonstrations, folder in sorted(folders.items()):
        for cell in _cells(scope, task, policy, folder):
            cells.append(StudyCell(cell, f"{demonstrations} demonstrations", float(demonstrations)))


def _ablations(scope: Scope, task: str, policy: str, cells: list[StudyCell], missing: list[str]) -> None:
    full = _full(scope, task, policy)
    if _is_there(full, missing):
        for cell in _cells(scope, task, policy, full):
            cells.append(StudyCell(cell, FULL))
            uncompensated = replace(cell, rates=replace(cell.rates, compensate_latency=False))
            cells.append(StudyCell(uncompensated, NO_COMPENSATION))
    for variant, label in VARIANTS.items():
        folder = scope.weights / task / f"{policy}-{variant}"
        if _is_there(folder, missing):
            cells.extend(StudyCell(cell, label) for cell in _cells(scope, task, policy, folder))


def _full(scope: Scope, task: str, policy: str) -> Path:
    own = scope.weights / task / policy
    return own if (own / CARD).is_file() else default_weights(task, policy)


def _is_there(folder: Path, missing: list[str]) -> bool:
    if (folder / CARD).is_file():
        return True
    missing.append(f"{shown_path(folder)}: no weights")
    return False


def _cells(scope: Scope, task: str, policy: str, folder: Path) -> list[Cell]:
    """One a perturbation, under the name ``policy`` whatever the card says: a variant is a policy of its own there."""
    read_card(folder, task)
    rates = rates_of(scope.protocol, checked_policy(policy))
    return [Cell(task, policy, kind, folder, rates) for kind in scope.perturbations]
