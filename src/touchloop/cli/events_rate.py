"""``touchloop events rate``: how many events a file holds, when and where."""

import json
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import matplotlib

matplotlib.use("Agg")  # no window is opened, and none may be needed

import numpy as np
import tyro
from matplotlib.figure import Figure
from rich.console import Console
from rich.table import Table

from touchloop.errors import InputError
from touchloop.events.codecs.files import open_events
from touchloop.events.codecs.reader import EventReader
from touchloop.events.codecs.tally import Tally, tally

MAX_ROWS = 40
"""More windows are put together in the table; the plot and --json have each."""


@dataclass(frozen=True)
class Rate:
    """Show an event file's rate over time, ON share and active pixels, as a table and a plot."""

    file: Annotated[Path, tyro.conf.Positional]
    """.aedat4, Prophesee .raw (EVT3), a bag folder, .mcap, .db3 or .bag."""
    window_s: float | None = None
    """Length of the windows; default a twentieth of the file."""
    out: Path | None = None
    """Plot; default FILE-rate.png here."""
    topic: str | None = None
    """Which one, where the file is a bag with several event topics."""
    json: bool = False
    """Print JSON instead of a table."""

    def run(self) -> int:
        """Print and plot."""
        if self.window_s is not None and not (math.isfinite(self.window_s) and self.window_s > 0):
            raise InputError(f"--window-s {self.window_s}: expected seconds, more than 0")
        out = self.out or Path(f"{self.file.resolve().stem}-rate.png")
        if out.suffix != ".png" or not out.parent.is_dir():
            raise InputError(f"--out {out}: expected a name that ends in .png, in a folder that exists")
        reader = open_events(self.file, self.topic)
        found = tally(reader, None if self.window_s is None else max(round(self.window_s * 1e9), 1))
        plot(found, self.file.name, out)
        if self.json:
            print(json.dumps(as_dict(found, reader), indent=2))
        else:
            show(found, reader, out)
        return 0


def as_dict(found: Tally, reader: EventReader) -> dict:
    """All that is known, for JSON."""
    return {
        "file": str(reader.path),
        "encoding": reader.encoding,
        "width": reader.width,
        "height": reader.height,
        "events": found.events,
        "start_ns": found.start_ns,
        "stop_ns": found.stop_ns,
        "on_share": found.on_share,
        "active_share": found.active_share,
        "damaged": found.damaged,
        "window_ns": found.window_ns,
        "off_events": found.counts[:, 0].tolist(),
        "on_events": found.counts[:, 1].tolist(),
    }


def show(found: Tally, reader: EventReader, out: Path) -> None:
    """The table on the terminal."""
    console = Console(width=None if sys.stdout.isatty() else 240)  # a pipe's lines are never wrapped
    mean_hz = found.events / found.span_s if found.span_s else 0.0
    active = int((found.pixels.sum(axis=0) > 0).sum())
    console.print(
        f"[bold]{reader.path}[/]  {reader.encoding}, {reader.width}x{reader.height}: {found.events:,} events in "
        f"{found.span_s:.6f} s, {mean_hz / 1e3:,.1f} kev/s, ON {100 * found.on_share:.1f} %, "
        f"{active:,} pixels active ({100 * found.active_share:.1f} %), {found.damaged} damaged",
        highlight=False,
    )
    table = Table(box=None)
    for column in ("from s", "events", "kev/s", "ON %"):
        table.add_column(column, justify="right")
    digits = 3 if found.span_s > 0.1 else 6
    together = -(-len(found.counts) // MAX_ROWS)
    for first in range(0, len(found.counts), together):
        rows = found.counts[first : first + together]
        events = int(rows.sum())
        rate_hz = events / (len(rows) * found.window_ns / 1e9)
        on = f"{100 * rows[:, 1].sum() / events:.1f}" if events else ""
        table.add_row(f"{first * found.window_ns / 1e9:.{digits}f}", f"{events:,}", f"{rate_hz / 1e3:,.1f}", on)
    console.print(table)
    console.print(f"plot: {out}", highlight=False)


def plot(found: Tally, title: str, out: Path) -> None:
    """Rate over time, and where the events are."""
    figure = Figure(figsize=(11, 4), layout="constrained")
    left, right = figure.subplots(1, 2, width_ratios=(3, 2))
    edges_s = np.arange(len(found.counts) + 1) * found.window_ns / 1e9
    for column, name, colour in ((1, "ON", "#56b4e9"), (0, "OFF", "#e69f00")):
        left.stairs(found.counts[:, column] / (found.window_ns / 1e6), edges_s, label=name, color=colour)
    left.stairs(found.rates_hz / 1e3, edges_s, label="all", color="#1d2530")
    left.set(xlabel="time [s]", ylabel="rate [kev/s]", title=title)
    left.set_ylim(bottom=0)
    left.legend(frameon=False)
    image = right.imshow(np.log10(found.pixels.sum(axis=0) + 1.0), cmap="viridis")
    figure.colorbar(image, ax=right, label="log10(1 + events of a pixel)")
    right.set(title=f"{100 * found.active_share:.1f} % of the pixels active", xlabel="x", ylabel="y")
    figure.savefig(out, dpi=120)
