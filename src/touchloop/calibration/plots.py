"""Pictures of what the fits leave."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from touchloop.calibration.hand_eye import HandEye
from touchloop.calibration.latency import COMMAND, ECHO, Latencies
from touchloop.calibration.streams import Stream
from touchloop.calibration.tool_weight import ToolFit
from touchloop.errors import InputError

AXES, COLOURS = "xyz", ("tab:red", "tab:green", "tab:blue")


def plot_tool(fit: ToolFit, path: Path) -> None:
    """Residuals of force and torque at each pose."""
    figure = Figure(figsize=(8, 5), layout="constrained")
    rows = figure.subplots(2, 1, sharex=True)
    places = np.arange(len(fit.used))
    for row, axes, unit, rms in (
        (0, slice(0, 3), "force [N]", f"{fit.force_rms_n:.3f} N"),
        (1, slice(3, 6), "torque [N m]", f"{fit.torque_rms_nm:.4f} N m"),
    ):
        for k, name in enumerate(AXES):
            rows[row].bar(places + 0.25 * (k - 1), fit.residuals[:, axes][:, k], 0.25, color=COLOURS[k], label=name)
        rows[row].axhline(0.0, color="black", linewidth=0.5)
        rows[row].set(ylabel=f"residual {unit}", title=f"rms {rms}")
        rows[row].grid(axis="y", alpha=0.3)
    rows[0].legend(ncols=3, loc="lower right", bbox_to_anchor=(1.0, 1.0), frameon=False)
    rows[1].set_xticks(places, fit.used, rotation=30, ha="right")
    centre = ", ".join(f"{1e3 * x:.1f}" for x in fit.com_in_sensor)
    figure.suptitle(f"{fit.mass_kg:.3f} kg, centre of mass ({centre}) mm, measured minus expected")
    _save(figure, path)


def plot_hand_eye(fit: HandEye, path: Path) -> None:
    """Each view's reprojection error, and how far the board lies off in it."""
    figure = Figure(figsize=(8, 6.5), layout="constrained")
    rows = figure.subplots(3, 1, sharex=True)
    places = np.arange(len(fit.used))
    for row, values, label, colour in (
        (0, fit.rms_px, "corners [px]", "tab:blue"),
        (1, 1e3 * fit.offsets_m, "board off [mm]", "tab:orange"),
        (2, fit.turns_deg, "board turned [deg]", "tab:green"),
    ):
        rows[row].bar(places, values, 0.7, color=colour)
        rows[row].set(ylabel=label)
        rows[row].grid(axis="y", alpha=0.3)
    rows[2].set_xticks(places, fit.used, rotation=45, ha="right")
    figure.suptitle(f"{len(fit.used)} views, rms {float(np.sqrt(np.mean(fit.rms_px**2))):.2f} px")
    _save(figure, path)


def plot_latency(found: Latencies, streams: Mapping[str, Stream], path: Path) -> None:
    """One step, each stream as it arrived, made 0 to 1; and the delays of all steps."""
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    steps, delays = figure.subplots(1, 2)
    begin = found.steps_s[0]
    for name in (COMMAND, ECHO, "tcp_pose"):
        if name not in streams:
            continue
        stream = streams[name]
        times = stream.arrivals_s if name != ECHO else stream.times_s
        inside = (times >= begin) & (times <= begin + 0.8)
        values = stream.values[inside]
        if len(values) < 2:
            continue
        along = (values - values[0]) @ (values[-1] - values[0])
        label = {ECHO: "what is commanded, as measured", "tcp_pose": "tcp_pose on arrival"}.get(name, name)
        steps.plot(times[inside] - begin, along / along[-1], label=label)
    steps.set(xlabel="time [s]", ylabel="share of the step", title="first step")
    steps.legend(loc="lower right")
    steps.grid(alpha=0.3)
    for k, delay in enumerate(found.delays.values()):
        spread = np.linspace(-0.15, 0.15, len(delay.each_s))
        delays.plot(k + spread, 1e3 * delay.each_s, "o", markersize=4, alpha=0.6)
        delays.plot([k - 0.25, k + 0.25], [1e3 * delay.mean_s] * 2, color="black")
    delays.set_xticks(range(len(found.delays)), list(found.delays))
    delays.set(ylabel="delay [ms]", title=f"{len(found.steps_s)} steps", ylim=(min(0.0, delays.get_ylim()[0]), None))
    delays.grid(axis="y", alpha=0.3)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    try:
        figure.savefig(path, dpi=120)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be written: {error}") from error
