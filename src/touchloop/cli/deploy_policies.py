"""``touchloop deploy policies``: SROS 2 policies from the graph."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from touchloop.deploy.graph import Graph, graph_of, read_graph
from touchloop.deploy.policies import policy_xml
from touchloop.errors import InputError
from touchloop.launching.environment import ros_environment

PATIENCE_S = 30.0


@dataclass(frozen=True)
class Policies:
    """Look at the running nodes and write what each may do, for ``ros2 security create_enclave``.

    Run it while everything runs and does its work: what a node does not do then it may not do later.
    """

    out: Path = Path("runs/deploy/policy.xml")
    """File of the policy."""
    graph: Path | None = None
    """A graph that was recorded earlier, instead of the running one."""
    save_graph: Path | None = None
    """Keep the graph here."""
    seconds: float = 10.0
    """How long to look."""
    leave_out: Annotated[tuple[str, ...], tyro.conf.arg(metavar="NODE")] = ()
    """Full names of nodes that are no part of the system."""

    def run(self) -> int:
        """Record, generate, write."""
        graph = read_graph(self.graph) if self.graph else _recorded(self.seconds)
        if self.save_graph:
            self.save_graph.parent.mkdir(parents=True, exist_ok=True)
            self.save_graph.write_text(graph.to_json())
        text = policy_xml(graph, self.leave_out)
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(text)
        console = Console(highlight=False)
        console.print(f"{self.out}: {len(graph.nodes) - len(self.leave_out)} nodes: {', '.join(sorted(graph.nodes))}")
        console.print(
            "Next, where ROS has the security plug-in: ros2 security create_keystore KEYS, then for each node"
        )
        console.print(f"ros2 security create_enclave KEYS /NODE and create_permission KEYS /NODE {self.out}")
        return 0


def _recorded(seconds: float) -> Graph:
    """The running graph, as a child process sees it.

    Raises:
        InputError: it ended with an error, or saw no node.
    """
    if not 0.5 <= seconds <= 3600.0:
        raise InputError(f"seconds is {seconds}; it must be from 0.5 to 3600")
    command = [sys.executable, "-m", "touchloop_nodes.graph_record", str(seconds)]
    ended = subprocess.run(
        command, env=ros_environment(), capture_output=True, text=True, timeout=seconds + PATIENCE_S, check=False
    )
    if ended.returncode:
        raise InputError(f"cannot look at the graph: {ended.stderr.strip()[-300:]}")
    return graph_of(json.loads(ended.stdout.splitlines()[-1]))
