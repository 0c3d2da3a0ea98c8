"""Films one episode of a benchmark from the scene camera; an observer of ``bench.rollout``."""

from collections.abc import Sequence
from pathlib import Path

import av
import av.error
import cv2
import numpy as np

from touchloop.bench.trace import Trace
from touchloop.control.fast_controller import FastCommand
from touchloop.errors import InputError
from touchloop.report.captioned import HEIGHT, WIDTH, captioned
from touchloop.sim.cameras import SCENE_CAMERA, CameraConfig, Renderer
from touchloop.sim.world import CAMERA_TICKS, PERIOD_NS
from touchloop.tasks.environment import Environment

FPS = 1_000_000_000 // (CAMERA_TICKS * PERIOD_NS)
CAMERA = CameraConfig(SCENE_CAMERA.name, 480, 360, SCENE_CAMERA.vertical_fov_deg)
STILL_SHARE = 0.6
"""Of the episode, where the still picture is taken: in contact, as a rule."""


class Film:
    """A picture every 0.1 s of simulated time, with the tick's place in the trace."""

    def __init__(self) -> None:
        self._renderer = Renderer()
        self._pictures: list[np.ndarray] = []
        self._ticks: list[int] = []
        self._tick = 0

    def close(self) -> None:
        """Frees the renderer."""
        self._renderer.close()

    def __call__(self, environment: Environment, _: Sequence[FastCommand]) -> None:
        """Takes a picture if it is time."""
        if self._tick % CAMERA_TICKS == 0 or environment.state.done:
            self._pictures.append(self._renderer.render(environment.world.scene_state(), CAMERA))
            self._ticks.append(self._tick)
        self._tick += 1

    def write(self, path: Path, title: str, success: bool, trace: Trace, band_n: tuple[float, float]) -> None:
        """Writes ``path`` (H.264, 10 frames a second, real time) and a still picture beside it (.jpg).

        Args:
            path: the video's.
            title: task, policy, disturbance and seed.
            success: the episode's end.
            trace: the same episode's.
            band_n: the task's force band [N].

        Raises:
            InputError: this build of PyAV has no H.264 encoder.
        """
        frames = [
            captioned(picture, title, success, trace, tick, band_n)
            for picture, tick in zip(self._pictures, self._ticks, strict=True)
        ]
        part = path.with_suffix(".part.mp4")
        try:
            with av.open(str(part), "w", options={"movflags": "+faststart"}) as container:
                stream = container.add_stream("libx264", rate=FPS, options={"crf": "24", "preset": "veryfast"})
                stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
                stream.thread_count = 1
                for frame in frames:
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
                container.mux(stream.encode())
            part.replace(path)
        except av.error.EncoderNotFoundError as error:
            raise InputError("no video: this build of PyAV has no H.264 encoder (libx264)") from error
        finally:
            part.unlink(missing_ok=True)
        still = frames[int(STILL_SHARE * (len(frames) - 1))]
        cv2.imwrite(
            str(path.with_suffix(".jpg")), cv2.cvtColor(still, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 82]
        )
