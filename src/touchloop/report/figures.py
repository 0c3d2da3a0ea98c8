"""The charts of one episode and of a whole run, as SVG markup; empty text where the data is missing."""

import numpy as np

from touchloop.report.episodes import Episode
from touchloop.report.ink import InkReplay, drawn_board
from touchloop.report.pictures import png_uri
from touchloop.report.recording import Recording, Track
from touchloop.report.statistics import lateness_ms, wrench_to_target_ms
from touchloop.report.svg import Chart, Span, strip
from touchloop.sim.board import BOARD_SIZE_M, BoardConfig, stroke_ink
from touchloop.tasks.wipe import CONTACT_FORCE_N, COVERAGE

_TIME = "time since the episode's start [s]"


def force_figure(episode: Episode) -> str:
    """Contact force, planned force, band, perturbations and plan changes over time."""
    controller, fine = episode.recording.controller, episode.contact_force
    if not controller and not len(fine):
        return ""
    band = episode.force_band_n
    peaks = [
        1.3 * band[1] if band else 11.0,
        *(s.force_n for s in controller),
        *(fine.values[:, 0] if len(fine) else ()),
    ]
    top = 1.08 * float(np.nanmax(np.where(np.isfinite(peaks), peaks, 0.0)))
    chart = Chart((0.0, episode.duration_s), (min(-1.0, -0.08 * top), top), _TIME, "contact force [N]", height=300)
    if band is not None:
        chart.band(*band, f"band {band[0]:g} to {band[1]:g} N")
    _shade_perturbations(chart, episode)
    if len(fine):
        chart.line(episode.seconds(fine.stamp_ns), fine.values[:, 0], "pale", "sensor, tared", "N")
    if controller:
        times = episode.seconds([s.stamp_ns for s in controller])
        planned = np.array([s.planned_force_n for s in controller])
        chart.line(times, planned, "second dashed", "planned", "N")
        chart.line(times, np.array([s.force_n for s in controller]), "first", "measured", "N")
    chart.marks(episode.plan_changes_s, "plan", "another plan")
    return chart.svg()


def mode_strip(episode: Episode) -> str:
    """The controller's modes over time."""
    spans = [
        Span(mode.start_s, mode.stop_s, mode.name + (f": {mode.detail}" if mode.detail else ""), f"mode-{mode.name}")
        for mode in episode.modes
    ]
    return strip(spans, (0.0, episode.duration_s)) if spans else ""


def phase_strip(episode: Episode) -> str:
    """The task's phases over time."""
    spans = [Span(phase.start_s, phase.stop_s, phase.name, f"phase-{phase.name}") for phase in episode.phases]
    return strip(spans, (0.0, episode.duration_s)) if spans else ""


def progress_figure(episode: Episode) -> str:
    """Share of the task that is done, over time."""
    task = episode.recording.task
    if not task:
        return ""
    chart = Chart((0.0, episode.duration_s), (0.0, 1.05), _TIME, "progress", height=200)
    _shade_perturbations(chart, episode)
    if drawn_board(episode) is not None:
        chart.level(COVERAGE, "goal", f"success from {COVERAGE:g}")
    chart.line(episode.seconds([s.stamp_ns for s in task]), np.array([s.progress for s in task]), "third", "progress")
    return chart.svg()


def height_figure(episode: Episode) -> str:
    """Height of a wiping tool over the board's face: commanded and measured."""
    if drawn_board(episode) is None:
        return ""
    commanded, measured = (
        episode.on_object(episode.recording.target_pose),
        episode.on_object(episode.recording.tcp_pose),
    )
    heights = [part[:, 2] * 1e3 for part in (commanded, measured) if len(part)]
    if not heights:
        return ""
    both = np.concatenate(heights)
    both = both[np.isfinite(both)]
    limits = (float(both.min()), min(float(both.max()), 60.0)) if len(both) else (0.0, 1.0)
    chart = Chart((0.0, episode.duration_s), limits, _TIME, "height over the board [mm]", height=220)
    _shade_perturbations(chart, episode)
    chart.level(0.0, "goal", "the board's face")
    for track, points, style, label in (
        (episode.recording.target_pose, commanded, "second dashed", "commanded"),
        (episode.recording.tcp_pose, measured, "first", "measured"),
    ):
        height_mm = np.minimum(points[:, 2] * 1e3, 60.0)
        chart.line(episode.seconds(track.stamp_ns), height_mm, style, label, "mm") if len(points) else None
    return chart.svg()


def board_figure(episode: Episode, board: BoardConfig | None) -> str:
    """The board that the seed tells, from above: ink left and wiped, and the tool's path."""
    if board is None:
        return ""
    commanded, measured = (
        episode.on_object(episode.recording.target_pose),
        episode.on_object(episode.recording.tcp_pose),
    )
    if not len(measured) and not len(commanded):
        return ""
    half_x, half_y = 0.5 * BOARD_SIZE_M[0] * 1e3, 0.5 * BOARD_SIZE_M[1] * 1e3
    chart = Chart((-half_x, half_x), (-75.0, 75.0), "board x [mm]", "board y [mm]", height=400, equal=True)
    chart.picture(_ink_picture(episode, board), (-half_x, half_x), (-half_y, half_y))
    for points, track, style, label in (
        (measured, episode.recording.tcp_pose, "first", "measured"),
        (commanded, episode.recording.target_pose, "second dashed", "commanded"),
    ):
        if len(points):
            touching = _in_contact(episode, track)
            chart.path(points[:, 0] * 1e3, points[:, 1] * 1e3, "pale")
            x, y = (np.where(touching, points[:, axis] * 1e3, np.nan) for axis in (0, 1))
            chart.path(x, y, style, label)
    return chart.svg()


def age_figure(episode: Episode) -> str:
    """Age of the plan in use."""
    samples = [s for s in episode.recording.controller if s.plan_age_s >= 0.0]
    if not samples:
        return ""
    ages = np.array([s.plan_age_s for s in samples])
    times = episode.seconds([s.stamp_ns for s in samples])
    chart = Chart((0.0, episode.duration_s), (0.0, 1.1 * float(ages.max()) + 1e-3), _TIME, "plan age [s]", height=180)
    _shade_perturbations(chart, episode)
    chart.line(times, ages, "first", "plan age", "s")
    chart.marks(episode.seconds([plan.stamp_ns for plan in episode.recording.plans]), "plan", "observed for a plan")
    return chart.svg()


def lateness_figure(recording: Recording) -> str:
    """Histogram of the fast loop's lateness."""
    return _histogram(lateness_ms(recording), "lateness of a tick [ms]", 1.0)


def latency_figure(recording: Recording) -> str:
    """Histogram of the time from a wrench's stamp to its target_pose's."""
    return _histogram(wrench_to_target_ms(recording), "wrench stamp to target_pose stamp [ms]", 5.0)


def _histogram(sample: np.ndarray, label: str, least_top: float) -> str:
    sample = sample[np.isfinite(sample)]
    if not len(sample):
        return ""
    top = max(least_top, float(np.percentile(sample, 99.0)) * 1.4)
    edges = np.linspace(0.0, top, 41)
    # What lies beyond the last edge counts in the last bar, which says so.
    counts, _ = np.histogram(np.clip(sample, 0.0, top), edges)
    beyond = int((sample > top).sum())
    most = int(counts.max())
    decades = range(int(np.log10(most)) + 1)
    chart = Chart(
        (0.0, top),
        (0.0, np.log10(most + 1) * 1.05),
        label,
        "count (log)",
        width=470,
        height=240,
        y_ticks=[(0.0, "0"), *((float(np.log10(10**decade + 1)), f"{10**decade}") for decade in decades)],
    )
    tips = [f"{count} from {a:.3g} to {b:.3g} ms" for count, a, b in zip(counts, edges, edges[1:], strict=False)]
    tips[-1] = f"{counts[-1]} above {edges[-2]:.3g} ms, {beyond} of them above {top:.3g}"
    chart.bars(edges, np.log10(counts + 1), "first", tips)
    if beyond:
        chart.note(f"{beyond} more beyond {top:.3g} ms, up to {sample.max():.3g} ms")
    return chart.svg()


def _shade_perturbations(chart: Chart, episode: Episode) -> None:
    for interval in episode.perturbations:
        chart.span(Span(interval.start_s, interval.stop_s, interval.name, "disturbed"))


def _in_contact(episode: Episode, track: Track) -> np.ndarray:
    """(n,) whether the tool touches anything at a track's stamps."""
    fine = episode.contact_force
    if len(fine):
        stamps, force_n = fine.stamp_ns, fine.values[:, 0]
    else:
        task = episode.recording.task
        stamps, force_n = np.array([s.stamp_ns for s in task]), np.array([s.force_n for s in task])
    return np.interp(track.stamp_ns, stamps, np.nan_to_num(force_n)) > CONTACT_FORCE_N


def _ink_picture(episode: Episode, board: BoardConfig) -> str:
    before = stroke_ink(board)
    left = InkReplay(episode, board).advance(episode.stop_ns)
    rgb = np.tile(np.array(board.rgb), (*before.shape, 1))
    for share, colour in ((0.35 * (before - left), np.array([0.25, 0.62, 0.45])), (left, np.array(board.ink_rgb))):
        rgb = rgb * (1.0 - share[:, :, None]) + colour * share[:, :, None]
    picture = np.concatenate([rgb, np.ones((*before.shape, 1))], axis=2)
    # Rows of the grid are the board's x, which runs to the right here; y runs upwards.
    return png_uri(np.ascontiguousarray((255.0 * picture.transpose(1, 0, 2)[::-1]).astype(np.uint8)))
