"""``touchloop live``: watch a running stack in the terminal."""

import os
import sys
from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.launching.environment import ros_environment
from touchloop.launching.packages import package_executable


@dataclass(frozen=True)
class Live:
    """Watch a running stack: task, mode, force, rates, lateness, ages and warnings, until Ctrl-C.

    It only listens. Without a terminal it prints one line a second.
    """

    namespace: str = ""
    """Of the whole stack."""
    arms: tuple[str, ...] = ()
    """Names of the arms of a stack of several: ``--arms left right``."""
    refresh_hz: float = 5.0
    """Pictures a second."""
    plain: bool = False
    """One line a second in a terminal, too."""

    def run(self) -> int:
        """Become the node; its exit code is the process's."""
        if not 0.2 <= self.refresh_hz <= 20.0:
            raise InputError(f"--refresh-hz {self.refresh_hz:g}: expected 0.2 to 20")
        environment = ros_environment()
        executable = package_executable("touchloop_nodes", "live_view", environment)
        command = [str(executable), "--ros-args", "-p", f"refresh_hz:={float(self.refresh_hz)}"]
        command += ["-p", f"plain:={str(self.plain).lower()}"]
        if self.arms:
            command += ["-p", f"arms:=[{', '.join(self.arms)}]"]
        if self.namespace.strip("/"):
            command += ["-r", f"__ns:=/{self.namespace.strip('/')}"]
        sys.stdout.flush()
        os.execve(executable, command, environment)
