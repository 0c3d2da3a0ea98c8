from pathlib import Path

import pytest
from report_bags import Script, write_run

from touchloop.errors import InputError
from touchloop.report.run_folder import open_run


def test_whole_run_has_no_problems(tmp_path: Path) -> None:
    run = open_run(write_run(tmp_path, Script(seconds=0.2)))
    assert run.problems == []
    assert run.bags == [tmp_path / "bag"]
    assert run.result is not None
    assert [row.seed for row in run.result.episodes] == [7]


def test_bag_alone(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.2, result=False))
    run = open_run(tmp_path / "bag")
    assert run.bags == [tmp_path / "bag"]
    assert run.problems == []


def test_unclosed_bag_is_repaired_and_named(tmp_path: Path) -> None:
    run = open_run(write_run(tmp_path, Script(seconds=0.2, close=False, result=False)))
    assert run.bags == [tmp_path / "bag"]
    assert "did not close" in run.problems[0]
    assert "no result.json" in run.problems[1]


def test_continued_recording_has_all_parts(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.2))
    write_run(tmp_path / "other", Script(seconds=0.2))
    (tmp_path / "other" / "bag").rename(tmp_path / "bag_1")
    assert open_run(tmp_path).bags == [tmp_path / "bag", tmp_path / "bag_1"]


@pytest.mark.parametrize("content", ["", "{", "[]", '{"rows": 3}', '{"rows": [{"seed": "x"}]}'])
def test_damaged_result_is_named_and_the_bag_counts(tmp_path: Path, content: str) -> None:
    write_run(tmp_path, Script(seconds=0.2))
    (tmp_path / "result.json").write_text(content)
    run = open_run(tmp_path)
    assert run.result is None
    assert "result.json cannot be read" in run.problems[0]


def test_useless_part_is_named_and_the_rest_counts(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.2))
    (tmp_path / "bag_1").mkdir()
    run = open_run(tmp_path)
    assert run.bags == [tmp_path / "bag"]
    assert "bag_1 cannot be read" in run.problems[0]


def test_nothing_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="expected the folder of a run"):
        open_run(tmp_path / "missing")
    with pytest.raises(InputError, match=r"nothing to report on.*result\.json.*There is no bag"):
        open_run(tmp_path)
