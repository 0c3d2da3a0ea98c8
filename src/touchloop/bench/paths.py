"""Paths in files that are kept."""

from pathlib import Path


def shown_path(path: Path) -> str:
    """Relative where it can be, so that the file means the same in another checkout."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
