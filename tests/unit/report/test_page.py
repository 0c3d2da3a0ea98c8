import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
from report_bags import PRESS_N, Script, one_message, write_run

from touchloop.cli.main import main
from touchloop.errors import InputError
from touchloop.report.make import make_report
from touchloop.tasks.registry import TASKS

VOID = {"meta", "img", "br", "link", "input"}


class _Checked(HTMLParser):
    """Fails on tags that do not match, and collects what the page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_startendtag(self, _: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [value or "" for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def page_of(folder: Path, **options: object) -> tuple[str, _Checked]:
    made = make_report(folder, video_episodes=0, **options)  # type: ignore[arg-type]
    html = made.report.read_text()
    page = _Checked()
    page.feed(html)
    page.close()
    assert page.open == []
    assert all(load.startswith("data:") for load in page.loads)
    text = re.sub(r"\s+", " ", " ".join(page.text))
    assert not re.search(r"\bnan\b|\binf\b|None|Undefined", re.sub(r"a NaN or an infinity", "", text))
    return text, page


def test_numbers_are_those_of_the_run(tmp_path: Path) -> None:
    text, _ = page_of(write_run(tmp_path, Script(progress=0.93)))
    for number in ("93.0%", "87.5%", f"{PRESS_N:.1f} N", "250.0 Hz", "2.0 Hz", "success"):
        assert number in text
    assert "touchloop launch sim.launch.xml task:=wipe seed:=7 perturb:=push" in text
    lateness_ms = np.array([tick % 200 for tick in range(0, 500, 5)]) * 1e-3
    p50, p99 = np.percentile(lateness_ms, [50, 99])
    assert f"p50 {p50:.3f} ms, p99 {p99:.3f} ms, largest 0.20 ms in 100 sampled ticks; 1 ticks missed" in text
    assert "p50 0.000 ms, p99 0.000 ms, largest 0.00 ms of 500 target poses" in text


def test_another_task_has_its_own_band_and_no_ink(tmp_path: Path) -> None:
    text, _ = page_of(write_run(tmp_path, Script(task="press", progress=0.93)))
    low, high = TASKS["press"].force_band_n
    assert f"band {low:g} to {high:g} N" in text
    for word in ("93.0%", "progress", "task:=press", f"{PRESS_N:.1f} N"):
        assert word in text
    for word in ("ink", "over the board", "success from 0.9"):
        assert word not in text


def test_a_task_that_nobody_knows_is_shown_without_a_band(tmp_path: Path) -> None:
    text, _ = page_of(write_run(tmp_path, Script(task="juggle", progress=0.93)))
    assert "93.0%" in text
    assert " N band" not in text
    assert "band 2.5" not in text


def test_outcome_comes_from_the_bag_without_result(tmp_path: Path) -> None:
    text, _ = page_of(write_run(tmp_path, Script(result=False)))
    assert "There is no result.json" in text
    assert "score" in text
    assert f"{PRESS_N:.1f} N" in text


def test_disagreement_is_named(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.4))
    rows = json.loads((tmp_path / "result.json").read_text())
    rows["rows"][0]["success"] = False
    (tmp_path / "result.json").write_text(json.dumps(rows))
    assert "result.json says success False, the bag says True" in page_of(tmp_path)[0]


def test_lockstep_has_no_lateness(tmp_path: Path) -> None:
    text, _ = page_of(write_run(tmp_path, Script(seconds=0.4, leave_out=["heartbeat"])))
    assert "lockstep:=true" in text
    assert "simulated time waited for the nodes" in text
    assert "sampled ticks" not in text


def test_episode_begun_anew_keeps_its_own_outcome(tmp_path: Path) -> None:
    write_run(tmp_path / "first", Script(seconds=0.4, seeds=(3,), leave_out=["task_state"], result=False))
    write_run(tmp_path, Script(seconds=0.4, seeds=(3, 4), start_s=100.0, progress=0.93))
    (tmp_path / "bag").rename(tmp_path / "bag_1")
    (tmp_path / "first" / "bag").rename(tmp_path / "bag")
    text, _ = page_of(tmp_path)
    assert "2 of 2 succeeded" in text
    assert "episodes:=2" in text
    assert text.count("Episode 0, seed 3 –") == 1
    assert text.count("Episode 0, seed 3 ✓") == 1


def test_run_that_was_stopped_shows_the_unfinished_episode(tmp_path: Path) -> None:
    write_run(tmp_path, Script(seconds=0.8, seeds=(3, 4), silent=["task_state"], silent_s=(0.6, 9.0)))
    rows = json.loads((tmp_path / "result.json").read_text())
    (tmp_path / "result.json").write_text(json.dumps({"rows": rows["rows"][:1]}))
    text, _ = page_of(tmp_path)
    assert "the task was not done when the bag stopped" in text
    assert "Episode 1, seed 4 –" in text


def test_episodes_have_a_row_and_a_part_each(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Script(seconds=0.6, seeds=(3, 4, 5)))
    text, _ = page_of(folder)
    assert "3 of 3 succeeded" in text
    assert "episodes:=3" in text
    assert (folder / "report.html").read_text().count('<div data-episode="') == 3


BROKEN: dict[str, tuple[Callable[[Path], object], str]] = {
    "no plans": (
        lambda folder: write_run(folder, Script(seconds=0.8, leave_out=["plan", "controller_state"])),
        "No plan was in use",
    ),
    "controller died": (
        lambda folder: write_run(
            folder,
            Script(silent=["controller_state", "target_pose"], silent_s=(1.0, 9.0), result=False, seconds=2.4),
        ),
        "target_pose after 1.00 s; controller_state after 0.98 s",
    ),
    "no task state": (lambda folder: write_run(folder, Script(seconds=0.4, leave_out=["task_state"])), "no score"),
    "no pictures": (
        lambda folder: write_run(
            folder, Script(seconds=0.4, leave_out=["camera/wrist/image_raw", "camera/scene/image_raw"])
        ),
        "camera pictures",
    ),
    "no episode": (lambda folder: write_run(folder, Script(seconds=0.4, leave_out=["episode"])), "no seed"),
    "no taring": (lambda folder: write_run(folder, Script(seconds=0.4, leave_out=["wrench_bias"])), "wrench_bias"),
    "nan": (
        lambda folder: write_run(folder, Script(nan_wrenches=True, seconds=1.0)),
        "samples of wrench that hold a NaN",
    ),
    "cut off": (
        lambda folder: write_run(folder, Script(close=False, seconds=0.6, result=False)),
        "did not close bag",
    ),
    "one wrench": (one_message, "task_state"),
    "one plan": (lambda folder: one_message(folder, "plan"), "controller_state"),
    "no bag": (lambda folder: _only_result(folder), "There is no bag"),
}


def _only_result(folder: Path) -> Path:
    (folder / "result.json").write_text('{"task": "wipe", "rows": [{"seed": 4, "success": true, "score": 0.5}]}')
    return folder


@pytest.mark.parametrize("name", BROKEN)
def test_broken_run_gives_a_page_that_says_what_is_missing(tmp_path: Path, name: str) -> None:
    make, expected = BROKEN[name]
    make(tmp_path)
    assert expected in page_of(tmp_path)[0]


def test_silence_is_a_gap_in_the_table(tmp_path: Path) -> None:
    folder = write_run(tmp_path, Script(silent=["tcp_pose"], silent_s=(0.5, 0.8), seconds=1.2))
    page_of(folder)
    row = (folder / "report.html").read_text().split("<td>/tcp_pose</td>")[1].split("</tr>")[0]
    cells = [re.sub("<[^>]*>", "", cell) for cell in row.split("</td>")]
    assert [cell.strip() for cell in cells[1:] if cell.strip()] == [
        "225",
        "187.3 Hz",
        "250 Hz",
        "0.00 ms",
        "304 ms",
        "1",
    ]


def test_texts_of_the_bag_cannot_change_the_page(tmp_path: Path) -> None:
    script = Script(seconds=0.4)
    write_run(tmp_path, script)
    row = {"seed": 7, "success": True, "perturbation": "<script>alert(1)</script>"}
    (tmp_path / "result.json").write_text(json.dumps({"rows": [row]}))
    page_of(tmp_path)
    assert "<script>alert" not in (tmp_path / "report.html").read_text()


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", Script(seconds=0.4))
    assert main(["report", str(folder), "--video-episodes", "0"]) == 0
    assert str(folder / "report.html") in capsys.readouterr().out
    assert main(["report", str(folder / "bag"), "--video-episodes", "0"]) == 0
    assert (folder / "bag_report" / "report.html").is_file()
    assert main(["report", str(tmp_path / "nothing")]) == 2
    assert "expected the folder of a run" in capsys.readouterr().err
    assert main(["report", str(folder), "--video-episodes", "-1"]) == 2


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", Script(seconds=0.2))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write the report"):
        make_report(folder, output=tmp_path / "file" / "out", video_episodes=0)
