"""A new file appears when it is whole, or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from touchloop.errors import InputError


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Gives a path beside ``path`` to write to; renames it at the end, removes it after an error.

    Raises:
        InputError: ``path`` exists, or its folder does not.
    """
    if path.exists():
        raise InputError(f"{path} exists already; choose another name, or remove it first")
    if not path.parent.is_dir():
        raise InputError(f"there is no folder {path.parent}")
    part = path.with_name(f"{path.stem}.part{path.suffix}")
    _remove(part)
    try:
        yield part
        part.rename(path)
    finally:
        _remove(part)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
