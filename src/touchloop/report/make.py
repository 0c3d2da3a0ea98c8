"""Makes a run's report, video and viewer layout."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from touchloop.errors import InputError
from touchloop.report.episodes import Episode, split_episodes
from touchloop.report.load import Loaded, load
from touchloop.report.page import render_page
from touchloop.report.run_folder import RunFolder, open_run
from touchloop.report.streams import STREAMS
from touchloop.report.video import write_video

REPORT_NAME = "report.html"
VIDEO_NAME = "run.mp4"
LAYOUT_NAME = "foxglove.json"
ARM_TOPICS = ("robot_description", "camera/", *(stream.name for stream in STREAMS))


@dataclass(frozen=True)
class Made:
    """What was made.

    Attributes:
        report: The page.
        video: None where there is none.
        layout: The viewer's layout.
        problems: What was missing or damaged, in sentences.
    """

    report: Path
    video: Path | None
    layout: Path | None
    problems: list[str]


def make_report(
    run_dir: Path,
    output: Path | None = None,
    namespace: str | None = None,
    video_episodes: int = 3,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> Made:
    """Reads a run and writes ``report.html``, ``run.mp4`` and ``foxglove.json``.

    Args:
        run_dir: Folder with ``bag/`` and ``result.json``, or a bag alone.
        output: Where to write; default the run's folder (for a bag alone: beside it, in ``NAME_report``).
        namespace: Of the arm, where the bag has several.
        video_episodes: The video shows so many episodes from the first on; 0 for no video.
        progress: Told what is being done and the share that is done.

    Raises:
        InputError: Nothing can be read there, or the output cannot be written.
    """
    run = open_run(Path(run_dir))
    is_bag = run.bags == [run.path]
    folder = output or (run.path.with_name(f"{run.path.resolve().name}_report") if is_bag else run.path)
    progress("reading the bag", 0.0)
    loaded = load(run.bags, namespace) if run.bags else None
    episodes = split_episodes(loaded.recording) if loaded else []
    if loaded and not episodes:
        run.problems.append("The bag holds no message of an arm.")
        if run.result is None:
            raise InputError(f"{run_dir}: nothing to report on. {' '.join(run.problems)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        layout = _copy_layout(folder, loaded.namespace) if loaded else None
        video, note = _make_video(folder, run, loaded, episodes[: max(video_episodes, 0)], progress)
        if note and len(episodes) > video_episodes:
            note += f" It shows the first {video_episodes} of {len(episodes)} episodes."
        progress("writing the page", 0.0)
        page = render_page(run, loaded, episodes, video, note, layout.name if layout else None)
        report = folder / REPORT_NAME
        report.write_text(page, encoding="utf-8")
    except OSError as error:
        raise InputError(f"cannot write the report into {folder}: {error.strerror or error}") from error
    return Made(report, video, layout, [*run.problems, *(loaded.problems if loaded else [])])


def _make_video(
    folder: Path,
    run: RunFolder,
    loaded: Loaded | None,
    episodes: list[Episode],
    progress: Callable[[str, float], None],
) -> tuple[Path | None, str]:
    if loaded is None or not episodes:
        return None, ""
    path = folder / VIDEO_NAME
    made = write_video(path, loaded, run.bags, episodes, lambda share: progress("drawing the video", share))
    return path, made.caption


def _copy_layout(folder: Path, namespace: str) -> Path:
    layout = json.loads((files("touchloop.report") / "templates" / "foxglove.json").read_text())
    target = folder / LAYOUT_NAME
    target.write_text(json.dumps(_in_namespace(layout, namespace), indent=1) + "\n")
    return target


def _in_namespace(part: Any, namespace: str) -> Any:
    """A layout's part with the topics of an arm, and paths into them, in the arm's namespace."""
    if isinstance(part, dict):
        return {_in_namespace(key, namespace): _in_namespace(value, namespace) for key, value in part.items()}
    if isinstance(part, list):
        return [_in_namespace(value, namespace) for value in part]
    arms = isinstance(part, str) and any(part.startswith(f"/{name}") for name in ARM_TOPICS)
    return f"{namespace}{part}" if arms else part
