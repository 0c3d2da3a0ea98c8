"""The environment that processes using ROS need, computed so that nothing has to be sourced."""

import json
import os
import shlex
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from touchloop.errors import InputError

REPOSITORY = Path(__file__).resolve().parents[3]
"""The checkout that this library runs from; it holds ``ros2_ws``, ``launch`` and ``config``."""

WORKSPACE = REPOSITORY / "ros2_ws"


def ros_environment() -> dict[str, str]:
    """Return the environment for child processes that use ROS: the caller's, with ROS and the workspace added.

    What the caller has set stays: a sourced ROS distribution, ``ROS_DOMAIN_ID``, ``FASTDDS_DEFAULT_PROFILES_FILE``
    (``config/fastdds.xml`` unless set), ``ROS_AUTOMATIC_DISCOVERY_RANGE``. Unless set, that is ``SYSTEM_DEFAULT`` with
    Fast DDS, whose profile keeps to loopback where ``LOCALHOST`` would not, and ``LOCALHOST`` with other middleware.

    Raises:
        InputError: the workspace is not built.
    """
    install = WORKSPACE / "install"
    if not (install / "setup.sh").is_file():
        raise InputError(f"the ROS workspace is not built ({install} is missing); run `make setup` in {REPOSITORY}")
    return {**os.environ, **workspace_variables(os.environ)}


def workspace_variables(base: Mapping[str, str]) -> dict[str, str]:
    """Return only the variables that are to change in an environment that starts as ``base``."""
    prefix, install = Path(sys.prefix), WORKSPACE / "install"
    prefixes, libraries = [install], [install / "lib"]
    variables: dict[str, str] = {}
    if (prefix / "share/rclpy").is_dir():
        prefixes.append(prefix)
        libraries += [prefix / "lib", *sorted(prefix.glob("lib/python3*/site-packages/ros_*.libs"))]
        # The wheels' start-up hook would otherwise run Python a second time to set LD_LIBRARY_PATH.
        variables["_ROS_WHEELS_BOOTSTRAP_COMPLETE"] = "1"
    modules = [
        # `colcon build --symlink-install` leaves Python packages in the build folder, linked to their sources.
        WORKSPACE / "build/touchloop_nodes",
        *sorted(install.glob("lib/python3*/site-packages")),
        *sorted(install.glob("local/lib/python3*/dist-packages")),
    ]
    additions = {
        "PATH": [prefix / "bin"],
        "AMENT_PREFIX_PATH": prefixes,
        "CMAKE_PREFIX_PATH": prefixes,
        "LD_LIBRARY_PATH": libraries,
        "PYTHONPATH": modules,
    }
    underlay = {} if base.get("AMENT_PREFIX_PATH") and base.get("ROS_DISTRO") else _recorded_distribution(prefix)
    for name in additions.keys() | underlay.keys():
        if name in additions:
            below = [*underlay.get(name, "").split(os.pathsep), *base.get(name, "").split(os.pathsep)]
            variables[name] = _join([*map(str, additions[name]), *below])
        else:
            variables[name] = underlay[name]
    fast_dds = base.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp").startswith("rmw_fastrtps")
    own_range = "SYSTEM_DEFAULT" if fast_dds else "LOCALHOST"
    variables["ROS_AUTOMATIC_DISCOVERY_RANGE"] = base.get("ROS_AUTOMATIC_DISCOVERY_RANGE") or own_range
    variables["FASTDDS_DEFAULT_PROFILES_FILE"] = base.get("FASTDDS_DEFAULT_PROFILES_FILE") or str(
        REPOSITORY / "config/fastdds.xml"
    )
    return variables


def shell_exports() -> str:
    """Return lines for a shell to source; the shell's own paths stay behind ours."""
    lines = ["# Made by scripts/setup: source it to use ROS and touchloop in this shell."]
    for name, value in sorted(workspace_variables({}).items()):
        if os.pathsep in value or name in ("PATH", "PYTHONPATH"):
            lines.append(f'export {name}={shlex.quote(value)}"${{{name}:+:${name}}}"')
        else:
            lines.append(f'export {name}="${{{name}:-{value}}}"')
    return "\n".join(lines)


def _recorded_distribution(prefix: Path) -> dict[str, str]:
    """Return what the shell that ran the set-up had sourced; empty with the ROS wheels."""
    record = prefix / "touchloop_ros.json"
    return json.loads(record.read_text()) if record.is_file() else {}


def _join(entries: Iterable[str]) -> str:
    return os.pathsep.join(dict.fromkeys(entry for entry in entries if entry))


if __name__ == "__main__":
    print(shell_exports())
