"""``touchloop deploy network``: binds ROS 2 traffic to named interfaces."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from touchloop.deploy import network


@dataclass(frozen=True)
class Network:
    """Write the files that let this host talk to others over named interfaces, and over no other.

    Run it on each host. Without it nothing leaves the machine.
    """

    interface: Annotated[tuple[str, ...], tyro.conf.UseAppendAction]
    """Name of an interface, as eth0; can be given several times."""
    peer: Annotated[tuple[str, ...], tyro.conf.UseAppendAction] = ()
    """IPv4 address of another host; can be given several times."""
    discovery: network.Discovery = "peers"
    """How hosts find each other: by peers, by a Fast DDS discovery server, or by a Zenoh router on each host."""
    server: str = ""
    """ADDRESS:PORT of the discovery server."""
    domain: int = 0
    """ROS_DOMAIN_ID, the same on all hosts."""
    out: Path = Path("runs/deploy")
    """Folder for the files."""

    def run(self) -> int:
        """Write them and say how they are used."""
        wanted = network.Network(self.interface, self.peer, self.discovery, self.server, self.domain)
        for name in self.interface:
            network.addresses_of(name)
        files = wanted.write(self.out)
        console = Console(highlight=False)
        console.print(*(str(path) for path in files), sep="\n")
        console.print(f"In a shell: set -a; . {self.out / 'network.env'}; set +a")
        if self.discovery == "server":
            address, port = wanted.endpoint()
            console.print(f"On the host {address}: fastdds discovery -i 0 -l {address} -p {port}")
        if self.discovery == "zenoh":
            console.print(f"On each host, with {self.out / 'zenoh_router.env'}: ros2 run rmw_zenoh_cpp rmw_zenohd")
        return 0
