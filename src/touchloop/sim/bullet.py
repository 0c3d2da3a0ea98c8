"""PyBullet, imported without the line that it writes to standard error."""

import os


def _import_silently() -> None:
    silenced, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 2)
        import pybullet  # noqa: F401 importing it is what writes
    finally:
        os.dup2(silenced, 2)
        os.close(silenced)
        os.close(nothing)


_import_silently()

import pybullet  # noqa: E402

__all__ = ["pybullet"]
