"""A host of its own on this machine: Linux namespaces for network, processes, shared memory and name."""

import ctypes
import os
import shutil
import subprocess
import threading
import uuid
from collections.abc import Mapping
from pathlib import Path

from touchloop.errors import InputError

CLONE_NEWNET = 0x40000000
TUN_DEVICE = Path("/dev/net/tun")
NAMESPACES = ("--net", "--pid", "--ipc", "--mount", "--uts")
PREPARE = """set -e
mount -t tmpfs -o size=256m tmpfs /dev/shm
echo {machine} > /dev/shm/machine-id
[ ! -e /etc/machine-id ] || mount --bind /dev/shm/machine-id /etc/machine-id
ip link set lo up
hostname {name}
echo ready
exec cat"""
"""Fast DDS takes processes of one machine-id for neighbours that share memory."""


def why_impossible() -> str:
    """Return why this machine cannot make hosts; empty if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    lacking = [name for name in ("unshare", "nsenter", "ip") if shutil.which(name) is None]
    if lacking:
        return f"not on the PATH: {', '.join(lacking)}"
    if not TUN_DEVICE.exists():
        return f"{TUN_DEVICE} is missing"
    probe = subprocess.run(["unshare", *NAMESPACES, "--fork", "true"], capture_output=True, text=True, check=False)
    return f"namespaces are not allowed here: {probe.stderr.strip()}" if probe.returncode else ""


class VirtualHost:
    """Processes in it see neither the processes, the shared memory nor the network of others, loopback included.

    Args:
        name: its host name.
        address: its IPv4 address with the length of its network's prefix, as ``10.79.0.1/24``.

    Raises:
        InputError: namespaces cannot be made here; see :func:`why_impossible`.
    """

    def __init__(self, name: str, address: str) -> None:
        if reason := why_impossible():
            raise InputError(f"cannot make the host {name}: {reason}")
        self.name, self.address = name, address
        script = PREPARE.format(name=name, machine=uuid.uuid4().hex)
        command = ["unshare", *NAMESPACES, "--fork", "--kill-child", "--mount-proc", "sh", "-c", script]
        self._keeper = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        if self._keeper.stdout is None or self._keeper.stdout.readline().strip() != "ready":
            raise InputError(f"cannot make the host {name}: setting it up failed")
        children = Path(f"/proc/{self._keeper.pid}/task/{self._keeper.pid}/children").read_text().split()
        self._first = int(children[0])

    @property
    def ip(self) -> str:
        """Its address alone."""
        return self.address.partition("/")[0]

    def command(self, *words: object) -> list[str]:
        """Return the words with what makes them run in the host."""
        enter = ["nsenter", f"--target={self._first}", "--net", "--pid", "--ipc", "--mount", "--uts", "--"]
        return [*enter, *map(str, words)]

    def run(self, *words: object) -> str:
        """Run a program in the host to its end and return what it printed.

        Raises:
            InputError: it failed; with what it said.
        """
        ended = subprocess.run(self.command(*words), capture_output=True, text=True, check=False)
        if ended.returncode:
            raise InputError(f"{self.name}: {' '.join(map(str, words))}: {ended.stderr.strip()}")
        return ended.stdout

    def start(self, *words: object, log: Path, environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
        """Start a program in the host; it ends with the host at the latest."""
        with log.open("wb") as output:
            return subprocess.Popen(
                self.command(*words), stdout=output, stderr=subprocess.STDOUT, env=dict(environment)
            )

    def open_tap(self, interface: str) -> int:
        """Make a network interface in the host whose other end is the returned file: it gives and takes frames."""
        opened: list[int] = []
        # A thread enters the host's network without taking the rest of this process along.
        thread = threading.Thread(target=lambda: opened.append(_open_tap(self._first, interface)))
        thread.start()
        thread.join()
        if not opened:
            raise InputError(f"{self.name}: cannot make the interface {interface}")
        self.run("ip", "address", "add", self.address, "dev", interface)
        self.run("ip", "link", "set", interface, "up")
        return opened[0]

    def close(self) -> None:
        """End all of its processes."""
        self._keeper.kill()
        # Also closes its pipes.
        with self._keeper:
            self._keeper.wait(10.0)

    def __enter__(self) -> "VirtualHost":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _open_tap(process_id: int, interface: str) -> int:
    import fcntl
    import struct

    set_interface, tap, no_header = 0x400454CA, 0x0002, 0x1000
    with Path(f"/proc/{process_id}/ns/net").open() as network:
        if ctypes.CDLL(None, use_errno=True).setns(network.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
    file = os.open(TUN_DEVICE, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(file, set_interface, struct.pack("16sH", interface.encode(), tap | no_header))
    return file
