"""What cameras see of a body that is peeled."""

import math
from itertools import pairwise

import numpy as np

from touchloop.geometry.pose import compose
from touchloop.sim.scene import Shape

SEGMENTS = 24
OVERLAP_M = 0.001
STAND_M = 0.25
"""Long enough to reach into the table wherever the body is."""
GOUGE_SHADE = 0.45
"""A gouge is as much darker than the flesh."""
BLADE_SIZE_M = (0.003, 0.016, 0.010)
HANDLE_SIZE_M = (0.008, 0.010, 0.040)
METAL_RGB, HANDLE_RGB, STAND_RGB = (0.75, 0.75, 0.8), (0.12, 0.12, 0.14), (0.4, 0.4, 0.42)

Rgb = tuple[float, float, float]


class PeelLook:
    """A row of cylinders along the crest, each in the mean colour of its cells.

    Args:
        crest_m: (K,) heights at even steps over ``length_m``.
        length_m, radius_m: of the body.
        skin_rgb, flesh_rgb: colours.
    """

    def __init__(self, crest_m: np.ndarray, length_m: float, radius_m: float, skin_rgb: Rgb, flesh_rgb: Rgb) -> None:
        self._skin, self._flesh = np.array(skin_rgb), np.array(flesh_rgb)
        ends = np.linspace(0.0, length_m, SEGMENTS + 1)
        heights = np.interp(ends, np.linspace(0.0, length_m, len(crest_m)), crest_m)
        self._sizes: list[tuple[float, float]] = []
        self._poses: list[np.ndarray] = []
        for i in range(SEGMENTS):
            run, rise = ends[i + 1] - ends[i], heights[i + 1] - heights[i]
            slope = math.atan2(rise, run)
            middle = np.array([0.5 * (ends[i] + ends[i + 1] - length_m), 0.0, 0.5 * (heights[i] + heights[i + 1])])
            centre = middle - radius_m * np.array([-math.sin(slope), 0.0, math.cos(slope)])
            half_turn = 0.25 * math.pi - 0.5 * slope
            self._poses.append(np.array([*centre, 0.0, math.sin(half_turn), 0.0, math.cos(half_turn)]))
            self._sizes.append((radius_m, math.hypot(run, rise) + OVERLAP_M))
        self._stand_size = (0.5 * length_m, 0.8 * radius_m, STAND_M)
        self._stand_pose = np.array([0.0, 0.0, -1.6 * radius_m - 0.5 * STAND_M, 0.0, 0.0, 0.0, 1.0])

    def shapes(self, pose_in_base: np.ndarray, peeled: np.ndarray, gouged: np.ndarray) -> tuple[Shape, ...]:
        """All shapes for a body at a pose (7,) with these cells (cells,) peeled and gouged."""
        colours = self._colours(peeled, gouged)
        segments = (
            Shape("cylinder", size, compose(pose_in_base, pose), rgb)
            for size, pose, rgb in zip(self._sizes, self._poses, colours, strict=True)
        )
        stand = Shape("box", self._stand_size, compose(pose_in_base, self._stand_pose), STAND_RGB)
        return (*segments, stand, *tool_shapes())

    def _colours(self, peeled: np.ndarray, gouged: np.ndarray) -> list[Rgb]:
        ends = np.round(np.linspace(0, len(peeled), SEGMENTS + 1)).astype(int)
        colours: list[Rgb] = []
        for first, last in pairwise(ends):
            flesh, deep = peeled[first:last].mean(), gouged[first:last].mean()
            rgb = (1.0 - flesh - deep) * self._skin + (flesh + GOUGE_SHADE * deep) * self._flesh
            colours.append((float(rgb[0]), float(rgb[1]), float(rgb[2])))
        return colours


def tool_shapes() -> tuple[Shape, Shape]:
    """The blade, its edge at the TCP along y, and its handle up to the arm's holder."""
    blade_z = -0.5 * BLADE_SIZE_M[2]
    handle_z = -BLADE_SIZE_M[2] - 0.5 * HANDLE_SIZE_M[2]
    blade, handle = (np.array([0.0, 0.0, z, 0.0, 0.0, 0.0, 1.0]) for z in (blade_z, handle_z))
    return Shape("box", BLADE_SIZE_M, blade, METAL_RGB, arm=0), Shape("box", HANDLE_SIZE_M, handle, HANDLE_RGB, arm=0)
