"""What all of a benchmark's figures share: colours, panels, and saving."""

import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from touchloop.bench.bench_files import Entry

COLOURS = {
    "dp": "#9aa3ad",
    "dp_touch": "#56b4e9",
    "act": "#e69f00",
    "rdp": "#009e73",
    "rdp_tactile": "#cc79a7",
    "touchloop": "#d55e00",
}
"""After Okabe and Ito, so that they differ for everybody."""
SPARE_COLOURS = ("#0072b2", "#6a3d9a", "#b2912f", "#4d4d4d", "#8dd3c7")
TEXT, MUTED, RULE = "#1d2530", "#5d6875", "#e2e6eb"
_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 10.0,
    "text.color": TEXT,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.titlecolor": TEXT,
    "axes.titlesize": 11.0,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
PNG_DPI = 160
PX_PER_PT = 96 / 72
LEGEND_SPACE_IN, LEGEND_LETTER_IN = 0.65, 0.085
"""A legend's column takes this much beside its text, and for a letter."""


def colour_of(name: str, names: Sequence[str]) -> str:
    """A policy's own colour, or a spare one by its place among the names that have none."""
    if name in COLOURS:
        return COLOURS[name]
    return SPARE_COLOURS[[n for n in names if n not in COLOURS].index(name) % len(SPARE_COLOURS)]


def panels(
    titles: Sequence[str], columns: int, width_in: float, height_in: float, share_y: bool = True
) -> tuple[Figure, list[Axes]]:
    """A figure with a titled panel for each title, ``columns`` beside each other; sizes are of a panel [inch]."""
    columns = max(min(columns, len(titles)), 1)
    rows = -(-len(titles) // columns)
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(width_in * columns, height_in * rows + 0.45), layout="constrained")
        grid = np.atleast_1d(figure.subplots(rows, columns, sharey=share_y, squeeze=False)).ravel()
    for axes, title in zip(grid, titles, strict=False):
        axes.set_title(title, loc="left", fontweight="bold")
    for axes in grid[len(titles) :]:
        axes.remove()
    return figure, list(grid[: len(titles)])


def legend(figure: Figure, handles: Sequence[Artist]) -> None:
    """Above all panels, in as many rows as it needs."""
    widths_in = [LEGEND_SPACE_IN + LEGEND_LETTER_IN * len(str(handle.get_label())) for handle in handles]
    fits = sum(widths_in) <= figure.get_figwidth()
    columns = len(handles) if fits else max(int(figure.get_figwidth() / max(widths_in)), 1)
    figure.legend(handles=list(handles), loc="outside upper left", ncols=columns, frameon=False, fontsize=10)


def success_axis(axes: Axes, labelled: bool) -> None:
    """From 0 to 100 %."""
    axes.set_ylim(0.0, 1.04)
    axes.set_yticks(np.linspace(0.0, 1.0, 5), [f"{share:.0f} %" for share in np.linspace(0.0, 100.0, 5)])
    axes.grid(axis="y", color=RULE)
    axes.set_axisbelow(True)
    axes.tick_params(labelleft=labelled, length=0)


def errors_of(entries: Sequence[Entry]) -> np.ndarray:
    """(2, n) how far the interval's ends lie below and above the success rate."""
    rates = np.array([entry.success_rate for entry in entries])
    bounds = np.array([entry.interval for entry in entries]).reshape(-1, 2)
    return np.clip(np.stack([rates - bounds[:, 0], bounds[:, 1] - rates]), 0.0, None)


def svg_of(figure: Figure, name: str) -> str:
    """The figure as inline markup that scales with the page; ``name`` keeps its inner names apart from others'."""
    text = io.StringIO()
    with matplotlib.rc_context({**_STYLE, "svg.hashsalt": name}):
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    markup = text.getvalue()
    markup = re.sub(r"<metadata>.*?</metadata>", "", markup[markup.index("<svg") :], flags=re.DOTALL)
    # Element names of groups repeat from figure to figure; nothing refers to them.
    markup = re.sub(r'<g id="[^"]*"', "<g", markup)
    opening = markup[: markup.index(">")]
    width_pt = float(re.findall(r' width="([\d.]+)pt"', opening)[0])
    style = f'class="plot" role="img" aria-label="{name}" style="max-width:{width_pt * PX_PER_PT:.0f}px"'
    sized = re.sub(r' (width|height)="[\d.]+pt"', "", opening).replace("<svg", f"<svg {style}", 1)
    return sized + markup[len(opening) :]


def write_png(figure: Figure, path: Path) -> Path:
    """Saves the figure on white."""
    with matplotlib.rc_context(_STYLE):
        figure.savefig(path, dpi=PNG_DPI, facecolor="white", metadata={"Software": None})
    return path
