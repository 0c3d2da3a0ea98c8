import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from touchloop.bench.evaluate import Job
from touchloop.bench.results import EpisodeResult
from touchloop.cli import bench
from touchloop.cli.main import main
from touchloop.policy.spec import POLICIES
from touchloop.policy.weights import CARD, Layout, WeightsCard


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders TASK/POLICY with cards of weights that are not read."""
    folder = tmp_path / "weights"
    for task, policy in (("wipe", "touchloop"), ("wipe", "dp"), ("press", "touchloop")):
        (folder / task / policy).mkdir(parents=True)
        card = made_up_card(task, policy)
        (folder / task / policy / CARD).write_text(card.model_dump_json())
    monkeypatch.setattr(bench, "read_card", lambda *about: made_up_card(*about[1:]) if about[1:] else made_up_card())
    return folder


def made_up_card(task: str = "wipe", policy: str = "touchloop") -> WeightsCard:
    return WeightsCard(
        task=task,
        policy=policy,
        weights_id=f"{task}-{policy}",
        layout=Layout.of(POLICIES[policy], 1),
        files={},
        demonstrations=1,
        config={},
        data_hash="",
        commit="",
        command="",
    )


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Job]:
    """Jobs that were run; all but seed 12 succeed."""
    asked: list[Job] = []

    def made_up(jobs: Sequence[Job], _: int) -> list[EpisodeResult]:
        asked.extend(jobs)
        return iter([EpisodeResult(j.seed, j.perturbation, "", j.seed != 12, 1.0, 0.95, 0.9, 8.0, 7.0) for j in jobs])

    monkeypatch.setattr(bench, "evaluate", made_up)
    return asked


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stack"], "task 'stack': expected one of wipe"),
        (["wipe", "--perturb", "quake"], "perturbation 'quake': expected one of none, before, after, push, both"),
        (["wipe", "--policy", "guess"], "policy 'guess': expected one of dp"),
        (["wipe", "--protocol", "fast"], "protocol 'fast': expected one of paper, free"),
        (["wipe", "--episodes", "0"], "--episodes 0: expected 1 or more"),
        (["wipe", "--workers", "0"], "--workers 0: expected 1 or more"),
        (["wipe", "--seed", "-5"], "--seed -5: expected 0 or more"),
        (["wipe", "--ray", "--ros"], "--ray and --ros: choose one"),
        (["wipe", "--json", "nowhere/out.json"], "--json nowhere/out.json: its folder does not exist"),
    ],
)
def test_bad_input_is_named_and_exits_2(
    arguments: list[str], message: str, weights: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bench", *arguments, "--weights", str(weights)]) == 2
    assert message in capsys.readouterr().err


def test_weights_that_are_not_there_are_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "wipe", "--weights", "nowhere"]) == 2
    assert "nowhere: no weights here (card.json is missing)" in capsys.readouterr().err


def test_it_shows_and_writes_every_episode(
    tmp_path: Path, weights: Path, asked: list[Job], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ["--perturb", "both", "--episodes", "4", "--seed", "10", "--json", str(out), "--out", str(tmp_path / "run")]
    assert main(["bench", "wipe", "--weights", str(weights), *words]) == 0
    content = json.loads(out.read_text())
    assert [row["seed"] for row in content["rows"]] == [job.seed for job in asked] == [10, 11, 12, 13]
    assert (content["success_rate"], content["perturbation"], content["episodes"]) == (0.75, "both", 4)
    assert (content["plan_rate_hz"], content["plan_latency_s"], content["fast_rate_hz"]) == (2.0, 0.1, 250.0)
    assert "failed: seed 12" in capsys.readouterr().out


def test_a_suite_has_a_cell_for_each_task_policy_and_perturbation(
    tmp_path: Path, weights: Path, asked: list[Job], capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    words = ["--policy", "touchloop,dp", "--perturb", "none,push", "--episodes", "3", "--protocol", "paper"]
    paths = ["--weights", str(weights), "--json", str(out), "--out", str(tmp_path / "run")]
    assert main(["bench", "wipe", *words, *paths]) == 0
    content = json.loads(out.read_text())
    assert [(row["policy"], row["perturb"]) for row in content["rows"]] == [
        ("touchloop", "none"),
        ("touchloop", "push"),
        ("dp", "none"),
        ("dp", "push"),
    ]
    assert len(content["episodes"]) == len(asked) == 12
    assert {(job.rates.plan_period_ns, job.rates.fast_rate_hz) for job in asked} == {(664_000_000, 24.0)}
    assert {job.rates.plan_latency_ns for job in asked} == {100_000_000, 120_000_000}
    assert "mean success over the tasks" in capsys.readouterr().out


def test_a_run_goes_on_where_it_stopped(tmp_path: Path, weights: Path, asked: list[Job]) -> None:
    words = ["--weights", str(weights), "--out", str(tmp_path / "run")]
    assert main(["bench", "wipe", "--episodes", "2", *words]) == 0
    assert main(["bench", "wipe", "--episodes", "3", *words]) == 0
    assert [job.seed for job in asked] == [1000, 1001, 1002]
