import json
from pathlib import Path

import pytest

from touchloop.cli.main import main
from touchloop.monitor.vlm.questions import KINDS


def test_eval_writes_model_and_baselines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "vlm.json"
    command = ["vlm", "eval", "--scenes", "2", "--questions", "56", "--seed", "90000", "--json", str(out)]
    assert main(command) == 0
    content = json.loads(out.read_text())
    assert set(content["kinds"]) == set(KINDS)
    assert {"accuracy", "interval", "majority", "text_only", "latency_p50_s", "processor_p95_s"} <= set(content)
    assert content["kinds"]["where"]["questions"] == 2
    assert "text only" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["eval", "--seed", "20010"], "used for train"),
        (["eval", "--seed", "39990"], "used for validation"),
        (["eval", "--seed", "-1"], "expected 0 or more"),
        (["eval", "--scenes", "0"], "expected 1 or more"),
        (["eval", "--weights", "nowhere"], "no weights"),
        (["eval", "--json", "nowhere/a.json"], "does not exist"),
        (["train", "--epochs", "0"], "expected 1 or more"),
        (["train", "--seed", "-1"], "expected 0 or more"),
        (["serve", "--port", "70000"], "expected 0 to 65535"),
    ],
)
def test_bad_options_are_refused(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vlm", *arguments]) == 2
    assert message in capsys.readouterr().err
