"""Real node processes on a ROS domain of their own, and a node in the test's process that talks to them."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.executors import SingleThreadedExecutor

from touchloop.launching.environment import ros_environment
from touchloop.launching.packages import package_executable

with warnings.catch_warnings():
    # Loaded with the first message type; its parser generator uses modules that Python is about to drop.
    warnings.simplefilter("ignore", DeprecationWarning)
    import rosidl_generator_py  # noqa: F401

PROBE = Path(__file__).with_name("lifecycle_probe.py")
CONFIGURE, ACTIVATE, DEACTIVATE = (
    Transition.TRANSITION_CONFIGURE,
    Transition.TRANSITION_ACTIVATE,
    Transition.TRANSITION_DEACTIVATE,
)


class Processes:
    """Starts processes; all of them have ended when the block ends."""

    def __init__(self, folder: Path, domain: int) -> None:
        self.folder = folder
        self.environment = {**ros_environment(), "ROS_DOMAIN_ID": str(domain), "OMP_NUM_THREADS": "1"}
        self.environment |= {"PYTHONUNBUFFERED": "1", "ROS_LOG_DIR": str(folder / "ros_log")}
        self.children: list[subprocess.Popen[bytes]] = []

    def start(self, *command: object, **environment: str) -> "subprocess.Popen[bytes]":
        log = self.folder / f"process_{len(self.children)}.log"
        with log.open("wb") as output:
            child = subprocess.Popen(
                [str(word) for word in command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**self.environment, **environment},
            )
        child.log = log  # type: ignore[attr-defined]
        self.children.append(child)
        return child

    def probe(self, name: str, *arguments: str, **environment: str) -> "subprocess.Popen[bytes]":
        return self.start(sys.executable, PROBE, "--ros-args", "-r", f"__node:={name}", *arguments, **environment)

    def manager(self, *parameters: str) -> "subprocess.Popen[bytes]":
        words = [word for parameter in parameters for word in ("-p", parameter)]
        executable = package_executable("touchloop_nodes", "lifecycle_manager", self.environment)
        return self.start(executable, "--ros-args", *words)

    def close(self) -> None:
        for child in self.children:
            if child.poll() is None:
                child.kill()
        for child in self.children:
            child.wait(10)


def text_of(child: "subprocess.Popen[bytes]") -> str:
    return child.log.read_text()  # type: ignore[attr-defined]


def end(child: "subprocess.Popen[bytes]", number: int = signal.SIGINT) -> int:
    os.kill(child.pid, number)
    return child.wait(20)


def wait_until(condition: Callable[[], Any], timeout_s: float = 20.0, what: str = "it") -> Any:
    pause = threading.Event()
    deadline_s = time.monotonic() + timeout_s
    while not (value := condition()):
        assert time.monotonic() < deadline_s, f"waited {timeout_s} s in vain for {what}"
        pause.wait(0.02)
    return value


class Observer:
    """A node in this process."""

    def __init__(self, domain: int) -> None:
        self.context = rclpy.Context()
        self.context.init(domain_id=domain)
        self.node = rclpy.create_node("observer", context=self.context)
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self._kept: dict[str, list[tuple[float, Any]]] = {}

    def close(self) -> None:
        # Also those that tests have added: a node that outlives its context may crash when it is collected.
        nodes = self.executor.get_nodes()
        self.executor.shutdown()
        for node in nodes:
            node.destroy_node()
        self.context.try_shutdown()

    def listen(self, kind: type, topic: str) -> list[tuple[float, Any]]:
        """Collects messages with the monotonic time of their arrival."""
        kept: list[tuple[float, Any]] = []
        self.node.create_subscription(kind, topic, lambda message: kept.append((time.monotonic(), message)), 100)
        return kept

    def until(self, condition: Callable[[], Any], timeout_s: float = 20.0, what: str = "it") -> Any:
        deadline_s = time.monotonic() + timeout_s
        while not (value := condition()):
            assert time.monotonic() < deadline_s, f"waited {timeout_s} s in vain for {what}"
            self.executor.spin_once(timeout_sec=0.02)
        return value

    def spin_for(self, duration_s: float) -> None:
        end_s = time.monotonic() + duration_s
        while (left_s := end_s - time.monotonic()) > 0:
            self.executor.spin_once(timeout_sec=left_s)

    def call(self, kind: Any, service: str, request: Any, patience_s: float = 1.0) -> Any:
        """Asks again after ``patience_s``, because a request to a process that was just killed is lost."""
        client = self.node.create_client(kind, service)
        futures: list[Any] = []
        asked_at_s = -1e9

        def answer() -> Any:
            nonlocal asked_at_s
            if client.service_is_ready() and time.monotonic() - asked_at_s > patience_s:
                asked_at_s = time.monotonic()
                futures.append(client.call_async(request))
            return next((future.result() for future in futures if future.done()), None)

        try:
            return self.until(answer, 60.0, f"an answer of {service}")
        finally:
            self.node.destroy_client(client)

    def change(self, name: str, transition: int) -> bool:
        request = ChangeState.Request(transition=Transition(id=transition))
        return self.call(ChangeState, f"{name}/change_state", request, patience_s=20.0).success

    def state(self, name: str) -> str:
        return self.call(GetState, f"{name}/get_state", GetState.Request()).current_state.label


@contextmanager
def own_domain() -> Iterator[int]:
    """A ROS domain that no other test uses now, also of test runs beside this one."""
    with socket.socket(socket.AF_UNIX) as reservation:
        while True:
            domain = random.SystemRandom().randrange(1, 100)
            try:
                reservation.bind(f"\0touchloop test domain {domain}")
            except OSError:
                continue
            yield domain
            return


@contextmanager
def stage(folder: Path) -> Iterator[tuple[Processes, Observer]]:
    with own_domain() as domain:
        processes = Processes(folder, domain)
        # Killed processes leave shared memory behind, and a graph that meets it may be slow to start.
        subprocess.run(["fastdds", "shm", "clean"], env=processes.environment, stdout=subprocess.DEVNULL, check=False)
        observer = Observer(domain)
        try:
            yield processes, observer
        finally:
            processes.close()
            observer.close()
