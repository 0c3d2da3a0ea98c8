"""Names of bag folders: where the next recording goes, and which folders belong to one run."""

import re
from pathlib import Path


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
