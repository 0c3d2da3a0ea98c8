"""Puts a run's report together as one HTML page that needs nothing else."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from pathlib import Path

import jinja2
import numpy as np

from touchloop import __version__
from touchloop.report import figures
from touchloop.report.episodes import Episode
from touchloop.report.events import Event, events_of
from touchloop.report.ink import InkReplay, drawn_board
from touchloop.report.load import Loaded
from touchloop.report.outcomes import (
    command_to_reproduce,
    disagreements,
    in_lockstep,
    outcome_rows,
    written_rows,
)
from touchloop.report.pictures import jpeg_uri, read_pictures
from touchloop.report.recording import Picture
from touchloop.report.run_folder import EpisodeRow, RunFolder
from touchloop.report.statistics import (
    all_streams,
    distribution,
    lateness_ms,
    missed_ticks,
    plan_rate_hz,
    tick_rate_hz,
    wrench_to_target_ms,
)

EMBEDDED_VIDEO_BYTES = 3_000_000
"""Larger videos are linked."""

_SILENT_NS = 1_200_000_000
"""A stream that is gone for so long before an episode's end is named as missing."""


@dataclass(frozen=True)
class Shot:
    """A picture with its caption."""

    uri: str
    caption: str


@dataclass(frozen=True)
class EpisodeView:
    """All that the page shows of one episode; empty markup where data is missing."""

    title: str
    row: EpisodeRow
    finished: bool
    force: str
    modes: str
    phases: str
    progress: str
    board: str
    height: str
    ages: str
    ink_note: str
    shots: list[Shot]
    events: list[Event]
    missing: list[str]


def render_page(
    run: RunFolder,
    loaded: Loaded | None,
    episodes: Sequence[Episode],
    video: Path | None = None,
    video_note: str = "",
    layout: str | None = None,
) -> str:
    """The page's text.

    Args:
        run: The run's files.
        loaded: Content of the bag; None without one.
        episodes: Its episodes.
        video: To embed if small, else to link by name.
        video_note: What the video shows.
        layout: Name of the Foxglove layout beside the page.
    """
    recording = loaded.recording if loaded else None
    rows = outcome_rows(run, episodes)
    shots = _shots(run, loaded, episodes) if loaded else []
    written = written_rows(run, episodes)
    views = [_episode_view(index, e, written[index] or e.outcome, shots[index]) for index, e in enumerate(episodes)]
    environment = jinja2.Environment(
        autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined
    )
    environment.filters.update(number=_number, percent=_percent)
    template = environment.from_string(_text("report.html"))
    return template.render(
        title=_title(run, episodes),
        styles=_text("report.css"),
        script=_text("report.js"),
        rows=rows,
        successes=sum(row.success is True for row in rows),
        score=_mean([row.score for row in rows]),
        run_name=run.path.resolve().name,
        command=command_to_reproduce(run, loaded, episodes),
        problems=[*run.problems, *(loaded.problems if loaded else []), *disagreements(run, episodes)],
        views=views,
        streams=all_streams(loaded.stamps_ns, loaded.types) if loaded else [],
        fast_rate_hz=tick_rate_hz(recording) if recording else None,
        plan_rate_hz=_plan_rate(episodes),
        lateness=distribution(lateness_ms(recording)) if recording else None,
        latency=distribution(wrench_to_target_ms(recording)) if recording else None,
        missed=missed_ticks(recording) if recording else None,
        lateness_figure=figures.lateness_figure(recording) if recording else "",
        latency_figure=figures.latency_figure(recording) if recording else "",
        video_uri=_video_uri(video),
        video_note=video_note,
        layout=layout,
        lockstep=in_lockstep(loaded),
        namespace=loaded.namespace if loaded else "",
        version=__version__,
        made=f"{datetime.now():%Y-%m-%d %H:%M}",
    )


def _title(run: RunFolder, episodes: Sequence[Episode]) -> str:
    start = episodes[0].start if episodes else None
    return start.task if start else (run.result.task if run.result and run.result.task else "run")


def _episode_view(index: int, episode: Episode, row: EpisodeRow, shots: list[Shot]) -> EpisodeView:
    board = drawn_board(episode)
    seed = f", seed {row.seed}" if row.seed is not None else ""
    return EpisodeView(
        title=f"Episode {episode.start.number if episode.start else index}{seed}",
        row=row,
        finished=episode.finished,
        force=figures.force_figure(episode),
        modes=figures.mode_strip(episode),
        phases=figures.phase_strip(episode),
        progress=figures.progress_figure(episode),
        board=figures.board_figure(episode, board),
        height=figures.height_figure(episode),
        ages=figures.age_figure(episode),
        ink_note=_ink_note(episode) if board is not None else "",
        shots=shots,
        events=events_of(episode),
        missing=_missing(episode),
    )


def _ink_note(episode: Episode) -> str:
    board = drawn_board(episode)
    if board is None or not episode.recording.task or not len(episode.recording.tcp_pose):
        return ""
    replay = InkReplay(episode, board)
    replay.advance(episode.stop_ns)
    recorded = episode.recording.task[-1].progress
    return (
        "Ink redrawn from the seed, the recorded tool path and the tared force: "
        f"{replay.coverage:.1%} wiped by this drawing, {recorded:.1%} by the world's own count."
    )


def _shots(run: RunFolder, loaded: Loaded, episodes: Sequence[Episode]) -> list[list[Shot]]:
    """First and last picture of each camera, for each episode."""
    chosen: list[list[tuple[str, str, Picture]]] = []
    wanted: dict[str, list[Picture]] = {}
    for episode in episodes:
        chosen.append([])
        cameras = {"scene": episode.recording.scene_pictures, "wrist": episode.recording.wrist_pictures}
        for name, pictures in cameras.items():
            topic = loaded.topic(f"camera/{name}/image_raw")
            for picture in dict.fromkeys([*pictures[:1], *pictures[-1:]]):
                chosen[-1].append((topic, name, picture))
                wanted.setdefault(topic, []).append(picture)
    found = read_pictures(run.bags, wanted)
    return [
        [
            Shot(jpeg_uri(found[topic, picture.stamp_ns]), f"{name} camera, {episode.second(picture.stamp_ns):.1f} s")
            for topic, name, picture in row
            if (topic, picture.stamp_ns) in found
        ]
        for episode, row in zip(episodes, chosen, strict=True)
    ]


def _missing(episode: Episode) -> list[str]:
    recording = episode.recording
    absent = {
        "episode (so no seed)": episode.start,
        "task_state (so no score, progress and perturbations)": recording.task,
        "controller_state (so no modes, planned force and lateness)": recording.controller,
        "plan": recording.plans,
        "wrench": len(recording.wrench),
        "wrench_bias (so the sensor's force cannot be tared)": len(recording.wrench_bias),
        "tcp_pose": len(recording.tcp_pose),
        "target_pose": len(recording.target_pose),
        "camera pictures": recording.scene_pictures or recording.wrist_pictures,
    }
    words = [name for name, present in absent.items() if not present]
    for name, track in (("wrench", recording.wrench), ("tcp_pose", recording.tcp_pose)):
        bad = int((~np.isfinite(track.values)).any(axis=1).sum()) if len(track) else 0
        words += [f"{bad} samples of {name} that hold a NaN or an infinity"] if bad else []
    ends = {"wrench": recording.wrench.stamp_ns, "target_pose": recording.target_pose.stamp_ns}
    ends["controller_state"] = np.array([sample.stamp_ns for sample in recording.controller], np.int64)
    for name, stamps_ns in ends.items():
        if len(stamps_ns) and episode.stop_ns - stamps_ns[-1] > _SILENT_NS:
            words.append(f"{name} after {episode.second(int(stamps_ns[-1])):.2f} s")
    if recording.task and not episode.finished:
        words.append("the end: the task was not done when the bag stopped")
    return words


def _plan_rate(episodes: Sequence[Episode]) -> float | None:
    rates = [rate for episode in episodes if (rate := plan_rate_hz(episode.recording)) is not None]
    return float(np.mean(rates)) if rates else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _video_uri(video: Path | None) -> str:
    if video is None or not video.is_file():
        return ""
    if video.stat().st_size > EMBEDDED_VIDEO_BYTES:
        return video.name
    return f"data:video/mp4;base64,{base64.b64encode(video.read_bytes()).decode()}"


def _text(name: str) -> str:
    return (files("touchloop.report") / "templates" / name).read_text()


def _number(value: float | None, digits: int = 1, unit: str = "") -> str:
    return "–" if value is None or not np.isfinite(value) else f"{round(value, digits) + 0.0:.{digits}f}{unit}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
