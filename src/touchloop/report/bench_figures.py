"""A benchmark's figures of success: bars of policies, lines of sweeps, bars of ablations. All take entries."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from touchloop.bench.bench_files import Entry
from touchloop.report.plots import MUTED, TEXT, colour_of, errors_of, legend, panels, success_axis

MEAN_TITLE = "mean of the tasks"
_WHISKER = {"ecolor": "#3a4450", "elinewidth": 0.9, "capsize": 2.0}
_KIND_COLOURS = ("#b4bfca", "#ef9a6a", "#8ec1e8", "#8bc7a6", "#d9a7c7")
_DASHES = ("-", "--", ":", "-.")


def bars_figure(entries: Sequence[Entry]) -> Figure:
    """Success with 95 % intervals: a panel a task, a group a disturbance, a bar a policy; at least one entry."""
    policies, kinds = _names(entries, "policy"), _names(entries, "perturb")
    titles, groups = _by_task(entries, lambda e: (e.policy, e.perturb))
    width = 0.8 / len(policies)
    wide = len(policies) * len(kinds) * 0.13 + 1.0
    figure, axes = panels(titles, max(int(11.5 / max(wide, 2.9)), 1), max(wide, 2.9), 2.3)
    for index, (panel, group) in enumerate(zip(axes, groups, strict=True)):
        for place, policy in enumerate(policies):
            own = [entry for entry in group if entry.policy == policy]
            x = np.array([kinds.index(entry.perturb) for entry in own]) + (place + 0.5) * width - 0.4
            rates = [entry.success_rate for entry in own]
            colour, label = colour_of(policy, policies), policy if index == 0 else None
            panel.bar(x, rates, 0.9 * width, color=colour, label=label)
            _whiskers(panel, x, own)
            # A bar of no height would look as if nothing had been run.
            (feet,) = panel.plot(x, np.zeros(len(x)), ls="", marker="|", color=colour, ms=4, clip_on=False)
            feet.set_in_layout(False)
        panel.set_xticks(range(len(kinds)), kinds)
        panel.set_xlim(-0.55, len(kinds) - 0.45)
        success_axis(panel, _starts_row(panel))
    _legend(figure, [(policy, colour_of(policy, policies), "-") for policy in policies], blocks=True)
    return figure


def sweep_figure(entries: Sequence[Entry], x_label: str) -> Figure:
    """Success over a number, logarithmic, with 95 % intervals: a panel a task, a colour a policy, a dash a disturbance.

    Args:
        entries: at least one; those without ``x`` are left out.
        x_label: of the number, with unit.
    """
    placed = [entry for entry in entries if entry.x is not None and entry.x > 0.0]
    policies, kinds = _names(placed, "policy"), _names(placed, "perturb")
    ticks = sorted({entry.x for entry in placed if entry.x is not None})
    titles, groups = _by_task(placed, lambda e: (e.policy, e.perturb, e.x))
    figure, axes = panels(titles, 3, 3.7, 2.5)
    for panel, group in zip(axes, groups, strict=True):
        for policy in policies:
            for kind, dashes in zip(kinds, _DASHES * len(kinds), strict=False):
                own = sorted((e for e in group if (e.policy, e.perturb) == (policy, kind)), key=lambda e: e.x or 0.0)
                if not own:
                    continue
                x = np.array([entry.x for entry in own], float)
                low, high = np.array([entry.interval for entry in own]).T
                colour = colour_of(policy, policies)
                panel.plot(x, [entry.success_rate for entry in own], dashes, color=colour, marker="o", ms=4, lw=1.7)
                if np.isfinite(low).all():
                    panel.fill_between(x, low, high, color=colour, alpha=0.13, lw=0)
        panel.set_xscale("log")
        panel.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        panel.set_xticks([], minor=True)
        panel.set_xlabel(x_label)
        success_axis(panel, _starts_row(panel))
    colours = [(policy, colour_of(policy, policies), "-") for policy in policies]
    dashes = list(zip(kinds, [MUTED] * len(kinds), _DASHES * len(kinds), strict=False)) if len(kinds) > 1 else []
    _legend(figure, [*colours, *dashes])
    return figure


def labels_figure(entries: Sequence[Entry]) -> Figure:
    """Success with 95 % intervals of what is told apart by labels: a panel a task and policy, a bar a label."""
    labels, kinds = _names(entries, "label"), _names(entries, "perturb")
    policies = _names(entries, "policy")
    named = [replace(e, task=f"{e.task}, {e.policy}") for e in entries] if len(policies) > 1 else list(entries)
    titles, groups = _by_task(named, lambda e: (e.label, e.perturb))
    height = 0.8 / len(kinds)
    # The labels stand at the left of every row only.
    figure, axes = panels(titles, 3, 3.7, 0.28 * len(labels) * max(len(kinds), 1.3) + 0.9)
    colours = dict(zip(kinds, _KIND_COLOURS * len(kinds), strict=False))
    for panel, group in zip(axes, groups, strict=True):
        for place, kind in enumerate(kinds):
            own = [entry for entry in group if entry.perturb == kind]
            y = np.array([labels.index(entry.label) for entry in own]) + (place + 0.5) * height - 0.4
            rates = np.array([entry.success_rate for entry in own])
            panel.barh(y, rates, 0.9 * height, color=colours[kind])
            known = [(at, entry) for at, entry in zip(y, own, strict=True) if np.isfinite(entry.interval).all()]
            if known:
                of = [entry for _, entry in known]
                middle = [entry.success_rate for entry in of]
                panel.errorbar(middle, [at for at, _ in known], xerr=errors_of(of), fmt="none", **_WHISKER)
            for at, rate in zip(y, rates, strict=True):
                panel.text(0.015, at, f"{rate:.2f}", va="center", fontsize=8, color=TEXT)
        panel.set_xlim(0.0, 1.04)
        panel.set_xticks(np.linspace(0.0, 1.0, 3), ["0", "50 %", "100 %"])
        panel.set_yticks(range(len(labels)), labels)
        panel.set_ylim(len(labels) - 0.45, -0.55)
        panel.tick_params(labelleft=_starts_row(panel), length=0)
    _legend(figure, [(kind, colours[kind], "-") for kind in kinds], blocks=True)
    return figure


def _names(entries: Sequence[Entry], field: str) -> list[str]:
    return list(dict.fromkeys(getattr(entry, field) for entry in entries))


def _by_task(entries: Sequence[Entry], key: Callable[[Entry], tuple]) -> tuple[list[str], list[list[Entry]]]:
    """Titles and entries of each panel; of several tasks, last the means of what every task has."""
    tasks = _names(entries, "task")
    groups = [[entry for entry in entries if entry.task == task] for task in tasks]
    if len(tasks) < 2:
        return tasks, groups
    means = []
    for name in dict.fromkeys(map(key, entries)):
        same = [entry for entry in entries if key(entry) == name]
        if len({entry.task for entry in same}) == len(tasks):
            rate = sum(entry.success_rate for entry in same) / len(same)
            means.append(replace(same[0], success_rate=rate, interval=(np.nan, np.nan)))
    return ([*tasks, MEAN_TITLE], [*groups, means]) if means else (tasks, groups)


def _whiskers(panel: Axes, x: np.ndarray, entries: Sequence[Entry]) -> None:
    """A mean over tasks has none."""
    known = [(at, entry) for at, entry in zip(x, entries, strict=True) if np.isfinite(entry.interval).all()]
    if known:
        of = [entry for _, entry in known]
        rates = [entry.success_rate for entry in of]
        panel.errorbar([at for at, _ in known], rates, yerr=errors_of(of), fmt="none", **_WHISKER)


def _starts_row(panel: Axes) -> bool:
    place = panel.get_subplotspec()
    return place is None or place.is_first_col()


def _legend(figure: Figure, names: Sequence[tuple[str, str, str]], blocks: bool = False) -> None:
    handles: list[Artist] = [
        Patch(color=colour, label=name) if blocks else Line2D([], [], color=colour, ls=dashes, lw=2, label=name)
        for name, colour, dashes in names
    ]
    legend(figure, handles)
