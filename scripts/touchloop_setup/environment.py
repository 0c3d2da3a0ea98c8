"""Makes the virtual environment, installs the pinned packages and patches the ROS wheels."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

from touchloop_setup.distribution import RECORD, Distribution
from touchloop_setup.layout import Layout
from touchloop_setup.problem import SetupProblem
from touchloop_setup.process import run_all

BUILD_MACHINE_PATHS = re.compile(r"/opt/python/cp\d+-cp\d+/(include/python3\.\d+|lib/python3\.\d+/site-packages)")

NOT_IMPORTED = r"/(tests?|testing|ray|pybullet_\w+|pip|setuptools)/"
"""Folders without modules that a node imports."""

COMPILES_PYBULLET = (3, 12)
"""From this Python on, the package index has PyBullet as source only."""

# A distribution's message libraries are compiled against the numpy that it comes with.
FROM_DISTRIBUTION = ("numpy",)


def venv_works(layout: Layout) -> bool:
    """Whether the environment's interpreter starts and finds pip."""
    if not layout.python.exists():
        return False
    probe = [str(layout.python), "-I", "-c", "import pip, sys; sys.exit(sys.prefix == sys.base_prefix)"]
    return subprocess.run(probe, capture_output=True, check=False).returncode == 0


def make_venv(layout: Layout, distribution: Distribution | None) -> None:
    """Make a new, empty environment in place of whatever is there."""
    if layout.venv.is_symlink() or layout.venv.is_file():
        layout.venv.unlink()
    elif layout.venv.exists():
        shutil.rmtree(layout.venv)
    command = [sys.executable, "-m", "venv", str(layout.venv)]
    if distribution is not None:
        command.append("--system-site-packages")
    run_all({layout.logs / "venv.log": command}, os.environ, layout.root)
    underlay = {} if distribution is None else dict(distribution.variables)
    (layout.venv / RECORD).write_text(json.dumps(underlay, indent=1))


def requirement_lists(layout: Layout, distribution: Distribution | None) -> list[Path]:
    """Return the pinned lists to install; a sourced distribution replaces the ROS wheels."""
    names = ["run", "dev"] if distribution is not None else ["run", "ros", "dev"]
    return [layout.requirements / f"{name}.txt" for name in names]


def install_packages(layout: Layout, distribution: Distribution | None) -> None:
    """Install the pinned packages; pip's own configuration decides where they come from."""
    pins = [line for path in requirement_lists(layout, distribution) for line in path.read_text().splitlines()]
    pins = [line for line in pins if line and not line.startswith("#")]
    if distribution is not None:
        pins = [pin for pin in pins if pin.partition("==")[0] not in FROM_DISTRIBUTION]
    heavy = [pin for pin in pins if not pin.startswith(("ros-", "colcon-"))]
    light = [pin for pin in pins if pin not in heavy]
    # The lists are complete, so pip need not resolve; byte code is made at the end, by all cores and of less.
    pip = [
        str(layout.python),
        "-m",
        "pip",
        "install",
        "--disable-pip-version-check",
        "--no-compile",
        "--progress-bar=off",
    ]
    exact = [*pip, "--no-deps", "--no-build-isolation"]
    environment = pip_environment()
    build_tool = [pin for pin in pins if pin.startswith("setuptools==")]
    run_all({layout.logs / "pip-build-tool.log": [*exact, *build_tool]}, environment, layout.root)
    halves: dict[Path, Sequence[str]] = {layout.logs / "pip-run.log": [*exact, *heavy]}
    if light:
        halves[layout.logs / "pip-ros.log"] = [*exact, *light]
    run_all(halves, environment, layout.root)
    # Which libraries torch needs beside it depends on where its wheel comes from.
    torch = [pin for pin in pins if pin.startswith("torch==")]
    constraints = [argument for path in requirement_lists(layout, distribution) for argument in ("-c", str(path))]
    run_all({layout.logs / "pip-torch.log": [*pip, *constraints, *torch]}, environment, layout.root)
    if distribution is None:
        patch_wheels(layout)


def install_touchloop(layout: Layout) -> None:
    """Install touchloop itself, linked to its sources."""
    command = [str(layout.python), "-m", "pip", "install", "--disable-pip-version-check", "--no-deps"]
    command += ["--no-build-isolation", "--editable", str(layout.root)]
    run_all({layout.logs / "pip-touchloop.log": command}, pip_environment(), layout.root)


def compile_byte_code(layout: Layout) -> None:
    """Make the byte code of all that nodes import.

    Where ``PYTHONDONTWRITEBYTECODE`` is set, as containers have it, Python would compile every module anew whenever a
    node starts: it took 5 s of processor time instead of 2, and an arm that holds for a dead node waits for that.
    """
    folders = [*layout.venv.glob("lib/python3*/site-packages"), layout.root / "src"]
    folders += [*layout.workspace.glob("install/lib/python3*/site-packages"), layout.workspace / "src/touchloop_nodes"]
    command = [str(layout.python), "-m", "compileall", "-q", "-j", "0", "-x", NOT_IMPORTED, *map(str, folders)]
    log = layout.logs / "byte-code.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as output:
        # Some packages bring templates that are no Python; what is not compiled here is compiled when it is imported.
        subprocess.run(command, env=pip_environment(), stdout=output, stderr=subprocess.STDOUT, check=False)


def pip_environment() -> dict[str, str]:
    """Return the caller's environment without what would lead pip to other packages than the environment's."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONDONTWRITEBYTECODE")}


def patch_wheels(layout: Layout) -> int:
    """Put this environment's paths in place of the build machine's in the wheels' CMake files; return how many."""
    site = next(layout.venv.glob("lib/python3*/site-packages"))
    include = sysconfig.get_paths()["include"]
    count = 0
    for path in layout.venv.glob("share/**/*.cmake"):
        text = path.read_text()
        fixed = BUILD_MACHINE_PATHS.sub(lambda match: include if match[1].startswith("include") else str(site), text)
        if fixed != text:
            path.write_text(fixed)
            count += 1
    if not (layout.venv / "share/rclpy").is_dir():
        raise SetupProblem(f"The ROS 2 wheels left no share/rclpy in {layout.venv}. Remove .venv and run this again.")
    return count
