"""A ROS distribution that the shell has sourced, if any."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from touchloop_setup.problem import SetupProblem

VARIABLES = (
    "ROS_DISTRO",
    "ROS_VERSION",
    "ROS_PYTHON_VERSION",
    "AMENT_PREFIX_PATH",
    "CMAKE_PREFIX_PATH",
    "LD_LIBRARY_PATH",
    "PYTHONPATH",
    "PATH",
)


@dataclass(frozen=True, slots=True)
class Distribution:
    """A sourced ROS 2 distribution."""

    name: str
    prefixes: tuple[Path, ...]
    variables: Mapping[str, str]
    """What the shell sets for it; kept so that later commands run without sourcing it again."""

    def has(self, package: str) -> bool:
        """Whether the distribution brings this ROS package."""
        return any((prefix / "share" / package / "package.xml").is_file() for prefix in self.prefixes)


RECORD = "touchloop_ros.json"
"""File in .venv with the `Distribution.variables` that it was made for; empty for the wheels."""


def find_distribution(root: Path, environment: Mapping[str, str] = os.environ) -> Distribution | None:
    """Return the ROS distribution that is sourced, else the one that .venv was made for, or None to use the wheels."""
    sourced = sourced_distribution(root, environment)
    if sourced is not None:
        return sourced
    try:
        recorded = json.loads((root / ".venv" / RECORD).read_text())
    except (OSError, ValueError):
        return None
    return sourced_distribution(root, recorded)


def sourced_distribution(root: Path, environment: Mapping[str, str]) -> Distribution | None:
    """Return the ROS distribution of ``environment``.

    Prefixes inside ``root`` are this checkout's own (its ``.venv`` and workspace) and do not count.
    """
    name = environment.get("ROS_DISTRO", "")
    entries = [Path(entry) for entry in environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if entry]
    prefixes = tuple(entry for entry in entries if not entry.resolve().is_relative_to(root.resolve()))
    if not name or not prefixes:
        return None

    def outside(value: str) -> str:
        return os.pathsep.join(part for part in value.split(os.pathsep) if part and not part.startswith(f"{root}/"))

    kept = {variable: outside(environment[variable]) for variable in VARIABLES if environment.get(variable)}
    found = Distribution(name, prefixes, kept)
    missing = [package for package in ("rclpy", "rosidl_default_generators", "ament_cmake") if not found.has(package)]
    if missing:
        raise SetupProblem(
            f"ROS_DISTRO is {name}, but {', '.join(missing)} is not under AMENT_PREFIX_PATH "
            f"({os.pathsep.join(map(str, prefixes))}). Install ros-{name}-ros-base and its build tools, or open a "
            "shell with no ROS sourced to use the ROS 2 wheels."
        )
    return found
