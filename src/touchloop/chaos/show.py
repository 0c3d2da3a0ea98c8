"""A chaos run's figures as tables in a terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

SHOWN = 12


def show_content(content: Mapping[str, Any], console: Console) -> None:
    """Print the totals, a row for each kind of fault, and whatever must not be."""
    table = Table(title="Faults by kind, the worst over all targets", title_justify="left")
    for column in ("group", "kind"):
        table.add_column(column)
    for column in ("targets", "thrown", "needed a hold", "longest hold s", "greatest force N"):
        table.add_column(column, justify="right")
    for row in by_kind(content):
        hold = "" if row["max_hold_s"] is None else f"{row['max_hold_s']:.3f}"
        figures = (row["targets"], row["count"], row["needed_a_hold"], hold, f"{row['max_force_n']:.1f}")
        table.add_row(row["group"], row["kind"], *map(str, figures))
    console.print(table)
    for title, key in (("unsafe", "unsafe_entries"), ("unexplained", "unexplained_entries")):
        for entry in content[key][:SHOWN]:
            console.print(f"[red]{title}[/] at {entry['at_s']:.2f} s: {escape(sentence(entry))}")
        if len(content[key]) > SHOWN:
            console.print(f"and {len(content[key]) - SHOWN} more that are {title}, in the JSON")
    console.print(
        f"{content['faults']} faults in {content['wall_s'] / 60.0:.1f} min, {content['contact_share']:.0%} of the time "
        f"in contact; {content['unsafe']} unsafe, {content['unexplained']} unexplained"
    )
    console.print(
        f"longest hold {content['max_hold_s']:.3f} s ({content['hold_allowed_s']:g} allowed), greatest force "
        f"{content['max_force_n']:.1f} N ({content['force_allowed_n']:g} allowed), "
        f"bags {'whole' if content['bags_whole'] else 'lost'}"
    )


def sentence(entry: Mapping[str, Any]) -> str:
    """What is wrong and what acted then."""
    if "what" in entry:
        text, acting = f"{entry['what']}: {entry['text']}", entry["acting"]
    else:
        text, acting = f"{entry['state']} {entry['reason']}", entry["causes"]
    return text + (f" [{', '.join(acting)}]" if acting else "")


def by_kind(content: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A row for each group and kind, over its targets."""
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    for cell in content["kinds"]:
        row = rows.setdefault(
            (cell["group"], cell["kind"]),
            {"group": cell["group"], "kind": cell["kind"], "targets": 0, "count": 0, "needed_a_hold": 0}
            | {"max_hold_s": None, "max_force_n": 0.0},
        )
        row["targets"] += 1
        row["count"] += cell["count"]
        row["needed_a_hold"] += cell["needed_a_hold"]
        row["max_force_n"] = max(row["max_force_n"], cell["max_force_n"])
        holds = [hold for hold in (row["max_hold_s"], cell["max_hold_s"]) if hold is not None]
        row["max_hold_s"] = max(holds, default=None)
    return list(rows.values())
