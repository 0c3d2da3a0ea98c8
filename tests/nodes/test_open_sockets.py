"""By default nothing of a whole running stack can be reached from outside; with a named interface only that one."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from node_processes import Observer, Processes, text_of
from touchloop_msgs.msg import ControllerState, TaskState

from touchloop.deploy.network import Network
from touchloop.deploy.sockets import family, open_sockets, reachable
from touchloop.deploy.virtual_host import VirtualHost, why_impossible
from touchloop.launching.environment import ros_environment
from touchloop.launching.own_command import launch_command

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(180)]
NODES = {
    "bag_recorder",
    "fast_controller",
    "lifecycle_manager",
    "pybullet_world",
    "safety_supervisor",
    "slow_planner",
    "task_runner",
}
HELPERS = {"camera_process"}


def test_nothing_of_the_running_stack_listens_outside_of_loopback(scene: tuple[Processes, Observer]) -> None:
    processes, observer = scene
    states, tasks = observer.listen(ControllerState, "controller_state"), observer.listen(TaskState, "task_state")
    values = {"safety": True, "episodes": 10, "run_dir": processes.folder / "run"}
    launch = processes.start(*launch_command("sim.launch.xml", values))
    try:
        observer.until(lambda: states and tasks, 120.0, "the stack to work")
        sockets = open_sockets(family(launch.pid))
    finally:
        launch.terminate()
        launch.wait(30.0)
    assert {one.process for one in sockets} >= NODES, text_of(launch)
    assert {one.process for one in sockets} <= NODES | HELPERS
    assert {one.address for one in sockets} == {"127.0.0.1"}
    assert reachable(sockets) == []


@pytest.fixture
def host() -> Iterator[VirtualHost]:
    if reason := why_impossible():
        pytest.skip(reason)
    with VirtualHost("robot", "10.79.0.1/24") as host:
        yield host


def test_with_a_named_interface_only_that_one_is_used(host: VirtualHost, tmp_path: Path) -> None:
    for name, address in (("wanted0", "10.80.0.1/24"), ("other0", "10.81.0.1/24")):
        host.run("ip", "link", "add", name, "type", "veth", "peer", "name", f"{name}p")
        host.run("ip", "address", "add", address, "dev", name)
        # Without a carrier it would count as down.
        for end in (name, f"{name}p"):
            host.run("ip", "link", "set", end, "up")
    network = Network(("wanted0",), ("10.80.0.2",), domain=3)
    network.write(tmp_path)
    environment = ros_environment() | network.environment(tmp_path)
    # Two nodes that talk to each other, and tell what sockets they have.
    command = host.command(sys.executable, "-m", "touchloop_nodes.loopback")
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    sockets = json.loads(ended.stdout.splitlines()[-1])["sockets"]
    assert {one["address"] for one in sockets} == {"127.0.0.1", "10.80.0.1"}
    assert len({one["process_id"] for one in sockets}) == 2
