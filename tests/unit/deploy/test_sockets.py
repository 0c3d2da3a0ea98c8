import socket
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from touchloop.deploy.sockets import OpenSocket, addresses_of, family, open_sockets, process_name, reachable
from touchloop.errors import InputError


@pytest.fixture
def child() -> Iterator["subprocess.Popen[str]"]:
    code = (
        "import socket; a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); a.bind(('127.0.0.1', 0));"
        "b = socket.socket(); b.bind(('0.0.0.0', 0)); b.listen(); print('ready', flush=True); input()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


def test_open_sockets_of_another_process_are_found_and_the_reachable_one_is_told(
    child: "subprocess.Popen[str]",
) -> None:
    sockets = open_sockets(family(child.pid))
    assert [(one.protocol, one.address) for one in sockets] == [("tcp", "0.0.0.0"), ("udp", "127.0.0.1")]
    assert [one.address for one in reachable(sockets)] == ["0.0.0.0"]
    assert [one.address for one in reachable(sockets, ["lo"])] == ["0.0.0.0"]


def test_a_process_that_has_ended_has_no_sockets(child: "subprocess.Popen[str]") -> None:
    processes = family(child.pid)
    child.kill()
    child.wait()
    assert open_sockets(processes) == []
    with pytest.raises(InputError, match=f"no process {child.pid}"):
        family(child.pid)


def test_a_helper_counts_with_the_process_that_started_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as own:
        own.bind(("127.0.0.1", 0))
        parent = family(psutil.Process().ppid())
        assert own.getsockname()[1] in {one.port for one in open_sockets([psutil.Process()])}
        assert psutil.Process() in parent


@pytest.mark.parametrize(
    ("address", "interfaces", "outside"),
    [
        ("127.0.0.1", (), False),
        ("127.8.8.8", (), False),
        ("::1", (), False),
        ("0.0.0.0", (), True),
        ("::", ("lo",), True),
        ("192.0.2.77", ("lo",), True),
    ],
)
def test_only_loopback_and_named_interfaces_are_not_reachable(
    address: str, interfaces: tuple[str, ...], outside: bool
) -> None:
    one = OpenSocket(1, "node", "udp", address, 7400)
    assert reachable([one], interfaces) == ([one] if outside else [])


def test_an_address_of_a_named_interface_is_allowed() -> None:
    name, addresses = next(
        (name, [address for address in addresses_of(name) if address != "127.0.0.1"])
        for name in [*sorted(psutil.net_if_addrs(), key=lambda name: name == "lo")]
        if addresses_of(name)
    )
    sockets = [OpenSocket(1, "node", "udp", address, 7400) for address in addresses]
    assert reachable(sockets, [name]) == []


def test_an_unknown_interface_is_refused_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"no network interface 'nowhere0'; there are: .*lo"):
        addresses_of("nowhere0")


@pytest.mark.parametrize(
    ("command", "name"),
    [
        (["/x/python", "/y/lib/slow_planner", "--ros-args", "-r", "__node:=planner"], "planner"),
        (["/x/python3.11", "-m", "touchloop.sim.camera_process", "26"], "camera_process"),
        (["/x/python", "/y/bin/touchloop", "launch", "sim.launch.xml"], "touchloop"),
        (["fastdds", "discovery"], "fastdds"),
        ([], "?"),
    ],
)
def test_process_names_are_short(command: list[str], name: str) -> None:
    assert process_name(command) == name
