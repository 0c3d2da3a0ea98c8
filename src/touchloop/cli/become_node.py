"""Commands that are nodes: the process becomes the node, so that its exit code and signals are the node's."""

import json
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from touchloop.launching.environment import ros_environment
from touchloop.launching.packages import package_executable


def become_node(
    name: str,
    parameters: Mapping[str, object],
    namespace: str = "",
    arms: Sequence[str] = (),
    remaps: Sequence[str] = (),
) -> NoReturn:
    """Runs an executable of touchloop_nodes in place of this process.

    Args:
        name: of the executable.
        parameters: its own.
        namespace: of the whole stack; empty for none.
        arms: names of the arms; none where there is one without a name.
        remaps: further words, as ``-r from:=to``.
    """
    environment = ros_environment()
    executable = package_executable("touchloop_nodes", name, environment)
    command = [str(executable), "--ros-args", *remaps]
    for parameter, value in parameters.items():
        command += ["-p", f"{parameter}:={json.dumps(value)}"]
    if arms:
        command += ["-p", f"arms:=[{', '.join(arms)}]"]
    if namespace.strip("/"):
        command += ["-r", f"__ns:=/{namespace.strip('/')}"]
    sys.stdout.flush()
    os.execve(executable, command, environment)
