from pathlib import Path

import pytest

from touchloop.bench import study
from touchloop.bench.study import FAST_RATES_HZ, Scope, study_of
from touchloop.policy.weights import CARD


class Card:
    """What is read of a card."""

    demonstrations = 207


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of weights whose cards are not read; the project has none but what is put there."""
    monkeypatch.setattr(study, "read_card", lambda *_: Card())
    monkeypatch.setattr(study, "default_weights", lambda task, policy: tmp_path / "project" / task / policy)
    return tmp_path / "studies"


def put(*folders: Path) -> None:
    for folder in folders:
        folder.mkdir(parents=True)
        (folder / CARD).write_text("{}")


def scope(folder: Path, *policies: str, kinds: tuple[str, ...] = ("after",)) -> Scope:
    return Scope(("wipe",), policies, kinds, "paper", folder)


def test_rates_change_the_fast_loop_alone(folder: Path) -> None:
    put(folder.parent / "project" / "wipe" / "rdp")
    plan = study_of("rates", scope(folder, "rdp", "touchloop"))
    assert [cell.x for cell in plan.cells] == list(FAST_RATES_HZ)
    assert [cell.cell.rates.fast_rate_hz for cell in plan.cells] == list(FAST_RATES_HZ)
    assert len({(c.cell.rates.plan_period_ns, c.cell.rates.plan_latency_ns, c.cell.policy) for c in plan.cells}) == 1
    assert len(plan.missing) == 1
    assert "wipe/touchloop: no weights" in plan.missing[0]


def test_samples_are_in_order_and_end_with_the_full_weights(folder: Path) -> None:
    names = ("touchloop-100", "touchloop-25", "touchloop-blind", "touchloop-207")
    put(folder.parent / "project" / "wipe" / "touchloop", *(folder / "wipe" / name for name in names))
    plan = study_of("samples", scope(folder, "touchloop", "rdp", kinds=("none", "after")))
    assert [(c.x, c.cell.perturbation) for c in plan.cells] == [
        (x, kind) for x in (25.0, 100.0, 207.0) for kind in ("none", "after")
    ]
    assert plan.cells[-1].cell.weights == folder.parent / "project" / "wipe" / "touchloop"
    assert len(plan.missing) == 1
    assert "rdp-N" in plan.missing[0]


def test_ablations_name_the_variants_that_are_missing(folder: Path) -> None:
    put(folder.parent / "project" / "wipe" / "touchloop", folder / "wipe" / "touchloop-blind")
    plan = study_of("ablations", scope(folder, "touchloop"))
    assert [cell.label for cell in plan.cells] == ["full", "no latency compensation", "decoder without touch"]
    assert [cell.cell.rates.compensate_latency for cell in plan.cells] == [True, False, True]
    assert {cell.cell.policy for cell in plan.cells} == {"touchloop"}
    assert [word.split(":")[0].rsplit("-")[-1] for word in plan.missing] == ["absolute", "undisturbed"]


def test_full_weights_beside_the_variants_go_before_the_projects(folder: Path) -> None:
    put(folder.parent / "project" / "wipe" / "rdp", folder / "wipe" / "rdp")
    assert study_of("rates", scope(folder, "rdp")).cells[0].cell.weights == folder / "wipe" / "rdp"


def test_nothing_there_is_an_empty_study(folder: Path) -> None:
    plan = study_of("ablations", scope(folder, "touchloop"))
    assert plan.cells == ()
    assert len(plan.missing) == 4
