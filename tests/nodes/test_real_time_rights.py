"""A fast node locks its memory where it may; without rights it works and says what it lacks."""

import os
import shutil
import sys

import pytest
from node_processes import Observer, Processes, text_of, wait_until

from touchloop.control.real_time import missing_rights

pytestmark = [pytest.mark.nodes, pytest.mark.timeout(120)]
WITHOUT_RIGHTS = ("setpriv", "--bounding-set=-sys_nice,-ipc_lock")
CODE = """
import resource, sys
if sys.argv[1] == "poor":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (65536, 65536))
    resource.setrlimit(resource.RLIMIT_RTPRIO, (0, 0))
import rclpy
from touchloop_nodes import real_time
rclpy.init()
node = rclpy.create_node("probe")
real_time.prepare(node, 20)
status = open("/proc/self/status").read()
print("prepared, locked kB:", status.partition("VmLck:")[2].split()[0], flush=True)
sys.stdin.read()
"""


def test_memory_is_locked_where_that_is_allowed(scene: tuple[Processes, Observer]) -> None:
    child = scene[0].start(sys.executable, "-c", CODE, "rich")
    wait_until(lambda: "prepared" in text_of(child), 60.0, "the node")
    missing = missing_rights(20)
    locked_kb = int(text_of(child).partition("locked kB: ")[2].split()[0])
    assert (locked_kb > 1000) == ("memory" not in " ".join(missing))
    assert all(sentence in text_of(child) for sentence in missing)
    assert "touchloop deploy realtime" in text_of(child) or not missing


@pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can take rights away from a child"
)
def test_without_rights_the_node_works_and_says_what_is_missing(scene: tuple[Processes, Observer]) -> None:
    child = scene[0].start(*WITHOUT_RIGHTS, sys.executable, "-c", CODE, "poor")
    wait_until(lambda: "prepared" in text_of(child), 60.0, "the node")
    text = text_of(child)
    assert "real-time priority 20 is not allowed" in text
    assert "memory cannot be locked" in text
    assert "touchloop deploy realtime" in text
