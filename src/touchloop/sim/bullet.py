"""PyBullet, imported without the line that it writes to standard output."""

import ctypes
import os


def _import_silently() -> None:
    silenced, nothing = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nothing, 1)
        import pybullet  # noqa: F401 importing it is what writes

        # C's own buffer must go the same way before the output is given back.
        ctypes.CDLL(None).fflush(None)
    finally:
        os.dup2(silenced, 1)
        os.close(silenced)
        os.close(nothing)


_import_silently()

import pybullet  # noqa: E402

__all__ = ["pybullet"]
