"""Draws what the numbers say beside the picture: one frame of the video."""

from functools import cache
from pathlib import Path
from typing import NamedTuple

import cv2
import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from touchloop.report.episodes import Episode

WIDTH, HEIGHT = 960, 540
SCENE_SIZE = (720, 540)
_LEFT, _RIGHT = 736, 944
_WRIST_PX = 208
_PLOT = (_LEFT, 296, _RIGHT, 396)
_PLOT_S = 4.0
_LEAST_PLOT_TOP_N = 14.0
_PANEL, _TEXT, _MUTED, _RULE = (21, 26, 33), (232, 236, 241), (148, 160, 173), (52, 61, 72)
_FORCE, _PLANNED, _BAND = (111, 173, 240), (240, 154, 98), (34, 66, 52)
_GOOD, _ALERT = (99, 196, 144), (227, 176, 75)
MODE_COLOURS = {
    "TARE": (107, 118, 131),
    "FOLLOW": (44, 130, 87),
    "HOLD": (185, 138, 44),
    "COMPLY": (200, 111, 44),
    "RETRACT": (148, 87, 163),
    "STOP": (179, 49, 47),
}


class _Force(NamedTuple):
    times_s: np.ndarray
    measured_n: np.ndarray
    planned_n: np.ndarray


class Overlay:
    """Makes the frames of one episode from pictures.

    Args:
        episode: What happened.
        caption: A line about the pictures' origin, at the foot.
    """

    def __init__(self, episode: Episode, caption: str) -> None:
        self._episode = episode
        start = episode.start
        self._title = f"{start.task}, seed {start.seed}" if start else "run"
        self._caption = caption
        self._force = _force_of(episode)
        self._task_s = episode.seconds([sample.stamp_ns for sample in episode.recording.task])
        self._plans_s = episode.plan_changes_s
        self._band_n = episode.force_band_n or (0.0, 0.0)
        self._top_n = max(_LEAST_PLOT_TOP_N, 1.3 * self._band_n[1])
        self._panel = self._empty_panel()

    def frame(self, time_s: float, scene: np.ndarray | None, wrist: np.ndarray | None) -> np.ndarray:
        """One frame (540, 960, 3) uint8 RGB; a picture that is missing leaves a dark field."""
        image = self._panel.copy()
        if scene is not None:
            image.paste(_fitted(scene, SCENE_SIZE), (0, 0))
        if wrist is not None:
            image.paste(_fitted(wrist, (_WRIST_PX, _WRIST_PX)), (_LEFT, 16))
        draw = ImageDraw.Draw(image)
        self._draw_force(draw, time_s)
        self._draw_task(draw, time_s)
        _pill(draw, (14, 14), f"{self._title}   {time_s:5.2f} s", (21, 26, 33), _TEXT)
        for number, interval in enumerate(
            i for i in self._episode.perturbations if i.start_s <= time_s <= i.stop_s + 0.3
        ):
            _pill(draw, (14, 48 + 32 * number), interval.name, _ALERT, (24, 20, 8))
        draw.rectangle((0, HEIGHT - 22, SCENE_SIZE[0], HEIGHT), fill=_PANEL)
        draw.text((14, HEIGHT - 18), self._caption, _MUTED, _font(12))
        return np.asarray(image)

    def _draw_force(self, draw: ImageDraw.ImageDraw, time_s: float) -> None:
        times_s, measured, planned = self._force
        left, _, right, _ = _PLOT
        until = int(np.searchsorted(times_s, time_s, side="right"))
        now = until - 1
        in_band = until > 0 and self._band_n[0] <= measured[now] <= self._band_n[1]
        number = f"{round(measured[now], 1) + 0.0:.1f} N" if until and np.isfinite(measured[now]) else "–"
        draw.text((right, 248), number, _GOOD if in_band else _TEXT, _font(24, bold=True), anchor="ra")
        since = int(np.searchsorted(times_s, time_s - _PLOT_S))
        step = max(1, (until - since) // 200)
        for values, colour, width in ((planned, _PLANNED, 1), (measured, _FORCE, 2)):
            window = slice(since, until, step)
            points = [
                (right - (time_s - t) / _PLOT_S * (right - left), self._y_of(v))
                for t, v in zip(times_s[window], values[window], strict=True)
                if np.isfinite(v)
            ]
            if len(points) > 1:
                draw.line(points, fill=colour, width=width)

    def _draw_task(self, draw: ImageDraw.ImageDraw, time_s: float) -> None:
        mode = next((m for m in self._episode.modes if m.start_s <= time_s <= m.stop_s), None)
        if mode is not None:
            _pill(draw, (_LEFT, 422), mode.name, MODE_COLOURS.get(mode.name, _RULE), (255, 255, 255))
        plans = int(np.searchsorted(self._plans_s, time_s, side="right"))
        draw.text((_RIGHT, 428), f"plan {plans}" if plans else "no plan yet", _MUTED, _font(13), anchor="ra")
        index = int(np.searchsorted(self._task_s, time_s, side="right")) - 1
        if index < 0:
            return
        sample = self._episode.recording.task[index]
        draw.text((_LEFT, 460), sample.phase, _TEXT, _font(14))
        draw.text((_RIGHT, 460), f"progress {sample.progress:.0%}", _TEXT, _font(14), anchor="ra")
        draw.rectangle((_LEFT, 484, _RIGHT, 494), fill=_RULE)
        draw.rectangle((_LEFT, 484, _LEFT + sample.progress * (_RIGHT - _LEFT), 494), fill=_GOOD)
        if sample.done:
            text = "success" if sample.success else "no success"
            _pill(
                draw,
                (_LEFT, 506),
                f"{text}, score {sample.score:g}",
                (37, 122, 77) if sample.success else (179, 49, 47),
            )

    def _empty_panel(self) -> Image.Image:
        """All of a frame that never changes."""
        image = Image.new("RGB", (WIDTH, HEIGHT), _PANEL)
        draw = ImageDraw.Draw(image)
        draw.rectangle((_LEFT, 16, _RIGHT, 16 + _WRIST_PX), outline=_RULE)
        draw.text((_LEFT, 228), "wrist camera", _MUTED, _font(12))
        draw.text((_LEFT, 262), "force", _MUTED, _font(13))
        least, most = self._band_n
        if most > 0.0:
            draw.rectangle((_LEFT, self._y_of(most), _RIGHT, self._y_of(least)), fill=_BAND)
            draw.text((_LEFT + 3, self._y_of(most) - 13), f"{most:g} N", _MUTED, _font(10))
            draw.text((_LEFT + 3, self._y_of(least) + 1), f"{least:g} N", _MUTED, _font(10))
        draw.rectangle(_PLOT, outline=_RULE)
        for x, colour, name in ((_LEFT, _FORCE, "measured"), (_LEFT + 88, _PLANNED, "planned")):
            draw.line((x, 405, x + 14, 405), fill=colour, width=2)
            draw.text((x + 19, 398), name, _MUTED, _font(11))
        return image

    def _y_of(self, force_n: float) -> float:
        """Height of a force in the plot [px]."""
        _, top, _, bottom = _PLOT
        return bottom - min(max(force_n, 0.0), self._top_n) / self._top_n * (bottom - top)


def _force_of(episode: Episode) -> _Force:
    controller, fine = episode.recording.controller, episode.contact_force
    if controller:
        times = episode.seconds([s.stamp_ns for s in controller])
        return _Force(
            times, np.array([s.force_n for s in controller]), np.array([s.planned_force_n for s in controller])
        )
    if len(fine):
        return _Force(episode.seconds(fine.stamp_ns), fine.values[:, 0], np.full(len(fine), np.nan))
    task = episode.recording.task
    return _Force(
        episode.seconds([s.stamp_ns for s in task]), np.array([s.force_n for s in task]), np.full(len(task), np.nan)
    )


def _fitted(rgb: np.ndarray, size: tuple[int, int]) -> Image.Image:
    return Image.fromarray(cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC))


def _pill(
    draw: ImageDraw.ImageDraw,
    corner: tuple[int, int],
    text: str,
    fill: tuple[int, int, int],
    colour: tuple[int, int, int] = (255, 255, 255),
) -> None:
    font = _font(14, bold=True)
    draw.rounded_rectangle((*corner, corner[0] + font.getlength(text) + 20, corner[1] + 26), 8, fill=fill)
    draw.text((corner[0] + 10, corner[1] + 13), text, colour, font, anchor="lm")


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)
