"""Figures of a chaos run."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from touchloop.report.plots import MUTED, RULE, TEXT, panels

GOOD, BAD, WARN = "#257a4d", "#b3312f", "#e69f00"
GROUP_COLOURS = {
    "brief": "#56b4e9",
    "lasting": "#0072b2",
    "process": "#009e73",
    "death": "#d55e00",
    "machine": "#cc79a7",
}
"""After Okabe and Ito, so that they differ for everybody."""


def holds_figure(content: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Figure:
    """Each fault that needed a hold: how long until the arm stood, a line for each kind and target."""
    needing = [row for row in rows if row["hold_s"] is not None]
    names = sorted({f"{row['kind']} {row['target']}" for row in needing}, reverse=True)
    figure, (axes,) = panels(["Time until the arm stood"], 1, 9.0, 0.22 * max(len(names), 3) + 0.8)
    dice = np.random.default_rng(0)
    for row in needing:
        height = names.index(f"{row['kind']} {row['target']}") + dice.uniform(-0.25, 0.25)
        late = row["hold_s"] > content["hold_allowed_s"]
        colour = BAD if late else GROUP_COLOURS[row["group"]]
        axes.plot(1000.0 * row["hold_s"], height, "o", ms=3.5 if row["moved_on"] else 2.0, color=colour, alpha=0.7)
    axes.axvline(1000.0 * content["hold_allowed_s"], color=BAD, lw=1.2)
    axes.set_yticks(range(len(names)), names, fontsize=8.5)
    axes.set_xlabel("ms from when it had to")
    axes.set_xlim(left=-5.0)
    axes.grid(axis="x", color=RULE)
    axes.set_axisbelow(True)
    return figure


def force_figure(content: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Figure:
    """The greatest force while each fault lasted, over the run."""
    figure, (axes,) = panels(["Greatest force during each fault"], 1, 9.0, 2.6)
    for group, colour in GROUP_COLOURS.items():
        own = [row for row in rows if row["group"] == group]
        minutes = [row["at_s"] / 60.0 for row in own]
        axes.plot(minutes, [row["peak_force_n"] for row in own], "o", ms=2.5, color=colour, alpha=0.7, label=group)
    for force_n, text in ((content["force_cap_n"], "cap"), (content["force_allowed_n"], "cap + 20 %")):
        axes.axhline(force_n, color=MUTED if text == "cap" else BAD, lw=1.1)
        where = {"xycoords": axes.get_yaxis_transform(), "textcoords": "offset points"}
        axes.annotate(text, (0.0, force_n), xytext=(4, 2), fontsize=8, color=TEXT, **where)
    axes.set_xlabel("simulated minutes")
    axes.set_ylabel("N")
    axes.set_ylim(0.0, 1.15 * max([content["force_allowed_n"], content["max_force_n"]]))
    axes.legend(frameon=False, fontsize=8.5, ncols=5, loc="upper left", bbox_to_anchor=(0.0, -0.24))
    axes.grid(axis="y", color=RULE)
    axes.set_axisbelow(True)
    return figure
