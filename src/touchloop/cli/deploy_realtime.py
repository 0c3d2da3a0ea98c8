"""``touchloop deploy realtime``: what makes this machine keep time, and what is missing."""

import json
import os
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from touchloop.control.real_time import missing_rights
from touchloop.deploy.realtime import PRIORITY, Item, Machine, apply, look
from touchloop.errors import InputError


@dataclass(frozen=True)
class Realtime:
    """Say what helps this machine to keep time and what is missing; exit code 1 if something is.

    Nothing is changed without --apply. The nodes run without any of it and say what they lack.
    """

    apply: bool = False
    """Change what is missing; needs root."""
    isolate: tuple[int, ...] = ()
    """Processors for the fast nodes alone, as 2 3."""
    json: bool = False
    """Print JSON for a program instead of a table."""

    def run(self) -> int:
        """Look, change if asked, look again."""
        machine = Machine(isolated=self.isolate)
        done: list[str] = []
        if self.apply:
            if os.geteuid() != 0:
                raise InputError("--apply changes the machine and needs root; without it this only looks")
            done = apply(machine, look(machine))
        items, rights = look(machine), missing_rights(PRIORITY)
        if self.json:
            print(json.dumps({"items": [asdict(item) for item in items], "rights": rights, "done": done}, indent=2))
        else:
            _print(items, rights, done)
        return 0 if all(item.there for item in items) and not rights else 1


def _print(items: list[Item], rights: list[str], done: list[str]) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(3):
        table.add_column("", overflow="fold")
    for item in items:
        lines = [item.found]
        if not item.there:
            lines += [f"--apply writes /{path}" for path, _ in item.changes[:3]]
            lines += [f"--apply writes {len(item.changes) - 3} more"] * (len(item.changes) > 3)
            lines += [item.advice] * bool(item.advice)
        mark = "[green]there[/]" if item.there else "[yellow]missing[/]"
        table.add_row(mark, escape(item.name), escape("\n".join(lines)))
    console = Console(highlight=False)
    console.print(*map(escape, done), sep="\n")
    console.print(table)
    for sentence in rights:
        console.print(f"This user: {sentence}.")
