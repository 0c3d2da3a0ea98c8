"""The command line that runs a ``touchloop`` command as a child of this process."""

import sys
from collections.abc import Mapping
from pathlib import Path


def touchloop_command(command: str, *arguments: str) -> list[str]:
    """``touchloop COMMAND ARGUMENTS`` by this very interpreter."""
    return [sys.executable, "-m", "touchloop.cli.main", command, *arguments]


def launch_command(file: str, values: Mapping[str, str | int | float | bool | Path]) -> list[str]:
    """``touchloop launch --embedded FILE NAME:=VALUE ...``"""
    written = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values.items()}
    return touchloop_command("launch", "--embedded", file, *(f"{name}:={value}" for name, value in written.items()))
