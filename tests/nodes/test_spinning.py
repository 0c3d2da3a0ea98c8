"""How a node joins the graph, in a process of its own."""

import subprocess
import sys

import pytest

from touchloop_nodes import shared_memory
from touchloop_nodes.shared_memory import Hearing, fault_of

pytestmark = pytest.mark.nodes
RUN = """
import sys
from rclpy.node import Node
from touchloop_nodes import shared_memory, spinning

answers = iter({answers!r})
shared_memory.own_fault = lambda: next(answers)

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


@pytest.mark.parametrize(("answers", "made"), [([""], 1), (["deaf", ""], 2), (["deaf", "deaf"], 3)])
def test_a_node_whose_shared_memory_is_deaf_joins_anew_a_few_times_and_then_works(answers, made) -> None:
    script = RUN.format(answers=answers)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 7, ended.stderr
    assert ended.stdout.count("made") == made
    assert ended.stderr.count("deaf; joins the graph anew") == made - 1


NAMES = ["python", "dds.shm.49423", "dds.udp.49423", "dds.udp.49423", "dds.shm.wdog", "dds.shm.7006"]
LINE = "7fd0b8-7fd0b9 rw-s 00000000 00:18 1712259  /dev/shm/fastdds_port{}"
SOUND = [LINE.format(port) for port in ("49423", "7006", "49425 (deleted)")]


def test_a_port_is_lost_where_two_threads_listen_or_its_file_is_another_one() -> None:
    assert fault_of(NAMES, "\n".join(SOUND)) == ""
    assert fault_of([*NAMES, "dds.shm.49423"], "\n".join(SOUND)) == "shared memory port 49423 was opened twice"
    lost = [LINE.format("49423 (deleted)"), *SOUND[1:]]
    assert fault_of(NAMES, "\n".join(lost)) == "shared memory port 49423 was taken away by another process"
    assert fault_of(NAMES, "\n".join([*lost, SOUND[0]])) == "", "opened anew by this process itself"
    assert fault_of(["python"], "") == "", "no shared memory at all"


def test_a_fault_counts_when_two_looks_in_a_row_see_it(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["lost", "", "lost", "lost"])
    monkeypatch.setattr(shared_memory, "own_fault", lambda: next(answers))
    hearing = Hearing(every=2)
    assert [hearing.fault() for _ in range(8)] == ["", "", "", "", "", "", "", "lost"]
