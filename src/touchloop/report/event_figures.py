"""Figures of the bias benchmark: rates in their band, biases over time, and the table's bars."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from touchloop.bench.event_bench import ALL, EventRow
from touchloop.bench.event_loop import LoopResult
from touchloop.bench.event_scenarios import Scenario
from touchloop.events.sensors.camera import checked_camera
from touchloop.report.plots import MUTED, RULE, TEXT, legend, panels

CONTROLLER_COLOURS = {
    "fixed": "#9aa3ad",
    "fast_slow": "#e69f00",
    "fast_slow_mended": "#b2912f",
    "jaer_threshold": "#56b4e9",
    "jaer_bandwidth": "#0072b2",
    "jaer_refractory": "#cc79a7",
    "steady": "#d55e00",
}
ROLE_COLOURS = {
    "photoreceptor": "#9aa3ad",
    "follower": "#0072b2",
    "on_threshold": "#d55e00",
    "off_threshold": "#e69f00",
    "refractory": "#009e73",
    "high_pass": "#cc79a7",
}
BAND = "#2c825722"
OUTSIDE = "#b3312f"
_ROW_IN = 1.3


def traces_figure(results: Sequence[LoopResult], scenario: Scenario, band_hz: tuple[float, float]) -> Figure:
    """A row for each controller: the rate in its band at the left, the biases at the right, steps as lines.

    Args:
        results: of one camera, scenario and seed, with traces; at least one.
        scenario: what was shown.
        band_hz: lowest and highest rate.
    """
    scene = f"{scenario.name}: {scenario.says}"
    titles = [title for r in results for title in (_title(r), "")]
    figure, grid = panels([scene, "", *titles], 2, 5.8, _ROW_IN, share_y=False)
    _scene(grid[0], scenario)
    grid[1].axis("off")
    rates = np.concatenate([np.array(r.trace.rate_hz) for r in results if r.trace])
    positive = rates[np.isfinite(rates) & (rates > 0.0)]
    limits = min(positive.min(), band_hz[0]) / 1.5e6, max(positive.max(), band_hz[1]) * 1.3e-6
    shares = _scaled(results)
    for left, right, result in zip(grid[2::2], grid[3::2], results, strict=True):
        _rate(left, result, scenario, band_hz, limits)
        _biases(right, result, scenario, shares)
    for axes in grid:
        axes.set_xlim(0.0, scenario.duration_s)
    for axes in grid[:-2]:
        axes.tick_params(labelbottom=False)
    for axes in grid[-2:]:
        axes.set_xlabel("time [s]")
    roles = [role for role in ROLE_COLOURS if role in shares]
    handles = [Patch(color=BAND, label="band"), Line2D([], [], color=MUTED, ls=":", label="step")]
    handles += [Line2D([], [], color=OUTSIDE, lw=2.0, label="outside the band, counted")]
    names = {role: role.replace("_", " ") for role in roles}
    handles += [Line2D([], [], color=ROLE_COLOURS[role], lw=1.6, label=names[role]) for role in roles]
    legend(figure, handles)
    return figure


def bars_figure(rows: Sequence[EventRow], camera: str, aim: float) -> Figure:
    """Share in the band for each scenario and controller, with 95 % intervals; at least one row of the camera."""
    own = [row for row in rows if row.camera == camera]
    scenarios = list(dict.fromkeys(row.scenario for row in own))
    controllers = list(dict.fromkeys(row.controller for row in own))
    figure, (axes,) = panels([camera], 1, 11.5, 2.7)
    width = 0.84 / len(controllers)
    for place, controller in enumerate(controllers):
        of = {row.scenario: row for row in own if row.controller == controller}
        x = np.arange(len(scenarios)) + (place + 0.5) * width - 0.42
        means = np.array([of[s].in_band.mean for s in scenarios])
        axes.bar(x, means, 0.92 * width, color=CONTROLLER_COLOURS[controller])
        bounds = np.array([(of[s].in_band.low, of[s].in_band.high) for s in scenarios]).T
        if np.isfinite(bounds).all():
            errors = np.clip(np.stack([means - bounds[0], np.minimum(bounds[1], 1.0) - means]), 0.0, None)
            axes.errorbar(x, means, yerr=errors, fmt="none", ecolor="#3a4450", elinewidth=0.8, capsize=1.5)
    axes.axhline(aim, color=MUTED, lw=0.9, ls="--")
    axes.set_xticks(range(len(scenarios)), [("mean of all" if s == ALL else s.replace("_", " ")) for s in scenarios])
    axes.set_xlim(-0.55, len(scenarios) - 0.45)
    axes.set_ylim(0.0, 1.02)
    axes.set_yticks(np.linspace(0.0, 1.0, 5), [f"{share:.0f} %" for share in np.linspace(0.0, 100.0, 5)])
    axes.grid(axis="y", color=RULE)
    axes.set_axisbelow(True)
    axes.tick_params(length=0)
    handles = [Patch(color=CONTROLLER_COLOURS[name], label=name) for name in controllers]
    legend(figure, [*handles, Line2D([], [], color=MUTED, ls="--", label=f"aim, {aim:.0%}")])
    return figure


def _title(result: LoopResult) -> str:
    changes = f"{result.changes} change{'' if result.changes == 1 else 's'}"
    return f"{result.job.controller}: {result.in_band:.1%} in band, {changes}"


def _scene(axes: Axes, scenario: Scenario) -> None:
    """Light and speed over time."""
    t_s = np.arange(0.0, scenario.duration_s, 0.05)
    light = [scenario.light_lux(t) for t in t_s]
    speed = [scenario.speed_px_s(t) for t in t_s]
    axes.plot(t_s, light, color="#b2912f", lw=1.6)
    axes.set_yscale("log")
    axes.set_ylim(0.5, 2e4)
    axes.set_ylabel("lux", color="#8a7020")
    beside = axes.twinx()
    beside.plot(t_s, speed, color="#5b4bb5", lw=1.3, ls="--")
    beside.set_yscale("log")
    beside.set_ylim(5.0, 900.0)
    beside.set_ylabel("px/s", color="#5b4bb5")
    beside.spines["top"].set_visible(False)
    beside.minorticks_off()
    axes.minorticks_off()


def _rate(
    axes: Axes, result: LoopResult, scenario: Scenario, band_hz: tuple[float, float], limits: tuple[float, float]
) -> None:
    trace = result.trace
    if trace is None:
        return
    t_s, rate = np.array(trace.t_s), np.array(trace.rate_hz) * 1e-6
    low, high = band_hz[0] * 1e-6, band_hz[1] * 1e-6
    axes.axhspan(low, high, color=BAND, lw=0)
    _marks(axes, scenario)
    axes.plot(t_s, np.maximum(rate, limits[0]), color=TEXT, lw=1.0)
    outside = scenario.counted(t_s) & ~((rate >= low) & (rate <= high))
    axes.plot(t_s, np.where(outside, np.maximum(rate, limits[0]), np.nan), color=OUTSIDE, lw=2.0)
    axes.set_yscale("log")
    axes.set_ylim(*limits)
    axes.minorticks_off()
    axes.set_ylabel("Mev/s")


def _biases(axes: Axes, result: LoopResult, scenario: Scenario, scale: dict[str, float]) -> None:
    trace = result.trace
    if trace is None:
        return
    _marks(axes, scenario)
    axes.axhline(0.0, color=RULE, lw=0.8)
    for role, most in scale.items():
        axes.step(trace.t_s, np.array(trace.positions[role]) / most, color=ROLE_COLOURS[role], lw=1.3, where="post")
    axes.set_ylim(-1.08, 1.08)
    axes.set_yticks((-1.0, 0.0, 1.0), ("less", "start", "more"))
    axes.tick_params(axis="y", length=0)


def _marks(axes: Axes, scenario: Scenario) -> None:
    for step_s in scenario.steps_s()[1:]:
        axes.axvline(step_s, color=MUTED, lw=0.8, ls=":")


def _scaled(results: Sequence[LoopResult]) -> dict[str, float]:
    """Role of each bias that some controller moved -> its largest distance from the start value."""
    scale: dict[str, float] = {}
    for bias in checked_camera(results[0].job.camera).biases:
        positions = [r.trace.positions.get(bias.role, [0.0]) for r in results if r.trace]
        most = max((float(np.abs(p).max()) for p in positions), default=0.0)
        if most > 0.0:
            scale[bias.role] = most
    return scale
