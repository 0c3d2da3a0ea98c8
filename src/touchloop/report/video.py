"""Makes ``run.mp4``: the scene in real time with the wrist camera, force, mode and progress beside it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import av
import av.error
import numpy as np

from touchloop.errors import InputError
from touchloop.report.episodes import Episode
from touchloop.report.ink import InkReplay, drawn_board
from touchloop.report.load import Loaded
from touchloop.report.overlay import HEIGHT, WIDTH, Overlay
from touchloop.report.pictures import read_pictures
from touchloop.report.recording import Picture
from touchloop.sim.appearance import Appearance
from touchloop.sim.board import Board, BoardConfig
from touchloop.sim.cameras import SCENE_CAMERA, CameraConfig, Renderer
from touchloop.sim.scene import IDENTITY_POSE
from touchloop.sim.scene_state import SceneState

FPS = 25
_REDRAWN_CAMERA = CameraConfig(SCENE_CAMERA.name, 480, 360, SCENE_CAMERA.vertical_fov_deg)
REDRAWN = "Scene redrawn at 25 frames/s from recorded joints, board pose, tool path and force; real time."
RECORDED = "Pictures as recorded; real time."
NO_PICTURES = "No pictures were recorded."


class _Scene(Protocol):
    caption: str

    def at(self, stamp_ns: int) -> np.ndarray | None:
        """Picture of an instant; instants come in order."""


@dataclass(frozen=True)
class VideoReport:
    """What was made: how many frames, and what the pictures are."""

    frames: int
    caption: str


def write_video(
    path: Path,
    loaded: Loaded,
    bags: Sequence[Path],
    episodes: Sequence[Episode],
    progress: Callable[[float], None] = lambda _: None,
) -> VideoReport:
    """Writes an H.264 video of some episodes, one after another, at real-time speed.

    Args:
        path: File to write.
        loaded, bags: The bag.
        episodes: Which to show.
        progress: Told the share that is done, 0 to 1.

    Raises:
        InputError: There is nothing to show, or no H.264 encoder.
    """
    counts = [max(1, round(episode.duration_s * FPS)) for episode in episodes]
    if not episodes:
        raise InputError("there is no episode to make a video of")
    caption = ""
    done = 0
    partial = path.with_suffix(".part.mp4")
    try:
        with av.open(str(partial), "w", options={"movflags": "+faststart"}) as container:
            stream = container.add_stream("libx264", rate=FPS, options={"crf": "23", "preset": "veryfast"})
            stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
            stream.thread_count = 1
            for episode, count in zip(episodes, counts, strict=True):
                for origin, rgb in _frames(loaded, bags, episode, count):
                    caption = origin
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
                    done += 1
                    progress(done / sum(counts))
            container.mux(stream.encode())
        partial.replace(path)
    except av.error.EncoderNotFoundError as error:
        raise InputError("no video: this build of PyAV has no H.264 encoder (libx264)") from error
    finally:
        partial.unlink(missing_ok=True)
    return VideoReport(done, caption)


def _frames(loaded: Loaded, bags: Sequence[Path], episode: Episode, count: int) -> Iterator[tuple[str, np.ndarray]]:
    wrist_topic, scene_topic = (loaded.topic(f"camera/{name}/image_raw") for name in ("wrist", "scene"))
    board = drawn_board(episode)
    redrawn = board is not None and len(episode.recording.joints) and len(episode.recording.task)
    wanted: dict[str, Sequence[Picture]] = {wrist_topic: episode.recording.wrist_pictures}
    if not redrawn:
        wanted[scene_topic] = episode.recording.scene_pictures
    pictures = read_pictures(bags, {topic: chosen for topic, chosen in wanted.items() if chosen})
    wrist = _Recorded(episode.recording.wrist_pictures, wrist_topic, pictures)
    scene: _Scene = _Recorded(episode.recording.scene_pictures, scene_topic, pictures)
    if redrawn and board is not None:
        scene = _Redrawn(episode, board)
    overlay = Overlay(episode, scene.caption)
    try:
        for index in range(count):
            time_s = index / FPS
            stamp_ns = episode.start_ns + round(time_s * 1e9)
            yield scene.caption, overlay.frame(time_s, scene.at(stamp_ns), wrist.at(stamp_ns))
    finally:
        if isinstance(scene, _Redrawn):
            scene.close()


class _Recorded:
    """The newest recorded picture that is not younger than the instant."""

    def __init__(self, pictures: Sequence[Picture], topic: str, decoded: dict[tuple[str, int], np.ndarray]) -> None:
        self._found = [(p.stamp_ns, decoded[topic, p.stamp_ns]) for p in pictures if (topic, p.stamp_ns) in decoded]
        self._stamps_ns = np.array([stamp_ns for stamp_ns, _ in self._found], np.int64)
        self.caption = RECORDED if self._found else NO_PICTURES

    def at(self, stamp_ns: int) -> np.ndarray | None:
        index = int(np.searchsorted(self._stamps_ns, stamp_ns, side="right")) - 1
        return self._found[max(index, 0)][1] if self._found else None


class _Redrawn:
    """The simulator's scene camera, with joints and board as recorded and the ink as the tool wiped it."""

    caption = REDRAWN

    def __init__(self, episode: Episode, config: BoardConfig) -> None:
        self._episode = episode
        self._board = Board(config, IDENTITY_POSE)
        self._look = Appearance.sample(np.random.default_rng([episode.start.seed if episode.start else 0, 3]), 1)
        self._ink = InkReplay(episode, config)
        self._renderer = Renderer()

    def at(self, stamp_ns: int) -> np.ndarray:
        joints = self._episode.recording.joints
        index = int(np.clip(np.searchsorted(joints.stamp_ns, stamp_ns, side="right") - 1, 0, len(joints) - 1))
        self._board.pose_in_base = self._episode.object_at(np.array([stamp_ns]))[0]
        self._board.ink = self._ink.advance(stamp_ns)
        return self._renderer.render(self._state(joints.values[index]), _REDRAWN_CAMERA)

    def _state(self, joint_positions: np.ndarray) -> SceneState:
        return SceneState(
            tools=("wiper",),
            bases_in_world=IDENTITY_POSE[None],
            joint_positions=joint_positions[None],
            camera_errors=self._look.camera_errors,
            light_in_world=self._look.light_in_world,
            shapes=(self._look.table_shape(), *self._board.shapes()),
            decals=(self._look.table_decal(), *(replace(d, shape=d.shape + 1) for d in self._board.decals())),
        )

    def close(self) -> None:
        self._renderer.close()
