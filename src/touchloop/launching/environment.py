"""The environment that processes using ROS need, computed so that nothing has to be sourced."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from touchloop.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[3]
"""The checkout that this library runs from; it holds ``ros2_ws``, ``launch`` and ``config``."""

WORKSPACE = REPOSITORY / "ros2_ws"

_LISTS = ("PATH", "AMENT_PREFIX_PATH", "CMAKE_PREFIX_PATH", "LD_LIBRARY_PATH", "PYTHONPATH")


def ros_environment() -> dict[str, str]:
    """Return the environment for child processes that use ROS: the caller's, with the workspace and the ROS wheels.

    What the caller has set stays: a sourced ROS distribution, ``ROS_DOMAIN_ID``, ``ROS_AUTOMATIC_DISCOVERY_RANGE``
    (``LOCALHOST`` unless set), ``FASTDDS_DEFAULT_PROFILES_FILE``.

    Raises:
        InputError: the workspace is not built.
    """
    install = WORKSPACE / "install"
    if not (install / "setup.sh").is_file():
        raise InputError(f"the ROS workspace is not built ({install} is missing); run `make setup` in {REPOSITORY}")
    return {**os.environ, **workspace_variables(os.environ)}


def workspace_variables(base: "os._Environ[str] | dict[str, str]") -> dict[str, str]:
    """Return only the variables that differ from ``base``; see `ros_environment`."""
    prefix, install = Path(sys.prefix), WORKSPACE / "install"
    site = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    wheels = prefix if (prefix / "share/rclpy").is_dir() else None
    additions: dict[str, list[Path]] = {name: [] for name in _LISTS}
    additions["PATH"] = [prefix / "bin"]
    additions["AMENT_PREFIX_PATH"] = additions["CMAKE_PREFIX_PATH"] = [install]
    additions["LD_LIBRARY_PATH"] = [install / "lib"]
    additions["PYTHONPATH"] = [
        # `colcon build --symlink-install` leaves Python packages in the build folder, linked to their sources.
        WORKSPACE / "build/touchloop_nodes",
        *sorted(install.glob("lib/python3*/site-packages")),
        *sorted(install.glob("local/lib/python3*/dist-packages")),
    ]
    variables = {}
    if wheels is not None:
        additions["AMENT_PREFIX_PATH"] = additions["CMAKE_PREFIX_PATH"] = [install, wheels]
        additions["LD_LIBRARY_PATH"] += [wheels / "lib", *sorted((wheels / site).glob("ros_*.libs"))]
        # The wheels' start-up hook would otherwise run Python a second time to set LD_LIBRARY_PATH.
        variables["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    for name, paths in additions.items():
        variables[name] = _prepend(paths, base.get(name, ""))
    variables.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", base.get("ROS_AUTOMATIC_DISCOVERY_RANGE") or "LOCALHOST")
    variables.setdefault(
        "FASTDDS_DEFAULT_PROFILES_FILE",
        base.get("FASTDDS_DEFAULT_PROFILES_FILE") or str(REPOSITORY / "config/fastdds.xml"),
    )
    if not base.get("HOME"):
        variables["HOME"] = str(REPOSITORY / ".venv")
    return variables


def _prepend(paths: Iterable[Path], current: str) -> str:
    ours = [str(path) for path in paths]
    return os.pathsep.join([*ours, *(entry for entry in current.split(os.pathsep) if entry and entry not in ours)])
