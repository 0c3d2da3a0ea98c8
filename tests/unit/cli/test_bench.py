import json
from pathlib import Path

import pytest

from touchloop.bench.results import EpisodeResult
from touchloop.cli import bench
from touchloop.cli.main import main


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stack"], "task 'stack': expected one of wipe"),
        (["wipe", "--perturb", "quake"], "perturbation 'quake': expected one of none, board, push, both"),
        (["wipe", "--episodes", "0"], "--episodes 0: expected 1 or more"),
        (["wipe", "--workers", "0"], "--workers 0: expected 1 or more"),
        (["wipe", "--seed", "-5"], "--seed -5: expected 0 or more"),
        (["wipe", "--plan-rate-hz", "30"], "--plan-rate-hz 30.0: expected 0.5 to 10"),
        (["wipe", "--plan-rate-hz", "nan"], "--plan-rate-hz nan: expected 0.5 to 10"),
        (["wipe", "--plan-rate-hz", "3"], "--plan-rate-hz 3: expected a period that is a multiple of the camera's 0.1"),
        (["wipe", "--plan-latency-s", "-0.1"], "--plan-latency-s -0.1: expected 0 to 1"),
        (["wipe", "--weights", "nowhere"], "nowhere: no weights here (card.json is missing)"),
        (["wipe", "--json", "nowhere/out.json"], "--json nowhere/out.json: its folder does not exist"),
    ],
)
def test_bad_input_is_named_and_exits_2(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", *arguments]) == 2
    assert message in capsys.readouterr().err


def test_it_shows_and_writes_every_episode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def made_up(_task: str, _weights: Path, seeds: range, perturbation: str, *_: object) -> list[EpisodeResult]:
        return [EpisodeResult(s, perturbation, s != 12, 1.0, 0.95, 0.9, 8.0, 7.0) for s in seeds]

    monkeypatch.setattr(bench, "evaluate", made_up)
    out = tmp_path / "out.json"
    assert main(["bench", "wipe", "--perturb", "both", "--episodes", "4", "--seed", "10", "--json", str(out)]) == 0
    content = json.loads(out.read_text())
    assert [row["seed"] for row in content["rows"]] == [10, 11, 12, 13]
    assert (content["success_rate"], content["perturbation"], content["episodes"]) == (0.75, "both", 4)
    assert "failed: seed 12" in capsys.readouterr().out
