"""``touchloop events play``: a video or pictures of an event file."""

import math
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Annotated

import av
import av.error
import cv2
import numpy as np
import tyro
from rich.console import Console
from rich.progress import track

from touchloop.errors import InputError
from touchloop.events.codecs.files import open_events
from touchloop.events.codecs.film import EventPicture, pictures
from touchloop.events.codecs.tally import time_span
from touchloop.events.codecs.whole_file import new_file

VIDEO_WIDTH = 640
"""Pictures of smaller sensors are drawn larger by a whole number."""


@dataclass(frozen=True)
class Play:
    """Draw an event file as a video (H.264) or as PNGs: blue became brighter, orange darker.

    Each picture shows the events since the one before it, over the file's grey frames where it has them.
    """

    file: Annotated[Path, tyro.conf.Positional]
    """.aedat4, Prophesee .raw (EVT3), a bag folder, .mcap, .db3 or .bag."""
    out: Annotated[Path | None, tyro.conf.arg(aliases=["-o"])] = None
    """NAME.mp4, or a name without suffix: a folder of PNGs; default FILE.mp4 here."""
    speed: float = 1.0
    """Recorded seconds a second of video."""
    fps: float = 30.0
    """Pictures a second of video."""
    start_s: float = 0.0
    """Leave out the file's first seconds."""
    seconds: float | None = None
    """Show so many recorded seconds; default all."""
    topic: str | None = None
    """Which one, where the file is a bag with several event topics."""

    def run(self) -> int:
        """Draw and write."""
        self._check()
        out = self.out or Path(f"{self.file.resolve().stem}.mp4")
        if out.suffix not in ("", ".mp4"):
            raise InputError(f"--out {out}: expected NAME.mp4, or a name without suffix for a folder of PNGs")
        reader = open_events(self.file, self.topic)
        first_ns, last_ns = time_span(reader)
        start_ns = first_ns + round(self.start_s * 1e9)
        stop_ns = last_ns + 1 if self.seconds is None else min(last_ns + 1, start_ns + round(self.seconds * 1e9))
        if stop_ns <= start_ns:
            raise InputError(
                f"nothing to show in {self.file}: its events span {(last_ns - first_ns) / 1e9:.6f} s, "
                f"--start-s is {self.start_s:g}"
            )
        slice_ns = max(math.ceil(1e9 * self.speed / self.fps), 1)
        console = Console(width=None if sys.stdout.isatty() else 240)  # a pipe's lines are never wrapped
        shown = track(
            pictures(reader, slice_ns, start_ns, stop_ns),
            "pictures",
            -(-(stop_ns - start_ns) // slice_ns),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        with new_file(out) as part:
            count, events = (self._video if out.suffix else self._pngs)(part, shown)
        console.print(
            f"{out}: {count} pictures of {slice_ns / 1e6:g} ms, {events:,} events, {reader.damaged} damaged",
            highlight=False,
        )
        return 0

    def _check(self) -> None:
        for name in ("speed", "fps"):
            value = getattr(self, name)
            if not (math.isfinite(value) and value > 0):
                raise InputError(f"--{name} {value}: expected more than 0")
        if not (math.isfinite(self.start_s) and self.start_s >= 0):
            raise InputError(f"--start-s {self.start_s}: expected 0 or more")
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds > 0):
            raise InputError(f"--seconds {self.seconds}: expected more than 0")

    def _video(self, path: Path, shown: Iterable[EventPicture]) -> tuple[int, int]:
        count, events = 0, 0
        try:
            with av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"}) as container:
                stream = container.add_stream(
                    "libx264",
                    rate=Fraction(self.fps).limit_denominator(1001),
                    options={"crf": "20", "preset": "veryfast"},
                )
                stream.pix_fmt, stream.thread_count = "yuv420p", 1
                for picture in shown:
                    rgb = _enlarged(picture.rgb)
                    if not count:
                        stream.height, stream.width = rgb.shape[:2]
                    container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
                    count, events = count + 1, events + picture.events
                container.mux(stream.encode())
        except av.error.EncoderNotFoundError as error:
            raise InputError("no video: this build of PyAV has no H.264 encoder (libx264)") from error
        return count, events

    def _pngs(self, folder: Path, shown: Iterable[EventPicture]) -> tuple[int, int]:
        folder.mkdir()
        count, events = 0, 0
        for picture in shown:
            cv2.imwrite(str(folder / f"{count:06}.png"), cv2.cvtColor(picture.rgb, cv2.COLOR_RGB2BGR))
            count, events = count + 1, events + picture.events
        return count, events


def _enlarged(rgb: np.ndarray) -> np.ndarray:
    """Whole pixels larger, and of even sides, which H.264 needs."""
    factor = max(VIDEO_WIDTH // rgb.shape[1], 1)
    large = rgb.repeat(factor, axis=0).repeat(factor, axis=1)
    return np.pad(large, ((0, large.shape[0] % 2), (0, large.shape[1] % 2), (0, 0)))
