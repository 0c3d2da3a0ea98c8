"""Puts a benchmark's report together as one HTML page; only its videos lie beside it."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import jinja2

from touchloop import __version__
from touchloop.bench.bench_files import BenchFolder, Entry
from touchloop.bench.protocol import PROTOCOLS, rates_of
from touchloop.policy.spec import POLICIES
from touchloop.report.bench_episodes import VIDEOS, Shown
from touchloop.report.bench_figures import bars_figure, labels_figure, sweep_figure
from touchloop.report.bench_table import bench_table
from touchloop.report.bench_traces import traces_figure
from touchloop.report.plots import svg_of
from touchloop.tasks.registry import TASKS

SPEED_NAMES = {
    "decode_step": ("fast loop", "one step of the decoder", "torch eager"),
    "plan": ("slow loop", "one plan", "torch eager"),
    "plan_beside_paper": ("slow loop", "one plan", "the RDP paper's network"),
}
"""Rows of ``benchmarks/policy_speed.py``: loop, what is timed, and beside what."""
MOST_TRACES = 4
"""Of each task on the page."""


@dataclass(frozen=True, slots=True)
class RateRow:
    """How fast a policy's loops run in the benchmark, in simulated time."""

    policy: str
    says: str
    plan_rate_hz: float
    plan_latency_s: float
    fast_rate_hz: float


@dataclass(frozen=True, slots=True)
class SpeedRow:
    """How long a part takes on one core of the machine that measured it."""

    loop: str
    what: str
    peer: str
    ours_s: float
    peer_s: float | None
    ratio: float | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A video beside the page."""

    href: str
    still_uri: str
    episode: Shown


@dataclass(frozen=True, slots=True)
class TaskTraces:
    """Forces of a task's episodes."""

    task: str
    figure: str


def render_bench_page(folder: BenchFolder, shown: Sequence[Shown], problems: Sequence[str]) -> str:
    """The page's text.

    Args:
        folder: what was run.
        shown: the episodes that were filmed.
        problems: what is missing, in sentences.
    """
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(time=_time)
    studies = folder.studies
    return environment.from_string(_text("bench.html")).render(
        styles=_text("bench.css"),
        name=folder.path.resolve().name,
        about=folder.about,
        entries=folder.entries,
        tasks=list(dict.fromkeys(entry.task for entry in folder.entries)),
        table=bench_table(folder.entries),
        bars=svg_of(bars_figure(folder.entries), "success") if folder.entries else "",
        rates=_rate_rows(folder),
        speed=_speed_rows(folder.speed),
        traces=_traces(shown),
        rate_sweep=_sweep(studies.get("rates", ()), "rate of the fast loop [Hz]", "rates"),
        sample_sweep=_sweep(studies.get("samples", ()), "demonstrations", "samples"),
        ablations=_bars_of_labels(studies.get("ablations", ()), "ablations"),
        guidance=studies.get("guidance", ()),
        others={
            name: _bars_of_labels(rows, name)
            for name, rows in studies.items()
            if name not in ("rates", "samples", "ablations", "guidance") and rows
        },
        clips=_clips(folder.path, shown),
        problems=[*problems, *(f"Left out of a study: {word}" for word in folder.missing)],
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )


def _rate_rows(folder: BenchFolder) -> list[RateRow]:
    protocol = folder.about.get("protocol")
    if protocol not in PROTOCOLS:
        return []
    rows = []
    for name in dict.fromkeys(entry.policy for entry in folder.entries):
        if name in POLICIES:
            spec = POLICIES[name]
            rates = rates_of(protocol, spec)
            times = 1e9 / rates.plan_period_ns, rates.plan_latency_ns * 1e-9, rates.fast_rate_hz
            rows.append(RateRow(name, spec.says, *times))
    return rows


def _speed_rows(speed: dict[str, dict[str, float]]) -> list[SpeedRow]:
    return [
        SpeedRow(*SPEED_NAMES.get(name, ("", name, "")), row["ours_s"], row.get("peer_s"), row.get("ratio"))
        for name, row in speed.items()
        if isinstance(row, dict) and "ours_s" in row
    ]


def _sweep(entries: Sequence[Entry], x_label: str, name: str) -> str:
    placed = [entry for entry in entries if entry.x is not None and entry.x > 0.0]
    return svg_of(sweep_figure(placed, x_label), name) if placed else ""


def _bars_of_labels(entries: Sequence[Entry], name: str) -> str:
    return svg_of(labels_figure(entries), name) if entries else ""


def _traces(shown: Sequence[Shown]) -> list[TaskTraces]:
    found = []
    for name in TASKS:
        episodes = [episode for episode in shown if episode.task == name and episode.trace.time_s][:MOST_TRACES]
        if episodes:
            figure = traces_figure(episodes, TASKS[name].force_band_n)
            found.append(TaskTraces(name, svg_of(figure, f"forces-{name}")))
    return found


def _clips(folder: Path, shown: Sequence[Shown]) -> list[Clip]:
    clips = []
    for episode in shown:
        still = folder / VIDEOS / f"{episode.name}.jpg"
        uri = f"data:image/jpeg;base64,{base64.b64encode(still.read_bytes()).decode()}" if still.is_file() else ""
        if uri or (folder / VIDEOS / f"{episode.name}.mp4").is_file():
            clips.append(Clip(f"{VIDEOS}/{episode.name}.mp4", uri, episode))
    return clips


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text()


def _time(seconds: float | None) -> str:
    """With a unit that fits."""
    if seconds is None:
        return "–"
    factor, unit = next(((f, u) for f, u in ((1.0, "s"), (1e3, "ms")) if seconds * f >= 1.0), (1e6, "µs"))
    return f"{seconds * factor:.3g} {unit}"
