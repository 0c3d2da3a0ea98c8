"""Starts touchloop's own nodes and takes them through their states."""

import subprocess
import sys
from typing import Any

from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState
from node_processes import ACTIVATE, CONFIGURE, Observer, Processes, text_of

PATIENCE_S = 90.0
READY = (CONFIGURE, ACTIVATE)


def start(
    processes: Processes, module: str, *parameters: str, name: str = "", namespace: str = ""
) -> "subprocess.Popen[bytes]":
    words = [word for parameter in parameters for word in ("-p", parameter)]
    rename = ["-r", f"__node:={name}"] if name else []
    rename += ["-r", f"__ns:=/{namespace}"] if namespace else []
    return processes.start(sys.executable, "-m", f"touchloop_nodes.{module}", "--ros-args", *words, *rename)


def change(observer: Observer, name: str, transition: int) -> bool:
    """Asks for a transition once the node's service is there; patient, since many processes start at once."""
    client = observer.node.create_client(ChangeState, f"{name}/change_state")
    observer.until(client.service_is_ready, PATIENCE_S, f"{name} to start")
    future = client.call_async(ChangeState.Request(transition=Transition(id=transition)))
    observer.until(future.done, PATIENCE_S, f"{name}'s transition")
    observer.node.destroy_client(client)
    return future.result().success


def bring_up(observer: Observer, name: str, child: "subprocess.Popen[bytes]") -> None:
    for transition in READY:
        assert change(observer, name, transition), text_of(child)


def started(
    scene: tuple[Processes, Observer], module: str, *parameters: str, name: str = ""
) -> "subprocess.Popen[bytes]":
    processes, observer = scene
    child = start(processes, module, *parameters, name=name)
    bring_up(observer, name or module, child)
    return child


def stamp_ns(message: Any) -> int:
    stamp = message.header.stamp if hasattr(message, "header") else message.clock
    return stamp.sec * 1_000_000_000 + stamp.nanosec


def status_of(diagnoses: list[tuple[float, Any]], name: str) -> Any:
    """The newest diagnosis of a node, or None."""
    for _, array in reversed(diagnoses):
        for status in array.status:
            if status.name == name:
                return status
    return None


def figures(status: Any) -> dict[str, str]:
    return {value.key: value.value for value in status.values}
