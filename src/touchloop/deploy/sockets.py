"""Which network sockets processes have open, and which of them others could reach."""

import ipaddress
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil

from touchloop.errors import InputError

OWN_WORDS = ("touchloop", "fastdds")
"""A process whose command line has one of these is one of ours, or a helper of them."""


@dataclass(frozen=True, slots=True, order=True)
class OpenSocket:
    """One internet socket of a process: UDP ones that are bound, TCP ones that listen or are connected."""

    process_id: int
    process: str
    protocol: str
    address: str
    port: int

    @property
    def on_loopback(self) -> bool:
        """Whether only this machine can reach it."""
        return ipaddress.ip_address(self.address).is_loopback


def open_sockets(processes: Iterable[psutil.Process]) -> list[OpenSocket]:
    """Return what is open now, sorted; a process that has ended meanwhile has none.

    Raises:
        InputError: a process belongs to another user or is in another network, as in a container with a network of its
            own, so that its sockets cannot be seen.
    """
    found: set[OpenSocket] = set()
    for process in processes:
        try:
            name = process_name(process.cmdline())
            if not in_this_network(process):
                raise InputError(f"process {process.pid} is in a network of its own; ask from inside of it")
            for connection in process.net_connections(kind="inet"):
                if connection.laddr:
                    protocol = "udp" if connection.type.name == "SOCK_DGRAM" else "tcp"
                    found.add(OpenSocket(process.pid, name, protocol, connection.laddr.ip, connection.laddr.port))
        except psutil.NoSuchProcess:
            continue
        except psutil.AccessDenied as error:
            raise InputError(f"process {process.pid} belongs to another user; ask as that user or as root") from error
    return sorted(found)


def family(process_id: int) -> list[psutil.Process]:
    """A process and all that it started.

    Raises:
        InputError: there is none of that number.
    """
    try:
        process = psutil.Process(process_id)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess as error:
        raise InputError(f"there is no process {process_id}") from error


def in_this_network(process: psutil.Process) -> bool:
    """Whether a process is in the same Linux network namespace as the caller; True where that cannot be read."""
    try:
        return Path(f"/proc/{process.pid}/ns/net").readlink() == Path("/proc/self/ns/net").readlink()
    except OSError:
        return True


def own_processes() -> list[psutil.Process]:
    """All running processes of touchloop in this network that this user may look into, helpers included."""
    own: dict[int, psutil.Process] = {}
    for process in psutil.process_iter():
        try:
            if any(word in text for text in process.cmdline() for word in OWN_WORDS):
                own |= {member.pid: member for member in family(process.pid)}
        except (psutil.NoSuchProcess, psutil.AccessDenied, InputError):
            continue
    return [process for process in own.values() if in_this_network(process)]


def reachable(sockets: Iterable[OpenSocket], interfaces: Collection[str] = ()) -> list[OpenSocket]:
    """Return those that are bound neither to loopback nor to an address of one of the named interfaces.

    A socket on the unspecified address (0.0.0.0 or ::) listens on every interface, so it always counts.

    Raises:
        InputError: there is no interface of that name.
    """
    allowed = {address for name in interfaces for address in addresses_of(name)}
    return [one for one in sockets if not one.on_loopback and one.address not in allowed]


def addresses_of(interface: str) -> list[str]:
    """Return the interface's IPv4 and IPv6 addresses.

    Raises:
        InputError: there is no interface of that name; lists those that are there.
    """
    everything = psutil.net_if_addrs()
    if interface not in everything:
        raise InputError(f"there is no network interface {interface!r}; there are: {', '.join(sorted(everything))}")
    texts = [entry.address.partition("%")[0] for entry in everything[interface]]
    return [text for text in texts if _is_address(text)]


def process_name(command: list[str]) -> str:
    """Return a short name for a process: its node's, its module's, or its program's."""
    for word in command:
        if word.startswith("__node:="):
            return word.removeprefix("__node:=")
    if "-m" in command[:-1]:
        return command[command.index("-m") + 1].rpartition(".")[2]
    programs = [word for word in command if not word.rpartition("/")[2].startswith(("python", "-"))]
    return (programs or command or ["?"])[0].rpartition("/")[2]


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
