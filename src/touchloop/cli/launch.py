"""``touchloop launch``: runs a ROS 2 launch file, with or without a ROS installation."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console
from rich.table import Table

from touchloop.errors import InputError
from touchloop.launching.environment import REPOSITORY, ros_environment
from touchloop.launching.find import find_launch_file, parse_assignments
from touchloop.launching.output import Screen, log_folder
from touchloop.launching.packages import package_prefix
from touchloop.launching.parser import parse_file
from touchloop.launching.resolver import Process, declared_arguments, resolve
from touchloop.launching.runner import run_processes
from touchloop.launching.templates import source_text


@dataclass(frozen=True)
class Launch:
    """Run a launch file, as ``ros2 launch`` does: ``touchloop launch sim.launch.xml task:=wipe``.

    Where a ROS installation with ``ros2 launch`` is there, that runs the file.
    """

    words: Annotated[tuple[str, ...], tyro.conf.Positional, tyro.conf.arg(metavar="[PACKAGE] FILE NAME:=VALUE ...")]
    """A launch file or the name of one of touchloop's, then values for its arguments."""
    show_args: Annotated[bool, tyro.conf.arg(aliases=["-s"])] = False
    """List the file's arguments and stop."""
    dry_run: Annotated[bool, tyro.conf.arg(aliases=["-p"])] = False
    """Print the commands and stop."""
    embedded: bool = False
    """Run the file here even where ``ros2 launch`` is there."""

    def run(self) -> int:
        """Return the exit code: of the process that ended the launch, 130 after Ctrl-C."""
        environment = ros_environment()
        assignments = parse_assignments([word for word in self.words if ":=" in word])
        file = find_launch_file([word for word in self.words if ":=" not in word], [REPOSITORY / "launch"], environment)
        if self.show_args:
            _show_arguments(file)
            return 0
        if not self.embedded and not self.dry_run and (ros2 := _ros2_launch(environment)):
            _refuse_unknown(file, assignments)
            command = [ros2, "launch", str(file), *(f"{name}:={value}" for name, value in assignments.items())]
            sys.stdout.flush()
            os.execve(ros2, command, environment)
        folder = log_folder(environment) / f"{datetime.now():%Y-%m-%d-%H-%M-%S}-touchloop-{os.getpid()}"
        processes = resolve(file, assignments, {"PYTHONUNBUFFERED": "1", **environment}, folder)
        if self.dry_run:
            _show_commands(processes)
            return 0
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "launch.log").open("w") as log:
            return run_processes(processes, Screen(log=log))


def _ros2_launch(environment: Mapping[str, str]) -> str | None:
    """Return the path of ``ros2`` where it has the verb launch."""
    try:
        package_prefix("ros2launch", environment)
    except InputError:
        return None
    return shutil.which("ros2", path=environment.get("PATH"))


def _refuse_unknown(file: Path, assignments: Mapping[str, str]) -> None:
    """``ros2 launch`` silently accepts an argument that does not exist; a user wants to know."""
    declared = [argument.name for argument in declared_arguments(parse_file(file))]
    unknown = sorted(set(assignments) - set(declared))
    if unknown:
        raise InputError(f"{file.name} has no argument {', '.join(unknown)}; its arguments are: {', '.join(declared)}")


def _show_arguments(file: Path) -> None:
    table = Table(title=f"Arguments of {file.name}", title_justify="left")
    for column in ("name", "default", "valid", "description"):
        table.add_column(column)
    for argument in declared_arguments(parse_file(file)):
        default = "[bold]required[/]" if argument.default is None else source_text(argument.default)
        table.add_row(argument.name, default, ", ".join(argument.choices), argument.description)
    Console().print(table)


def _show_commands(processes: list[Process]) -> None:
    for process in processes:
        notes = [f"respawned after {process.respawn_delay_s:g} s"] * process.respawn
        notes += ["its end shuts everything down"] * process.shutdown_on_exit
        print(f"# {process.name}" + (f" ({', '.join(notes)})" if notes else ""))
        print(shlex.join(process.command))
