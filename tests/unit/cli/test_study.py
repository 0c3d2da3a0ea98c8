import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from touchloop.bench import study as cells
from touchloop.bench.evaluate import Job
from touchloop.bench.results import EpisodeResult
from touchloop.cli import study
from touchloop.cli.main import main
from touchloop.policy.weights import CARD


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Weights that are not read."""
    monkeypatch.setattr(cells, "read_card", lambda *_: None)
    monkeypatch.setattr(cells, "default_weights", lambda *_: tmp_path / "nowhere")
    folder = tmp_path / "weights"
    for name in ("touchloop", "touchloop-absolute"):
        (folder / "wipe" / name).mkdir(parents=True)
        (folder / "wipe" / name / CARD).write_text(f'"{name}"')
    return folder


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that were run; those with compensation of latency succeed."""
    asked: list[Job] = []

    def made_up(jobs: Sequence[Job], _: int) -> list[EpisodeResult]:
        asked.extend(jobs)
        good = [job.rates.compensate_latency for job in jobs]
        return iter(
            [
                EpisodeResult(j.seed, j.perturbation, "", g, g, 0.9, 0.9, 8.0, 7.0)
                for j, g in zip(jobs, good, strict=True)
            ]
        )

    monkeypatch.setattr(study, "evaluate", made_up)
    return asked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["speed"], "study 'speed': expected one of rates, samples, ablations"),
        (["rates", "--tasks", "stack"], "task 'stack': expected one of wipe"),
        (["rates", "--policies", "guess"], "policy 'guess': expected one of dp"),
        (["rates", "--perturb", "quake"], "perturbation 'quake': expected one of none"),
        (["rates", "--protocol", "fast"], "protocol 'fast': expected one of paper, free"),
        (["rates", "--episodes", "0"], "--episodes 0: expected 1 or more"),
        (["rates", "--seed", "-1"], "--seed -1: expected 0 or more"),
        (["samples", "--tasks", "wipe"], "nothing to run for study 'samples'"),
    ],
)
def test_bad_input_is_named_and_exits_2(
    arguments: list[str], message: str, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", *arguments, "--weights", str(weights)]) == 2
    assert message in capsys.readouterr().err


def test_it_writes_rows_and_a_page_and_goes_on_where_it_stopped(
    tmp_path: Path, weights: Path, asked: list[Job], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    words = ["--tasks", "wipe", "--perturb", "after", "--weights", str(weights), "--out", str(out)]
    assert main(["study", "ablations", "--episodes", "1", *words]) == 0
    assert main(["study", "ablations", "--episodes", "2", *words]) == 0
    assert sorted(job.seed for job in asked) == [1000] * 3 + [1001] * 3
    content = json.loads((out / "study-ablations.json").read_text())
    assert [(row["label"], row["success_rate"], row["episodes"]) for row in content["rows"]] == [
        ("full", 1.0, 2),
        ("no latency compensation", 0.0, 2),
        ("absolute actions", 1.0, 2),
    ]
    keys = {"study", "task", "policy", "perturb", "label", "x", "episodes", "success_rate", "interval", "score_mean"}
    assert set(content["rows"][0]) == keys
    assert len(content["missing"]) == 2
    assert "touchloop-blind: no weights" in capsys.readouterr().out.replace("\n", "")
    assert "Ablations" in (out / "report.html").read_text()
