import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from touchloop.deploy.sockets import in_this_network, open_sockets, own_processes
from touchloop.deploy.virtual_host import VirtualHost, why_impossible
from touchloop.deploy.virtual_link import Quality, VirtualLink
from touchloop.errors import InputError

ECHO = (
    "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('10.79.0.2', 9))\n"
    "while True: s.sendto(*s.recvfrom(99))"
)
ASK = """
import socket, sys, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(0.3)
back, times = 0, []
for number in range(int(sys.argv[1])):
    sent = time.monotonic()
    s.sendto(str(number).encode(), ('10.79.0.2', 9))
    try:
        s.recvfrom(99)
        back += 1
        times.append(time.monotonic() - sent)
    except TimeoutError:
        pass
print(back, min(times, default=9.0))
"""


@pytest.fixture(scope="module")
def hosts() -> Iterator[tuple[VirtualHost, VirtualHost]]:
    if reason := why_impossible():
        pytest.skip(reason)
    with VirtualHost("robot", "10.79.0.1/24") as robot, VirtualHost("workstation", "10.79.0.2/24") as workstation:
        yield robot, workstation


@pytest.fixture
def link(hosts: tuple[VirtualHost, VirtualHost], tmp_path: Path) -> Iterator[VirtualLink]:
    with VirtualLink(hosts, "link0", Quality(delay_s=0.02)) as link:
        echo = hosts[1].start(sys.executable, "-c", ECHO, log=tmp_path / "echo.log", environment=os.environ)
        end_s = time.monotonic() + 20.0
        while ask(hosts[0], 1)[0] == 0:
            assert time.monotonic() < end_s, "no answer over the link"
        yield link
        hosts[1].run("pkill", "-f", "10.79.0.2")
        echo.wait(10.0)


def ask(host: VirtualHost, count: int) -> tuple[int, float]:
    back, fastest_s = host.run(sys.executable, "-c", ASK, count).split()
    return int(back), float(fastest_s)


def test_the_delay_holds_both_ways_and_a_cut_link_carries_nothing(
    hosts: tuple[VirtualHost, VirtualHost], link: VirtualLink
) -> None:
    back, fastest_s = ask(hosts[0], 5)
    assert back >= 1
    assert fastest_s >= 0.04
    link.connected = False
    assert ask(hosts[0], 3)[0] == 0
    link.connected = True
    assert ask(hosts[0], 5)[0] >= 1


def test_all_is_lost_at_a_loss_of_one(hosts: tuple[VirtualHost, VirtualHost], link: VirtualLink) -> None:
    link.quality = Quality(loss=1.0)
    before = link.lost
    assert ask(hosts[0], 2)[0] == 0
    assert link.lost >= before + 2


def test_a_host_has_its_own_processes_memory_name_and_loopback(hosts: tuple[VirtualHost, VirtualHost]) -> None:
    robot, workstation = hosts
    assert robot.run("hostname").strip() == "robot"
    robot.run("touch", "/dev/shm/mine")
    assert "mine" not in workstation.run("ls", "/dev/shm")
    assert not Path("/dev/shm/mine").exists()
    numbers = robot.run("sh", "-c", "ls /proc | grep -c '^[0-9]'")
    assert int(numbers) < 10
    assert robot.run("cat", "/etc/machine-id") != workstation.run("cat", "/etc/machine-id")


def test_the_sockets_of_another_network_are_not_taken_for_none(link: VirtualLink) -> None:
    assert link.connected
    inside = [process for process in psutil.process_iter() if "10.79.0.2" in " ".join(process.cmdline())]
    inside = [process for process in inside if not in_this_network(process)]
    assert inside
    with pytest.raises(InputError, match="is in a network of its own"):
        open_sockets(inside)
    assert not {process.pid for process in inside} & {process.pid for process in own_processes()}


def test_a_program_that_fails_in_a_host_is_told(hosts: tuple[VirtualHost, VirtualHost]) -> None:
    with pytest.raises(InputError, match="robot: ls /nowhere"):
        hosts[0].run("ls", "/nowhere")


@pytest.mark.parametrize(
    ("wrong", "message"), [({"delay_s": -1.0}, "delay_s"), ({"jitter_s": 11.0}, "jitter_s"), ({"loss": 1.5}, "loss")]
)
def test_an_impossible_quality_is_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Quality(**wrong)


def test_without_root_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert why_impossible() == "network namespaces need root"
    with pytest.raises(InputError, match="cannot make the host robot: network namespaces need root"):
        VirtualHost("robot", "10.79.0.1/24")
