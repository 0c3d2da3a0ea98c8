"""One frame of a benchmark's video: the picture, and under it what it shows."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from touchloop.bench.trace import Trace

WIDTH, HEIGHT = 480, 416
_PICTURE_PX = 360
_PANEL, _TEXT, _MUTED = (21, 26, 33), (232, 236, 241), (148, 160, 173)
_GOOD, _BAD, _ALERT = (99, 196, 144), (240, 125, 120), (227, 176, 75)
_ACTING = {"object": "object disturbed", "arm": "arm pushed", "both": "object and arm disturbed"}


def captioned(
    picture: np.ndarray, title: str, success: bool, trace: Trace, tick: int, band_n: tuple[float, float]
) -> np.ndarray:
    """A frame (416, 480, 3) uint8 RGB from a picture (360, 480, 3).

    Args:
        picture: what the camera sees.
        title: task, policy, disturbance and seed.
        success: the episode's end.
        trace: the episode's.
        tick: which tick of the trace is shown.
        band_n: in which the force is good [N].
    """
    image = Image.new("RGB", (WIDTH, HEIGHT), _PANEL)
    image.paste(Image.fromarray(picture), (0, 0))
    draw = ImageDraw.Draw(image)
    draw.text((12, _PICTURE_PX + 8), title, _TEXT, _font(15, bold=True))
    draw.text(
        (WIDTH - 12, _PICTURE_PX + 8),
        "success" if success else "failure",
        _GOOD if success else _BAD,
        _font(15, bold=True),
        anchor="ra",
    )
    force_n = trace.force_n[tick]
    colour = _GOOD if band_n[0] <= force_n <= band_n[1] else _TEXT
    draw.text((12, _PICTURE_PX + 31), f"{trace.time_s[tick]:5.1f} s   {trace.phase[tick]}", _MUTED, _font(14))
    draw.text((WIDTH - 12, _PICTURE_PX + 31), f"force {force_n:4.1f} N", colour, _font(14), anchor="ra")
    if trace.acting[tick]:
        text = _ACTING.get(trace.acting[tick], trace.acting[tick])
        length = _font(14, bold=True).getlength(text)
        draw.rounded_rectangle((12, 12, 32 + length, 38), 8, fill=_ALERT)
        draw.text((22, 25), text, (24, 20, 8), _font(14, bold=True), anchor="lm")
    return np.asarray(image)


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    return ImageFont.truetype(str(folder / ("DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf")), size)
