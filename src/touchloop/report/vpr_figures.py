"""Figures of the place recognition benchmark."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from touchloop.bench.vpr_bench import CHANGING, FIXED, OURS, RECALLS, Example, SeedResult, VprRow, mean_curve
from touchloop.bench.vpr_drive import CAMERA, DRIVES, REFERENCE, DriveRecord
from touchloop.bench.vpr_score import MODES
from touchloop.events.biasing.actuator import Actuator
from touchloop.events.biasing.controller import band_of
from touchloop.events.biasing.sensitivity_path import sensitivity
from touchloop.events.places.corridor_light import CorridorLight
from touchloop.events.places.corridor_scene import CorridorScene
from touchloop.events.places.recall import TRUTH_RADIUS_M
from touchloop.events.places.surfaces import make_corridor
from touchloop.events.places.traverse import Traverse
from touchloop.events.sensors.camera import checked_camera
from touchloop.report.event_figures import BAND, CONTROLLER_COLOURS, ROLE_COLOURS
from touchloop.report.plots import MUTED, RULE, TEXT, legend, panels

QUERIES = DRIVES[1:]
PICTURE_SIZE = (346, 260)


def recall_figure(rows: Sequence[VprRow], mode: str) -> Figure:
    """A panel for each light: bars are recall@1 with intervals, marks above them recall@5 and @10."""
    arms = list(dict.fromkeys(row.arm for row in rows))
    figure, grid = panels(QUERIES, len(QUERIES), 2.9, 2.6)
    for axes, drive in zip(grid, QUERIES, strict=True):
        own = {row.arm: row for row in rows if (row.drive, row.mode) == (drive, mode)}
        for place, arm in enumerate(arms):
            first = own[arm].recall[1]
            axes.bar(place, first.mean, 0.8, color=CONTROLLER_COLOURS[arm])
            if np.isfinite(first.low):
                errors = [[first.mean - first.low], [first.high - first.mean]]
                axes.errorbar(place, first.mean, yerr=errors, fmt="none", ecolor="#3a4450", elinewidth=0.9, capsize=2)
            axes.plot([place], [own[arm].recall[5].mean], "_", color=TEXT, ms=12, mew=1.3)
            axes.plot([place], [own[arm].recall[10].mean], "_", color=MUTED, ms=7, mew=1.3)
        axes.set_xticks([])
        axes.set_ylim(0.0, 1.03)
        axes.set_yticks(np.linspace(0.0, 1.0, 5), [f"{share:.0f} %" for share in np.linspace(0.0, 100.0, 5)])
        axes.grid(axis="y", color=RULE)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
    marks = [
        Line2D([], [], color=TEXT, ls="", marker="_", ms=12, label="@5"),
        Line2D([], [], color=MUTED, ls="", marker="_", ms=7, label="@10"),
    ]
    legend(figure, [*(Patch(color=CONTROLLER_COLOURS[arm], label=arm) for arm in arms), *marks])
    return figure


def curves_figure(results: Sequence[SeedResult]) -> Figure:
    """Precision over recall: a row for each way of matching, a panel for each light; means over seeds."""
    arms = list(dict.fromkeys(arm for arm, _ in results[0].scores))
    titles = [f"{drive}, {mode}" for mode in MODES for drive in QUERIES]
    figure, grid = panels(titles, len(QUERIES), 2.9, 2.3)
    for axes, (mode, drive) in zip(grid, [(mode, drive) for mode in MODES for drive in QUERIES], strict=True):
        for arm in arms:
            precision = mean_curve(results, arm, drive, mode)
            lw = 2.2 if arm == OURS else 1.4
            axes.plot(RECALLS, precision, color=CONTROLLER_COLOURS[arm], lw=lw)
        axes.set_xlim(0.0, 1.0)
        axes.set_ylim(0.0, 1.03)
        axes.grid(color=RULE)
        axes.set_axisbelow(True)
        axes.tick_params(length=0)
    for axes in grid[-len(QUERIES) :]:
        axes.set_xlabel("recall")
    for axes in grid[:: len(QUERIES)]:
        axes.set_ylabel("precision")
    legend(figure, [Line2D([], [], color=CONTROLLER_COLOURS[arm], lw=2, label=arm) for arm in arms])
    return figure


def drive_figure(example: Example) -> Figure:
    """The drive through changing light: light, then for each arm the rate in its band and the biases."""
    record = example.drives[CHANGING]
    arms = list(record.arms)
    camera = checked_camera(CAMERA)
    low_hz, high_hz = band_of(camera)
    titles = [title for arm in arms for title in (f"{arm}, {record.arms[arm].changes} changes", "")]
    figure, grid = panels(["light and speed", "", *titles], 2, 5.8, 1.3, share_y=False)
    _light(grid[0], example)
    grid[1].axis("off")
    moved = {arm: _positions(example, arm) for arm in arms}
    roles = [bias.role for bias in camera.biases if any(np.abs(moved[arm].get(bias.role, 0)).max() > 0 for arm in arms)]
    scale = {role: max(float(np.abs(moved[arm][role]).max()) for arm in arms) for role in roles}
    rates = np.concatenate([record.arms[arm].rate_hz for arm in arms])
    positive = rates[np.isfinite(rates) & (rates > 0.0)]
    limits = min(positive.min(), low_hz) / 1.5e6, max(positive.max(), high_hz) * 1.3e-6
    for left, right, arm in zip(grid[2::2], grid[3::2], arms, strict=True):
        left.axhspan(low_hz * 1e-6, high_hz * 1e-6, color=BAND, lw=0)
        left.plot(record.looks_s, np.maximum(record.arms[arm].rate_hz * 1e-6, limits[0]), color=TEXT, lw=0.9)
        left.set_yscale("log")
        left.set_ylim(*limits)
        left.minorticks_off()
        left.set_ylabel("Mev/s")
        right.axhline(0.0, color=RULE, lw=0.8)
        for role in roles:
            line = moved[arm][role] / scale[role]
            right.step(record.looks_s, line, color=ROLE_COLOURS[role], lw=1.3, where="post")
        right.set_ylim(-1.08, 1.08)
        right.set_yticks((-1.0, 0.0, 1.0), ("less", "start", "more"))
        right.tick_params(axis="y", length=0)
    for axes in grid:
        axes.set_xlim(0.0, float(record.looks_s[-1]))
    for axes in grid[:-2]:
        axes.tick_params(labelbottom=False)
    for axes in grid[-2:]:
        axes.set_xlabel("time [s]")
    names = {role: role.replace("_", " ") for role in roles}
    lines = [Line2D([], [], color=ROLE_COLOURS[role], lw=1.6, label=names[role]) for role in roles]
    legend(figure, [Patch(color=BAND, label="band"), *lines])
    return figure


def frames_figure(example: Example, at_m: float) -> Figure:
    """Frames of counts near one place: the picture, then fixed and ours; a column for each drive."""
    job = example.drives[REFERENCE].job
    arms = [arm for arm in (FIXED, OURS) if arm in job.arms] or list(job.arms[:2])
    titles = [*DRIVES, *(title for arm in arms for title in (arm, *[""] * (len(DRIVES) - 1)))]
    figure, grid = panels(titles, len(DRIVES), 2.3, 1.85, share_y=False)
    for column, drive in enumerate(DRIVES):
        record = example.drives[drive]
        picture = np.log(_picture(record.job.seed, drive, record, at_m))
        grid[column].imshow(picture, cmap="gray")
        for row, arm in enumerate(arms, 1):
            counts = record.arms[arm].examples.get(at_m)
            axes = grid[row * len(DRIVES) + column]
            if counts is not None:
                axes.imshow(_coloured(counts), interpolation="nearest")
    for axes in grid:
        axes.axis("off")
    return figure


def matrices_figure(example: Example) -> Figure:
    """Differences on the drive through changing light: dark is alike; the truth lies between the lines."""
    arms = [arm for arm in (FIXED, OURS) if arm in example.matrices] or list(example.matrices)[:2]
    record = example.drives[CHANGING]
    figure, grid = panels(arms, 2, 5.8, 3.6)
    for axes, arm in zip(grid, arms, strict=True):
        places_m, matrix = example.places_m[arm], example.matrices[arm]
        finite = np.isfinite(matrix)
        sums = np.where(finite, matrix, 0.0).sum(axis=1, keepdims=True)
        shades = matrix - sums / np.maximum(finite.sum(axis=1, keepdims=True), 1)
        known = shades[np.isfinite(shades)]
        low, high = np.percentile(known, (0.2, 90.0)) if len(known) else (0.0, 1.0)
        frames = np.arange(len(matrix))
        edges_m = np.append(places_m, places_m[-1] + 0.1)
        mesh = (np.append(frames, len(frames)) * 0.066, edges_m, shades.T)
        axes.pcolormesh(*mesh, cmap="gray", vmin=low, vmax=high, shading="flat", rasterized=True)
        for side_m in (-TRUTH_RADIUS_M, TRUTH_RADIUS_M):
            axes.plot(frames * 0.066, record.positions_m + side_m, color="#d55e00", lw=0.8)
        axes.set_ylim(float(places_m[0]), float(places_m[-1]))
        axes.set_xlabel("time [s]")
    grid[0].set_ylabel("place in the map [m]")
    return figure


def light_figure(example: Example) -> Figure:
    """Light along the corridor, left wall, of all drives at their start."""
    job = example.drives[REFERENCE].job
    figure, (axes,) = panels(["light on a white surface of the left wall, at the start of each drive"], 1, 11.5, 2.0)
    colours = {"low": "#0072b2", "medium": MUTED, "high": "#b2912f", CHANGING: "#d55e00"}
    for drive in QUERIES:
        lux = CorridorLight(drive, job.seed, job.length_m).lux(0.0)[0]
        x_m = np.linspace(-4.0, job.length_m + 22.0, len(lux))
        axes.plot(x_m, lux, color=colours[drive], lw=1.4)
    axes.set_yscale("log")
    axes.set_xlim(0.0, job.length_m)
    axes.minorticks_off()
    axes.set_ylabel("lux")
    axes.set_xlabel("place [m]")
    legend(figure, [Line2D([], [], color=colour, lw=2, label=drive) for drive, colour in colours.items()])
    return figure


def _light(axes: Axes, example: Example) -> None:
    record = example.drives[CHANGING]
    axes.plot(record.looks_s, record.lux, color="#b2912f", lw=1.4)
    axes.set_yscale("log")
    axes.set_ylabel("mean lux", color="#8a7020")
    axes.minorticks_off()
    beside = axes.twinx()
    beside.plot(np.arange(len(record.speeds_m_s)) * 0.066, record.speeds_m_s, color="#5b4bb5", lw=1.2, ls="--")
    beside.set_ylim(0.0, 3.4)
    beside.set_ylabel("m/s", color="#5b4bb5")
    beside.spines["top"].set_visible(False)


def _positions(example: Example, arm: str) -> dict[str, np.ndarray]:
    """Role -> (looks,) distance of a bias from its start value, more is more sensitive."""
    values = example.drives[CHANGING].arms[arm].values
    looks = len(next(iter(values.values())))
    rows = [{name: int(column[k]) for name, column in values.items()} for k in range(looks)]
    actuators = [Actuator(bias) for bias in checked_camera(CAMERA).biases if bias.rate_sign]
    return {a.bias.role: np.array([sensitivity(a, row) for row in rows]) for a in actuators}


def _picture(seed: int, drive: str, record: DriveRecord, at_m: float) -> np.ndarray:
    visit = DRIVES.index(drive)
    job = record.job
    traverse = Traverse(seed, visit, job.length_m)
    kind = "medium" if drive == REFERENCE else drive
    light = CorridorLight(kind, seed, job.length_m, traverse.duration_s)
    scene = CorridorScene(make_corridor(seed, visit, job.length_m), traverse, light, *PICTURE_SIZE)
    frame = int(np.searchsorted(record.positions_m, at_m))
    return scene.lux((frame + 0.5) * 0.066).copy()


def _coloured(counts: np.ndarray) -> np.ndarray:
    """ON red, OFF blue on dark grey, as strong as there are events; (H, W, 3) from 0 to 1."""
    off, on = (np.minimum(plane / 4.0, 1.0)[..., None] for plane in counts)
    picture = np.full((*counts.shape[1:], 3), 0.12)
    picture += on * (np.array([0.95, 0.35, 0.25]) - picture)
    return np.clip(picture + off * (np.array([0.3, 0.6, 1.0]) - picture), 0.0, 1.0)
