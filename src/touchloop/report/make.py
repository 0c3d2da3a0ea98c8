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
SHARED_TOPICS = ("camera/scene/", *(stream.name for stream in STREAMS if stream.shared))
ARM_TOPICS = ("robot_description", "camera/wrist/", *(stream.name for stream in STREAMS if not stream.shared))


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
        band_n = episodes[0].force_band_n if episodes else None
        layout = _copy_layout(folder, loaded.namespace, loaded.shared, band_n) if loaded else None
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


def _copy_layout(folder: Path, namespace: str, shared: str, band_n: tuple[float, float] | None) -> Path:
    layout = json.loads((files("touchloop.report") / "templates" / "foxglove.json").read_text())
    force = layout["configById"]["Plot!force"]
    limits = [f"{limit:g}" for limit in band_n or ()]
    curves = [path for path in force["paths"] if path["label"] != "band"]
    bands = [path for path in force["paths"] if path["label"] == "band"]
    force["paths"] = curves + [{**path, "value": value} for path, value in zip(bands, limits, strict=False)]
    spaces = dict.fromkeys(ARM_TOPICS, namespace) | dict.fromkeys(SHARED_TOPICS, shared)
    arm = namespace.removeprefix(shared)
    if arm:
        layout["configById"]["3D!arm"]["layers"]["arm"]["framePrefix"] = f"{arm.strip('/')}/"
    target = folder / LAYOUT_NAME
    target.write_text(json.dumps(_in_namespace(layout, spaces), indent=1) + "\n")
    return target


def _in_namespace(part: Any, spaces: dict[str, str]) -> Any:
    """A layout's part with its topics, and paths into them, in the namespaces that they have in the bag."""
    if isinstance(part, dict):
        return {_in_namespace(key, spaces): _in_namespace(value, spaces) for key, value in part.items()}
    if isinstance(part, list):
        return [_in_namespace(value, spaces) for value in part]
    if not isinstance(part, str):
        return part
    return next((f"{space}{part}" for name, space in spaces.items() if part.startswith(f"/{name}")), part)
