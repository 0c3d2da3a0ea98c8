"""How a node joins the graph, in a process of its own."""

import subprocess
import sys

import pytest

from touchloop_nodes.shared_memory import doubled_ports

pytestmark = pytest.mark.nodes
RUN = """
import sys
from rclpy.node import Node
from touchloop_nodes import shared_memory, spinning

answers = iter({answers!r})
shared_memory.thread_names = lambda: ["dds.shm.7011"] * next(answers)

class Once(Node):
    def __init__(self):
        super().__init__("once")
        self.stop = spinning.Stop()
        self.create_timer(0.0, lambda: self.stop.request(7))
        print("made")
    def close(self):
        pass

sys.exit(spinning.run(Once))
"""


@pytest.mark.parametrize(("answers", "made"), [([1], 1), ([2, 1], 2), ([2, 2], 3)])
def test_a_node_whose_shared_memory_is_deaf_joins_anew_a_few_times_and_then_works(answers, made) -> None:
    script = RUN.format(answers=answers)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 7, ended.stderr
    assert ended.stdout.count("made") == made
    assert ended.stderr.count("7011 was opened twice") == made - 1


def test_only_a_port_that_two_threads_listen_to_is_doubled() -> None:
    names = [
        "python",
        "dds.shm.49423",
        "dds.udp.49423",
        "dds.udp.49423",
        "dds.shm.49423",
        "dds.shm.wdog",
        "dds.shm.7006",
    ]
    assert doubled_ports(names) == ["49423"]
    assert doubled_ports(["dds.shm.wdog", "dds.shm.7006", "dds.udp.7006"]) == []
