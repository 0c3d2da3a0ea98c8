"""``touchloop deploy sockets``: which network sockets touchloop's processes have open now."""

import json
import os
from dataclasses import asdict, dataclass

from rich import box
from rich.console import Console
from rich.table import Table

from touchloop.deploy.sockets import OpenSocket, family, open_sockets, own_processes, reachable


@dataclass(frozen=True)
class Sockets:
    """List the open sockets of touchloop's running processes, helpers included; exit code 1 if one is reachable from
    outside by another way than the named interfaces."""

    pid: int = 0
    """Only this process and what it started; 0: all of touchloop's on this machine."""
    interfaces: tuple[str, ...] = tuple(os.environ.get("TOUCHLOOP_INTERFACES", "").split())
    """Interfaces that may be used beside loopback; by default those of TOUCHLOOP_INTERFACES."""
    json: bool = False
    """Print JSON for a program instead of a table."""

    def run(self) -> int:
        """Look and print."""
        processes = family(self.pid) if self.pid else own_processes()
        sockets = open_sockets(processes)
        return show(sockets, reachable(sockets, self.interfaces), self.json)


def show(sockets: list[OpenSocket], outside: list[OpenSocket], as_json: bool) -> int:
    """Print them; return 1 if any is outside."""
    if as_json:
        print(json.dumps({"sockets": [asdict(one) for one in sockets], "outside": [asdict(one) for one in outside]}))
        return 1 if outside else 0
    table = Table(box=box.SIMPLE)
    for heading in ("process", "pid", "protocol", "address", "ports", ""):
        table.add_column(heading)
    groups: dict[tuple[str, str, str, str], list[OpenSocket]] = {}
    for one in sockets:
        groups.setdefault((one.process, str(one.process_id), one.protocol, one.address), []).append(one)
    for key, members in groups.items():
        ports = " ".join(str(one.port) for one in members)
        table.add_row(*key, ports, "[bold red]reachable from outside[/]" if outside and members[0] in outside else "")
    console = Console(highlight=False)
    console.print(table)
    count = f"{len(sockets)} sockets of {len({one.process_id for one in sockets})} processes"
    console.print(
        f"{count}; {len(outside) or 'none'} can be reached from outside" if sockets else "no sockets are open"
    )
    return 1 if outside else 0
