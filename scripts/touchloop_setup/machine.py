"""Checks of the machine, each with a message that says what to do."""

import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from touchloop_setup.problem import SetupProblem

NEEDED_BYTES = 4 * 1000**3
OLDEST_CMAKE = (3, 20)


def check_platform(system: str = platform.system(), machine: str = platform.machine()) -> None:
    """Refuse all but 64-bit x86 Linux: the ROS 2 wheels exist for nothing else."""
    if (system, machine) != ("Linux", "x86_64"):
        raise SetupProblem(
            f"This machine is {system} {machine}, but the ROS 2 wheels exist only for Linux x86_64. "
            "Use such a machine or container, or source a ROS 2 distribution first."
        )


def check_python(version: tuple[int, ...] = sys.version_info[:2]) -> None:
    """Refuse a Python without wheels, without the venv module or without C headers."""
    name = ".".join(str(part) for part in version[:2])
    if not (3, 11) <= tuple(version[:2]) <= (3, 13):
        raise SetupProblem(f"This is Python {name}; touchloop needs 3.11, 3.12 or 3.13. Set PYTHON to one of them.")
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise SetupProblem(
            f"Python {name} has no venv module. Debian, Ubuntu: sudo apt install python{name}-venv, "
            "then run this again."
        )
    header = Path(sysconfig.get_paths()["include"]) / "Python.h"
    if not header.is_file():
        raise SetupProblem(
            f"Python {name} has no C headers ({header} is missing), which the ROS messages are built with. "
            f"Debian, Ubuntu: sudo apt install python{name}-dev, then run this again."
        )


def check_build_tools(environment: Mapping[str, str] = os.environ) -> None:
    """Refuse a machine without a C and C++ compiler or a recent CMake."""
    search = environment.get("PATH", "")
    for variable, language, names in (("CC", "C", ("cc", "gcc", "clang")), ("CXX", "C++", ("c++", "g++", "clang++"))):
        chosen = environment.get(variable)
        if not any(shutil.which(name, path=search) for name in ([chosen.split()[0]] if chosen else names)):
            looked_for = f"{variable}={chosen}" if chosen else ", ".join(names)
            raise SetupProblem(
                f"No {language} compiler was found ({looked_for}); the ROS messages are built from source. "
                "Debian, Ubuntu: sudo apt install build-essential cmake, then run this again."
            )
    cmake = shutil.which("cmake", path=search)
    if cmake is None:
        raise SetupProblem("CMake was not found. Debian, Ubuntu: sudo apt install cmake, then run this again.")
    text = subprocess.run([cmake, "--version"], capture_output=True, text=True, check=False).stdout
    match = re.search(r"(\d+)\.(\d+)", text)
    if match is None:
        raise SetupProblem(f"{cmake} does not work: `cmake --version` printed {text!r}. Install it again.")
    if tuple(int(part) for part in match.groups()) < OLDEST_CMAKE:
        raise SetupProblem(
            f"{cmake} is version {match[0]}, but the ROS 2 build files need 3.20 or later. Install a newer CMake."
        )


def check_disk(folder: Path, free_bytes: int | None = None) -> None:
    """Refuse a disk without room for the packages and the build."""
    free = shutil.disk_usage(folder).free if free_bytes is None else free_bytes
    if free < NEEDED_BYTES:
        raise SetupProblem(
            f"The disk of {folder} has {free / 1e9:.1f} GB free, but the set-up needs about "
            f"{NEEDED_BYTES / 1e9:.0f} GB. Make room, or clone to a bigger disk, then run this again."
        )
