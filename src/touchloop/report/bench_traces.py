"""Force over time of a benchmark's episodes, with the task's force band and what disturbed them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from touchloop.report.bench_episodes import Shown
from touchloop.report.plots import MUTED, RULE, TEXT, colour_of, legend, panels

_BAND, _DISTURBED = "#2c8257", "#e3b04b"
_SHOWN_TOP = 2.6
"""A peak above this many times the band's upper end leaves the panel; its height is written there."""


def traces_figure(episodes: Sequence[Shown], band_n: tuple[float, float]) -> Figure:
    """True and planned force: a panel an episode, all of one task; at least one.

    Args:
        episodes: of one task.
        band_n: what the contact force shall stay between [N].
    """
    titles = [f"{e.policy}, {e.perturb}, seed {e.seed}: {'success' if e.success else 'failure'}" for e in episodes]
    figure, axes = panels(titles, 2, 5.6, 2.1)
    policies = list(dict.fromkeys(e.policy for e in episodes))
    peak_n = max(max(e.trace.force_n, default=0.0) for e in episodes)
    top_n = min(max(1.35 * band_n[1], 1.08 * peak_n), _SHOWN_TOP * band_n[1])
    for panel, episode in zip(axes, episodes, strict=True):
        trace = episode.trace
        panel.axhspan(*band_n, color=_BAND, alpha=0.13, lw=0)
        for start_s, stop_s, _ in trace.disturbances:
            panel.axvspan(start_s, stop_s, color=_DISTURBED, alpha=0.4, lw=0)
        if any(trace.planned_force_n):
            panel.plot(trace.time_s, trace.planned_force_n, color=TEXT, lw=1.0, ls="--")
        panel.plot(trace.time_s, trace.force_n, color=colour_of(episode.policy, policies), lw=1.2)
        own_peak_n = max(trace.force_n, default=0.0)
        if own_peak_n > top_n:
            at = trace.time_s[int(np.argmax(trace.force_n))]
            panel.annotate(f"{own_peak_n:.0f} N", (at, top_n), (4, -11), textcoords="offset points", fontsize=9)
        panel.set_ylim(-0.04 * top_n, top_n)
        panel.set_xlim(0.0, max([*trace.time_s, 0.1]))
        panel.grid(axis="y", color=RULE)
        panel.set_axisbelow(True)
        panel.set_xlabel("time since the episode's start [s]")
        panel.set_ylabel("force [N]")
    legend(
        figure,
        [
            Line2D([], [], color=MUTED, lw=1.5, label="true force"),
            Line2D([], [], color=TEXT, lw=1.2, ls="--", label="planned force"),
            Patch(color=_BAND, alpha=0.2, label=f"band {band_n[0]:g} to {band_n[1]:g} N"),
            Patch(color=_DISTURBED, alpha=0.5, label="disturbed"),
        ],
    )
    return figure
