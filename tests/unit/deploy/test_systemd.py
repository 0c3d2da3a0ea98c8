import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from test_docker import check_launch

from touchloop.deploy.network import Network
from touchloop.deploy.realtime import PRIORITY
from touchloop.launching.environment import REPOSITORY

UNITS = sorted((REPOSITORY / "deploy/systemd").glob("*.service"))


def values(unit: Path, key: str) -> list[str]:
    return re.findall(rf"^{key}=(.*)$", unit.read_text(), re.MULTILINE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_launch_arguments_and_their_variables_exist(unit: Path, tmp_path: Path) -> None:
    (line,) = values(unit, "ExecStart")
    words = shlex.split(line)
    assert words[1] == "launch"
    check_launch(words[2:])
    files = [Path(name).name for name in values(unit, "EnvironmentFile")]
    assert files[0] in {path.name for path in Network(("lo",), ("10.0.0.2",)).write(tmp_path)}
    samples = "\n".join((unit.parent / name).read_text() for name in files[1:])
    given = set(re.findall(r"^(\w+)=", samples, re.MULTILINE))
    assert set(re.findall(r"\$\{(\w+)\}", line)) == given


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_end_their_nodes_cleanly_and_start_again(unit: Path) -> None:
    # ros2 launch leaves its nodes behind on SIGTERM.
    assert values(unit, "KillSignal") == ["SIGINT"]
    assert values(unit, "Restart")[0] in ("on-failure", "always")


def test_the_robot_may_have_the_priority_that_its_nodes_ask_for() -> None:
    (robot,) = [unit for unit in UNITS if "robot" in unit.name]
    assert int(values(robot, "LimitRTPRIO")[0]) >= PRIORITY
    assert values(robot, "LimitMEMLOCK") == ["infinity"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_systemd_takes_the_unit(unit: Path, tmp_path: Path) -> None:
    # The program and the user are not on this machine.
    text = unit.read_text().replace("/opt/touchloop/.venv/bin/touchloop", "/bin/true").replace("User=touchloop", "")
    copy = tmp_path / unit.name
    copy.write_text(text)
    ended = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert unit.name not in ended.stderr
    copy.write_text(text.replace("Restart=", "Restrat="))
    ended = subprocess.run(["systemd-analyze", "verify", copy], capture_output=True, text=True, check=False)
    assert "Restrat" in ended.stderr
