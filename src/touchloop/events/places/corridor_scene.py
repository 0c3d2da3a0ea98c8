"""What a camera sees on a drive along the corridor, as illuminance frames for a simulator."""

import math

import numpy as np

from touchloop.errors import InputError
from touchloop.events.places.corridor_kernel import render
from touchloop.events.places.corridor_light import ENTRIES_A_METRE, CorridorLight
from touchloop.events.places.prefilter import prefiltered
from touchloop.events.places.surfaces import HEIGHT_M, START_M, TEXEL_M, WIDTH_M, Corridor
from touchloop.events.places.traverse import HEIGHT_M as EYE_M
from touchloop.events.places.traverse import Pose, Traverse

FIELD_OF_VIEW_DEG = 70.0
"""Across the picture: a 4.5 mm lens before a DAVIS346."""
VEIL = 0.005
"""Share of the mean that a lens scatters over the picture. A guess; good lenses have about this much."""
FRAMES_PER_S = 400.0
"""Four to a period of the lamps' flicker. With 116 columns and 3 m/s the picture moves by 0.3 px a frame at the sides
and 0.45 px at the bottom."""


class CorridorScene:
    """Frames of a drive; ``lux(t)`` as every scene of ``touchloop.events.scenes``."""

    def __init__(
        self, corridor: Corridor, traverse: Traverse, light: CorridorLight, width: int = 173, height: int = 130
    ) -> None:
        """Prepare the surfaces for this resolution.

        Args:
            corridor: what is seen.
            traverse: from where.
            light: in which light.
            width: columns, 8 or more.
            height: rows, 8 or more.

        Raises:
            InputError: a smaller picture.
        """
        if width < 8 or height < 8:
            raise InputError(f"corridor: picture of {width} x {height}; expected 8 x 8 or more")
        self.width = width
        self.height = height
        self.traverse = traverse
        self.focal_px = 0.5 * width / math.tan(math.radians(0.5 * FIELD_OF_VIEW_DEG))
        self._light = light
        self._room = np.array([START_M, corridor.end_m, WIDTH_M, HEIGHT_M, ENTRIES_A_METRE], np.float32)
        middle_m = 0.5 * WIDTH_M
        faces = (
            (corridor.left, middle_m),
            (corridor.right, middle_m),
            (corridor.floor, EYE_M),
            (corridor.ceiling, HEIGHT_M - EYE_M),
            (corridor.end, None),
        )
        levels = [prefiltered(sheet, TEXEL_M, self.focal_px, off_axis_m) for sheet, off_axis_m in faces]
        self._texels = np.concatenate([texels for texels, _, _ in levels])
        self._size = np.stack([size for _, size, _ in levels])
        self._scale = np.stack([scale for _, _, scale in levels])
        ends = np.cumsum(self._size.prod(axis=2).ravel())
        self._first = np.append(0, ends[:-1]).astype(np.int32).reshape(self._size.shape[:2])
        self._frame = np.empty((height, width), np.float32)

    def lux(self, t_s: float) -> np.ndarray:
        """(height, width) float32, light on each pixel [lux]; the same array at every call."""
        return self.seen_from(self.traverse.pose(t_s), t_s)

    def seen_from(self, pose: Pose, t_s: float = 0.0) -> np.ndarray:
        """The same from any place."""
        eye = np.array([pose.x_m, pose.y_m, pose.z_m], np.float32)
        surfaces = (self._texels, self._first, self._size, self._scale)
        render(eye, _turn(pose), self.focal_px, self._room, *surfaces, self._light.lux(t_s), VEIL, self._frame)
        return self._frame


def _turn(pose: Pose) -> np.ndarray:
    """Camera (forward, left, up) to corridor: pitch, then yaw."""
    c, s = math.cos(pose.yaw_rad), math.sin(pose.yaw_rad)
    cp, sp = math.cos(pose.pitch_rad), math.sin(pose.pitch_rad)
    return np.array([[c * cp, -s, -c * sp], [s * cp, c, -s * sp], [sp, 0.0, cp]], np.float32)
