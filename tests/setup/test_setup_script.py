"""``scripts/setup`` itself, in a copy of the checkout and with a PATH that lacks things."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
BASE_PYTHON = Path(getattr(sys, "_base_executable", sys.executable)).resolve()
TOOLS = ("bash", "dirname", "env", "head")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    shutil.copytree(REPOSITORY / "scripts", root / "scripts", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(REPOSITORY / "requirements", root / "requirements")
    (tmp_path / "bin").mkdir()
    for tool in TOOLS:
        found = shutil.which(tool)
        assert found, tool
        (tmp_path / "bin" / tool).symlink_to(found)
    return root


def run_setup(checkout: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", checkout / "scripts/setup"],
        env={"PATH": str(checkout.parent / "bin"), "HOME": str(checkout.parent), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def fake_python(path: Path, version: str) -> None:
    path.write_text(f'#!/bin/sh\n[ "$1" = --version ] && echo "Python {version}" && exit 0\nexit 1\n')
    path.chmod(0o755)


def test_without_any_python_it_says_which_to_install(checkout):
    result = run_setup(checkout)
    assert result.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in result.stderr
    assert "sudo apt install python3" in result.stderr


def test_an_old_python_on_the_path_is_passed_over(checkout):
    fake_python(checkout.parent / "bin/python3", "3.9.2")
    result = run_setup(checkout)
    assert result.returncode == 1
    assert "needs Python 3.11, 3.12 or 3.13" in result.stderr


def test_the_python_that_the_user_names_must_fit(checkout):
    fake_python(checkout.parent / "old", "3.9.2")
    result = run_setup(checkout, PYTHON=str(checkout.parent / "old"))
    assert result.returncode == 1
    assert "is not a working Python 3.11, 3.12 or 3.13 (Python 3.9.2)" in result.stderr


def test_without_a_compiler_it_stops_before_it_makes_anything(checkout):
    result = run_setup(checkout, PYTHON=str(BASE_PYTHON))
    assert result.returncode == 1
    assert "No C compiler was found" in result.stderr
    assert "Traceback" not in result.stderr
    assert not (checkout / ".venv").exists()


@pytest.mark.parametrize(
    ("left_behind", "said"),
    [
        (None, ".venv is there but unfinished"),
        ("{ not json", "An earlier set-up stopped in the step 'set-up'"),
        (json.dumps({"done": {"environment": "x"}, "under_way": "packages"}), "stopped in the step 'packages'"),
        (json.dumps({"done": {"environment": "x"}, "under_way": None}), "its Python does not start"),
    ],
)
def test_a_half_finished_run_is_noticed(checkout, left_behind, said):
    (checkout / ".venv/bin").mkdir(parents=True)
    (checkout / ".venv/bin/python").symlink_to("/nowhere/python3")
    if left_behind is not None:
        (checkout / ".venv/touchloop_setup.json").write_text(left_behind)
    result = run_setup(checkout, PYTHON=str(BASE_PYTHON))
    # It goes on to make the environment again, for which this PATH has no compiler.
    assert said in result.stdout
    assert "No C compiler was found" in result.stderr


def test_an_incomplete_ros_distribution_is_named(checkout):
    prefix = checkout.parent / "opt/ros/kilted"
    prefix.mkdir(parents=True)
    result = run_setup(checkout, PYTHON=str(BASE_PYTHON), ROS_DISTRO="kilted", AMENT_PREFIX_PATH=str(prefix))
    assert result.returncode == 1
    assert "ROS_DISTRO is kilted, but rclpy, rosidl_default_generators, ament_cmake" in result.stderr
