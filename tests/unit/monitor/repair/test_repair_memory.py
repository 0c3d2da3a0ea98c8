from pathlib import Path

import pytest

from touchloop.errors import InputError
from touchloop.monitor.repair.memory import RepairMemory, read_outcomes

LINE = '{"skill": "grasp", "cause": "no_grasp", "repair": "slower", "worked": true}'


def test_outcomes_are_kept_across_runs_in_lines_that_people_can_read(tmp_path: Path) -> None:
    file = tmp_path / "learnt" / "repairs.jsonl"
    RepairMemory(file).record("grasp", "no_grasp", "slower", True)
    RepairMemory(file).record("grasp", "no_grasp", "retry", False)
    assert file.read_text().splitlines()[0] == LINE
    memory = RepairMemory(file)
    assert memory.order("grasp", "no_grasp", ("retry", "home_first", "slower")) == ["slower", "home_first", "retry"]
    assert memory.order("wipe", "no_grasp", ("retry", "slower")) == ["retry", "slower"]


def test_without_a_file_nothing_is_learnt() -> None:
    memory = RepairMemory()
    memory.record("grasp", "no_grasp", "slower", True)
    assert memory.order("grasp", "no_grasp", ("retry", "slower")) == ["retry", "slower"]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ("{", "repairs.jsonl:2: not an outcome"),
        ('{"skill": "grasp"}', "repairs.jsonl:2: not an outcome"),
        (LINE.replace("no_grasp", "bad_luck"), "repairs.jsonl:2: not an outcome"),
        (LINE.replace("slower", "magic"), "repairs.jsonl:2: repair 'magic' does not exist; valid: retry"),
        (LINE.replace("true", '"yes"'), "repairs.jsonl:2: not an outcome"),
        ("\x00\x01", "repairs.jsonl:2: not an outcome"),
    ],
)
def test_a_damaged_file_is_told_and_left_as_it_is(tmp_path: Path, damage: str, message: str) -> None:
    file = tmp_path / "repairs.jsonl"
    content = f"{LINE}\n{damage}\n{LINE}\n"
    file.write_text(content)
    memory = RepairMemory(file)
    assert message in memory.problem
    assert memory.outcomes == []
    memory.record("grasp", "slip", "retry", True)
    assert file.read_text() == content
    with pytest.raises(InputError):
        read_outcomes(file)


def test_bytes_that_are_no_text_are_told(tmp_path: Path) -> None:
    file = tmp_path / "repairs.jsonl"
    file.write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in RepairMemory(file).problem
    assert file.read_bytes() == b"\xff\xfe\x00"


def test_a_last_line_without_its_end_is_not_run_together_with_the_next(tmp_path: Path) -> None:
    file = tmp_path / "repairs.jsonl"
    file.write_text(LINE)
    RepairMemory(file).record("grasp", "slip", "retry", True)
    assert len(read_outcomes(file)) == 2


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    memory = RepairMemory(tmp_path / "file" / "repairs.jsonl")
    memory.record("grasp", "slip", "retry", True)
    assert "cannot be written" in memory.problem
