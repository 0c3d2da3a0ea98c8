import datetime
import shutil
from pathlib import Path

import pytest
import yaml

from touchloop.calibration.write_back import Findings, write_findings
from touchloop.errors import InputError
from touchloop.robots.load import load_robot

ROBOTS = Path(__file__).parents[3] / "config" / "robots"
DAY = datetime.date(2026, 11, 27)
TOOL = Findings(
    "tool",
    {"tool_mass_kg": 0.75123, "tool_com_in_sensor_m": [0.001, -2e-7, 0.0612345678], "sensor_bias": [1.5] * 6},
    {"tool_force_rms_n": 0.0213, "tool_torque_rms_nm": 0.00071},
    "tool",
)


@pytest.fixture(params=["fr3", "ur5e", "rizon4", "xarm7", "panda", "fr3_left"])
def robot(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return Path(shutil.copy(ROBOTS / f"{request.param}.yaml", tmp_path / "robot.yaml"))


def test_only_the_calibration_changes_and_comments_stay(robot: Path) -> None:
    before = robot.read_text()
    diff = write_findings(robot, TOOL, DAY)
    after = robot.read_text()
    unchanged = before.partition("calibration:\n")[0]
    assert after.startswith(unchanged)
    comments = [line for line in before.splitlines() if line.strip().startswith("#")]
    assert [line for line in after.splitlines() if line.strip().startswith("#")] == comments
    assert "+  tool_mass_kg: 0.75123" in diff
    calibration = load_robot(robot)[0].calibration
    assert calibration.date == calibration.dates["tool"] == DAY
    assert calibration.tool_mass_kg == pytest.approx(0.75123, rel=1e-5)
    assert calibration.tool_com_in_sensor_m == pytest.approx((0.001, 0.0, 0.0612346), abs=1e-9)
    assert calibration.residuals["tool_force_rms_n"] == 0.0213
    # What was there of other parts stays.
    assert calibration.latency_s == yaml.safe_load(before)["calibration"].get("latency_s", {})


def test_writing_twice_changes_nothing_more(robot: Path) -> None:
    write_findings(robot, TOOL, DAY)
    once = robot.read_text()
    assert write_findings(robot, TOOL, DAY) == ""
    assert robot.read_text() == once


def test_the_date_is_that_of_the_oldest_part(robot: Path) -> None:
    write_findings(robot, TOOL, DAY - datetime.timedelta(days=50))
    latency = Findings("latency", {"latency_s": {"command": 0.05}}, {"latency_command_error_s": 0.0004}, "latency")
    write_findings(robot, latency, DAY)
    calibration = load_robot(robot)[0].calibration
    assert calibration.date == DAY - datetime.timedelta(days=50)
    assert calibration.dates["latency"] == DAY
    assert calibration.latency_s["command"] == 0.05
    # The tool again: its old residuals go, the others' stay.
    write_findings(robot, Findings("tool", {}, {"tool_poses": 8}, "tool"), DAY)
    assert set(load_robot(robot)[0].calibration.residuals) == {"latency_command_error_s", "tool_poses"}


def test_each_camera_has_an_entry_of_its_own(robot: Path) -> None:
    for name, key in (("wrist", "camera_in_tip"), ("scene", "camera_in_base_link")):
        values = {"cameras": {name: {key: [0.1, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0]}}}
        write_findings(robot, Findings("hand_eye", values, {f"hand_eye_{name}_rms_px": 0.3}, f"hand_eye_{name}"), DAY)
    calibration = load_robot(robot)[0].calibration
    assert calibration.cameras["wrist"].camera_in_tip == (0.1, 0.0, 0.05, 0.0, 0.0, 0.0, 1.0)
    assert calibration.cameras["scene"].camera_in_tip is None
    assert set(calibration.residuals) == {"hand_eye_wrist_rms_px", "hand_eye_scene_rms_px"}


def test_a_dry_run_tells_and_writes_nothing(robot: Path) -> None:
    before = robot.read_text()
    assert "tool_mass_kg" in write_findings(robot, TOOL, DAY, dry_run=True)
    assert robot.read_text() == before
    assert list(robot.parent.iterdir()) == [robot]


def test_what_is_not_valid_is_not_written(robot: Path) -> None:
    before = robot.read_text()
    for values, message in (
        ({"tool_mass_kg": -1.0}, "tool_mass_kg"),
        ({"tool_mass_kg": float("nan")}, "tool_mass_kg"),
        ({"weight": 1.0}, "weight: Unexpected keyword"),
    ):
        with pytest.raises(InputError, match=message):
            write_findings(robot, Findings("tool", values, {}, "tool"), DAY)
        assert robot.read_text() == before
        assert list(robot.parent.iterdir()) == [robot]


def test_a_file_that_cannot_be_written_is_refused(robot: Path) -> None:
    robot.chmod(0o444)
    with pytest.raises(InputError, match=r"read-only: allow writing \(chmod u\+w\)"):
        write_findings(robot, TOOL, DAY)
    assert write_findings(robot, TOOL, DAY, dry_run=True)
    with pytest.raises(InputError, match="cannot be read"):
        write_findings(robot.parent / "none.yaml", TOOL, DAY)
    words = robot.parent / "words.yaml"
    words.write_text("just words\n")
    with pytest.raises(InputError, match="is not a robot's file"):
        write_findings(words, TOOL, DAY)
    with pytest.raises(InputError, match="expected one of tool, bias, hand_eye, latency"):
        write_findings(robot, Findings("colour", {}, {}, "x"), DAY)


def test_the_mode_of_the_file_stays(robot: Path) -> None:
    robot.chmod(0o640)
    write_findings(robot, TOOL, DAY)
    assert robot.stat().st_mode & 0o777 == 0o640
