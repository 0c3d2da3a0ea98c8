"""A real camera's pictures as the planner was trained on: cut, turned, flipped, scaled, with the time of the light."""

from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.errors import InputError
from touchloop.robots.config_sensors import Camera

_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class Intrinsics:
    """Of a pinhole camera, in pixels; the centre of the first pixel is 0, 0."""

    fx: float
    fy: float
    cx: float
    cy: float


class CameraFeed:
    """Works on one camera's pictures, in order."""

    def __init__(self, config: Camera) -> None:
        self._config = config
        self._newest_ns = -1

    def stamp_ns(self, stamp_ns: int, now_ns: int) -> int:
        """When the light fell on the sensor, from the driver's stamp.

        Raises:
            InputError: the stamp is not of this machine's clock, or not after the one before.
        """
        ahead_s = (stamp_ns - now_ns) * 1e-9
        limit_s = self._config.clock_tolerance_s
        if abs(ahead_s) > limit_s:
            side = "ahead of" if ahead_s > 0.0 else "behind"
            raise InputError(f"stamp is {abs(ahead_s):.3f} s {side} this machine's clock; expected at most {limit_s:g}")
        if stamp_ns <= self._newest_ns:
            raise InputError(f"stamp goes back by {(self._newest_ns - stamp_ns) * 1e-9:.3f} s")
        self._newest_ns = stamp_ns
        return stamp_ns - round(self._config.latency_s * 1e9)

    def forget_time(self) -> None:
        """After a driver was started anew its stamps may begin anywhere."""
        self._newest_ns = -1

    def picture(self, rgb: np.ndarray) -> np.ndarray:
        """(rows, columns, 3) uint8 as ``config.size`` says, of a picture (H, W, 3) uint8.

        Raises:
            InputError: the cut is not within the picture.
        """
        left, top, width, height = self._cut(rgb.shape[1], rgb.shape[0])
        out = rgb[top : top + height, left : left + width]
        if self._config.turn_deg:
            out = cv2.rotate(out, _TURNS[self._config.turn_deg])
        if self._config.flip:
            out = cv2.flip(out, 1)
        smaller = out.shape[1] >= self._config.size[0]
        return cv2.resize(out, self._config.size, interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)

    def intrinsics(self, of: Intrinsics, width: int, height: int) -> Intrinsics:
        """Those of the pictures that go on, from those of the camera's pictures of ``width`` x ``height``."""
        left, top, cut_width, cut_height = self._cut(width, height)
        fx, fy, cx, cy = of.fx, of.fy, of.cx - left, of.cy - top
        for _ in range(self._config.turn_deg // 90):
            # A quarter turn clockwise: the last row becomes the first column.
            fx, fy, cx, cy = fy, fx, cut_height - 1 - cy, cx
            cut_width, cut_height = cut_height, cut_width
        if self._config.flip:
            cx = cut_width - 1 - cx
        x, y = self._config.size[0] / cut_width, self._config.size[1] / cut_height
        return Intrinsics(fx * x, fy * y, (cx + 0.5) * x - 0.5, (cy + 0.5) * y - 0.5)

    def _cut(self, width: int, height: int) -> tuple[int, int, int, int]:
        if self._config.crop is not None:
            left, top, columns, rows = self._config.crop
            if left + columns > width or top + rows > height:
                raise InputError(
                    f"crop {list(self._config.crop)} reaches out of a picture of {width} x {height} pixels"
                )
            return left, top, columns, rows
        across = self._config.turn_deg in (90, 270)
        wanted = self._config.size[::-1] if across else self._config.size
        scale = min(width / wanted[0], height / wanted[1])
        columns, rows = max(1, round(wanted[0] * scale)), max(1, round(wanted[1] * scale))
        return (width - columns) // 2, (height - rows) // 2, columns, rows
