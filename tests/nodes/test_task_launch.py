"""The whole of ``touchloop launch task.launch.xml``, as a user runs it."""

import json
import sys
from pathlib import Path

import pytest
from node_processes import stage, text_of

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(200)]
LAUNCH = Path(__file__).parents[2] / "launch" / "task.launch.xml"


def launched(folder: Path, *words: str) -> tuple[int, str]:
    """Exit code and all that was said."""
    with stage(folder) as (processes, _):
        command = (sys.executable, "-m", "touchloop.cli.main", "launch", "--embedded", LAUNCH)
        run = processes.start(*command, "real_time_factor:=2.5", f"run_dir:={folder / 'run'}", *words)
        return run.wait(180), text_of(run)


def test_a_failure_is_repaired_and_the_launch_ends_with_0(tmp_path: Path) -> None:
    words = ("instruction:=put the wiper on the tray", "failure:=no_grasp", "failure_step:=1")
    code, said = launched(tmp_path, *words)
    assert code == 0, said
    result = json.loads((tmp_path / "run" / "result.json").read_text())
    assert (result["success"], result["status"], result["repairs"]) == (True, "done", 1)
    assert "repair: retry" in result["program"]
    assert "holds nothing" in said
    page = (tmp_path / "run" / "report.html").read_text()
    assert "All goals were reached" in page
    assert "no grasp (confidence" in page
    assert "data:image/jpeg;base64," in page
    assert list((tmp_path / "run" / "bag").glob("*.mcap")) + list((tmp_path / "run" / "bag").glob("*.db3"))


def test_what_is_not_understood_ends_it_with_2(tmp_path: Path) -> None:
    code, said = launched(tmp_path, "instruction:=dance a waltz", "record:=false")
    assert code == 2, said
    assert json.loads((tmp_path / "run" / "result.json").read_text())["status"] == "not_understood"
