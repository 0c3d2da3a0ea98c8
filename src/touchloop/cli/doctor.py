"""``touchloop doctor``: says what this machine has and what it lacks."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from touchloop.cli.machine_checks import CHECKS, Finding

MARKS = {"ok": "[green]ok[/]", "missing": "[bold red]missing[/]", "absent": "[dim]absent[/]"}


@dataclass(frozen=True)
class Doctor:
    """Say what is there for touchloop and what is not; exit code 1 if something must be mended."""

    json: bool = False
    """Print JSON for a program instead of a table."""

    def run(self) -> int:
        """Look at everything and print it."""
        return show([check() for check in CHECKS], self.json)


def show(findings: Iterable[Finding], as_json: bool) -> int:
    """Print the findings; return 1 if one must be mended."""
    findings = list(findings)
    lacking = [finding for finding in findings if finding.status == "missing"]
    if as_json:
        print(json.dumps({"ok": not lacking, "findings": [asdict(finding) for finding in findings]}, indent=2))
        return 1 if lacking else 0
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column("")
    table.add_column("")
    table.add_column("", overflow="fold")
    for finding in findings:
        remedy = f"\n[yellow]{escape(finding.remedy)}[/]" if finding.remedy else ""
        table.add_row(MARKS[finding.status], escape(finding.name), escape(finding.detail) + remedy)
    console = Console(highlight=False)
    console.print(table)
    console.print("All that touchloop needs is there." if not lacking else f"{len(lacking)} to mend.")
    return 1 if lacking else 0
