"""Finds ROS packages through the ament index: the folders in AMENT_PREFIX_PATH."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from touchloop.errors import InputError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def package_prefix(package: str, environment: Mapping[str, str]) -> Path:
    """Return the folder that a package is installed under.

    Raises:
        InputError: no such package; the message lists where was looked.
    """
    prefixes = [prefix for prefix in environment.get("AMENT_PREFIX_PATH", "").split(os.pathsep) if prefix]
    for prefix in prefixes:
        if NAME.fullmatch(package) and (Path(prefix) / "share/ament_index/resource_index/packages" / package).is_file():
            return Path(prefix)
    searched = ", ".join(prefixes) or "AMENT_PREFIX_PATH is empty"
    raise InputError(f"package {package!r} is not installed (searched: {searched})")


def package_share(package: str, environment: Mapping[str, str]) -> Path:
    """Return a package's share folder; raises as :func:`package_prefix` does."""
    return package_prefix(package, environment) / "share" / package


def package_executable(package: str, executable: str, environment: Mapping[str, str]) -> Path:
    """Return the path of a package's executable.

    Raises:
        InputError: no such package or executable; the message lists what there is.
    """
    folder = package_prefix(package, environment) / "lib" / package
    path = folder / executable
    if path.is_file() and os.access(path, os.X_OK):
        return path
    names = sorted(file.name for file in folder.glob("*") if file.is_file() and os.access(file, os.X_OK))
    there = ", ".join(names) or "none"
    raise InputError(f"package {package!r} has no executable {executable!r}; it has: {there}")
