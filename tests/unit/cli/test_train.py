import os
from pathlib import Path

import pytest

from touchloop.cli.main import main
from touchloop.data.demonstrate import demonstrate
from touchloop.policy.planner import Planner
from touchloop.policy.weights import read_card

TINY = ["--tokenizer-iterations", "2", "--policy-iterations", "2", "--batch-size", "4", "--threads", "1"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--task", "stack"], "task 'stack': expected one of wipe"),
        (["--seed", "-1"], "--seed -1: expected 0 or more"),
        (["--threads", "0"], "--threads 0: expected 1 or more"),
        (["--batch-size", "0"], "--batch-size 0: expected 1 or more"),
        (["--tokenizer-iterations", "0"], "--tokenizer-iterations 0: expected 1 or more"),
        (["--checkpoint-iterations", "0"], "--checkpoint-iterations 0: expected 1 or more"),
        (["--learning-rate", "nan"], "--learning-rate nan: expected more than 0"),
        ([], "nowhere: 0 successful demonstrations of 'wipe'; make some with 'touchloop demos wipe'"),
    ],
)
def test_bad_input_is_named_and_exits_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folders = ["--demos", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out"), "--checkpoints", str(tmp_path)]
    assert main(["train", "rdp", *folders, *arguments]) == 2
    assert message in capsys.readouterr().err.replace("\n", "")
    assert not (tmp_path / "out").exists()


def test_an_unknown_policy_names_the_valid_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "guess"]) == 2
    assert "policy 'guess': expected one of dp, " in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::torch.jit.TracerWarning")
def test_training_leaves_weights_that_plan_and_a_card_that_says_how(tmp_path: Path) -> None:
    demonstrate(tmp_path / "demos", "wipe", 0, seed=0)
    out = tmp_path / "weights"
    folders = ["--demos", str(tmp_path / "demos"), "--checkpoints", str(tmp_path / "state"), "--out", str(out)]
    assert main(["train", "rdp", *folders, *TINY]) == 0
    Planner(out, "wipe").warm_up()
    card = read_card(out, "wipe")
    assert card.config["batch_size"] == 4
    assert "--batch-size 4" in card.command
    assert os.sep not in card.command
