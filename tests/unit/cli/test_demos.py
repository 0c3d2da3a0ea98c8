from pathlib import Path

import pytest

from touchloop.cli.main import main
from touchloop.data.demonstrate import demonstrate
from touchloop.data.store import EpisodeStore


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["stack"], "task 'stack': expected one of wipe"),
        (["wipe", "--episodes", "0"], "--episodes 0: expected 1 or more"),
        (["wipe", "--workers", "-2"], "--workers -2: expected 1 or more"),
        (["wipe", "--seed", "-1"], "--seed -1: expected 0 or more"),
    ],
)
def test_bad_input_is_named_and_exits_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demos", *arguments, "--out", str(tmp_path / "demos")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "demos").exists()


def test_what_is_there_is_not_recorded_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    demonstrate(tmp_path, "wipe", 0, seed=0)
    before = EpisodeStore(tmp_path).path(0).stat().st_mtime_ns
    assert main(["demos", "wipe", "--episodes", "1", "--workers", "1", "--out", str(tmp_path)]) == 0
    assert "1 of 1 demonstrations are there" in capsys.readouterr().out
    assert EpisodeStore(tmp_path).path(0).stat().st_mtime_ns == before
