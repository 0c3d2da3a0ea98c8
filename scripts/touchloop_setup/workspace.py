"""Builds the ROS packages that changed, with colcon."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from touchloop_setup.distribution import Distribution
from touchloop_setup.layout import Layout
from touchloop_setup.problem import SetupProblem
from touchloop_setup.process import run_all
from touchloop_setup.state import fingerprint

# Files whose content is linked, not copied, into the install folder: only which ones there are counts.
LINKED = {
    "touchloop_nodes": ("ros2_ws/src/touchloop_nodes/touchloop_nodes",),
    "touchloop_bringup": ("launch", "config"),
    "touchloop_description": (
        "src/touchloop/sim/assets",
        "ros2_ws/src/touchloop_description/rviz",
        "ros2_ws/src/touchloop_description/foxglove",
    ),
}


def packages(layout: Layout, distribution: Distribution | None) -> dict[str, Path]:
    """Return name -> folder of the packages to build, without those that the distribution brings."""
    found = {path.parent.name: path.parent for path in sorted((layout.workspace / "src").glob("**/package.xml"))}
    return {
        name: folder
        for name, folder in found.items()
        if folder.parent.name != "interfaces" or distribution is None or not distribution.has(name)
    }


def package_fingerprint(layout: Layout, name: str, folder: Path, base: str) -> str:
    """Return the hash of all that makes it necessary to build this package again."""
    linked = [layout.root / entry for entry in LINKED.get(name, ())]
    content = [path for path in _files(folder) if not any(path.is_relative_to(entry) for entry in linked)]
    names = [path for entry in linked for path in _files(entry) if path.suffix != ".py"]
    return fingerprint(base, files=content, names=names)


def remove_build(layout: Layout) -> None:
    """Remove everything that colcon made."""
    for name in ("build", "install", "log"):
        shutil.rmtree(layout.workspace / name, ignore_errors=True)


def is_built(layout: Layout, name: str) -> bool:
    """Whether the install folder holds the package."""
    return (layout.workspace / "install/share" / name / "package.xml").is_file()


def build(layout: Layout, selected: Iterable[str], skipped: Iterable[str], distribution: Distribution | None) -> None:
    """Build the ``selected`` packages into one install folder; ``skipped`` come from the distribution."""
    colcon = shutil.which("colcon", path=f"{layout.venv / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}")
    if colcon is None:
        raise SetupProblem(
            "colcon was not found. Debian, Ubuntu with a ROS distribution: "
            "sudo apt install python3-colcon-common-extensions, then run this again."
        )
    # The interpreter that runs colcon is the one that the nodes' executables name.
    command = [str(layout.python), colcon, "--log-base", "log", "build", "--symlink-install", "--merge-install"]
    command += ["--event-handlers", "console_direct-", "console_cohesion+", "--packages-select", *selected]
    if skipped:
        command += ["--packages-ignore", *skipped]
    command += ["--cmake-args", f"-DPython3_EXECUTABLE={layout.python}", "-DBUILD_TESTING=OFF"]
    if distribution is None:
        command += ["-G", "Ninja"]
    run_all({layout.logs / "colcon.log": command}, _build_environment(layout, distribution), layout.workspace)


def _build_environment(layout: Layout, distribution: Distribution | None) -> dict[str, str]:
    environment = dict(os.environ)
    environment["PATH"] = f"{layout.venv / 'bin'}{os.pathsep}{environment.get('PATH', '')}"
    environment["VIRTUAL_ENV"] = str(layout.venv)
    if distribution is not None:
        return {**environment, **distribution.variables, "PATH": environment["PATH"]}
    environment.pop("PYTHONPATH", None)
    site = next(layout.venv.glob("lib/python3*/site-packages"))
    libraries = [layout.venv / "lib", *sorted(site.glob("ros_*.libs"))]
    return environment | {
        "AMENT_PREFIX_PATH": str(layout.venv),
        "CMAKE_PREFIX_PATH": str(layout.venv),
        "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
        # Without this every code generator would start Python twice.
        "_ROS_WHEELS_BOOTSTRAP_COMPLETE": "1",
    }


def _files(folder: Path) -> list[Path]:
    ignored = {"__pycache__"}
    return [path for path in folder.glob("**/*") if path.is_file() and not ignored & set(path.parts)]
