"""Names of bag folders: where the next recording goes, and which folders belong to one run."""

import re
from collections.abc import Sequence
from pathlib import Path

from touchloop.errors import InputError


def next_folder(directory: Path) -> Path:
    """Gives the folder itself if it is free, else `NAME_1`, `NAME_2` and so on: the first that is free."""
    candidate, number = directory, 0
    while candidate.exists():
        number += 1
        candidate = directory.with_name(f"{directory.name}_{number}")
    return candidate


def bag_parts(directory: Path) -> list[Path]:
    """Lists a bag and those that a restarted recorder continued it with (`NAME_1`, ...), in order."""
    pattern = re.compile(re.escape(directory.name) + r"_(\d+)")
    numbered = {
        int(match[1]): path
        for path in directory.parent.glob(f"{directory.name}_*")
        if path.is_dir() and (match := pattern.fullmatch(path.name))
    }
    return [*([directory] if directory.exists() else []), *(numbered[number] for number in sorted(numbered))]


def bags_in(paths: Sequence[Path]) -> list[Path]:
    """The bags at and under these folders.

    Raises:
        InputError: a path where there is none.
    """
    found: list[Path] = []
    for path in paths:
        here = sorted(file.parent for file in path.rglob("metadata.yaml")) if path.is_dir() else []
        if not here:
            raise InputError(f"bags {path}: no bag there; a folder with metadata.yaml is expected")
        # A restarted recorder goes on in NAME_1: that is no run of its own.
        found += [bag for bag in here if not any(bag in bag_parts(first)[1:] for first in here if first != bag)]
    return found
