from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a launch file's inside, wrapped into <launch>."""

    def write(inside: str, name: str = "test.launch.xml") -> Path:
        file = tmp_path / name
        file.write_text(f"<launch>\n{inside}\n</launch>\n")
        return file

    return write


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """An environment with one ROS package, ``robot``, that has the executables ``arm`` and ``eye``."""
    prefix = tmp_path / "prefix"
    for folder in ("share/ament_index/resource_index/packages", "share/robot/config", "lib/robot"):
        (prefix / folder).mkdir(parents=True)
    (prefix / "share/ament_index/resource_index/packages/robot").touch()
    (prefix / "share/robot/config/arm.yaml").write_text("/**:\n  ros__parameters:\n    rate_hz: 250.0\n")
    for name in ("arm", "eye"):
        executable = prefix / "lib/robot" / name
        executable.write_text("#!/bin/sh\n")
        executable.chmod(0o755)
    return {"AMENT_PREFIX_PATH": str(prefix), "HOME": "/home/user", "COLOUR": "green"}
