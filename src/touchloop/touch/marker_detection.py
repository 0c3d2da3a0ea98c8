"""Finds the dark dots on a gel's picture, to a fraction of a pixel."""

from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.errors import InputError

FLOOD = 4000
"""More dark spots than this are noise, not dots."""


@dataclass(frozen=True, slots=True)
class DotShape:
    """What counts as a dot."""

    diameter_px: float = 12.0
    """Of a dot on the picture; dots from a half to twice of it count."""
    contrast: float = 18.0
    """Grey levels by which a dot is darker than the gel around it, at least."""

    def __post_init__(self) -> None:
        if not 2.0 <= self.diameter_px <= 200.0:
            raise InputError(f"diameter_px is {self.diameter_px:g}; expected 2 to 200")
        if not 1.0 <= self.contrast <= 254.0:
            raise InputError(f"contrast is {self.contrast:g}; expected 1 to 254 grey levels")


def to_grey(picture: np.ndarray) -> np.ndarray:
    """A picture (H, W) or (H, W, 3) rgb, uint8, as (H, W) uint8.

    Raises:
        InputError: another shape or type, or no pixels.
    """
    if picture.dtype != np.uint8 or picture.ndim not in (2, 3) or picture.size == 0:
        raise InputError(f"picture is {picture.dtype} {picture.shape}; expected uint8 (H, W) or (H, W, 3)")
    if picture.ndim == 2:
        return picture
    if picture.shape[2] != 3:
        raise InputError(f"picture has {picture.shape[2]} channels; expected 1 or 3")
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


def find_dots(grey: np.ndarray, shape: DotShape) -> np.ndarray:
    """Centres (N, 2) float64 of the dots [px], x right and y down, from the centre of the first pixel.

    A dot is darker than the mean of its surroundings (adaptive threshold), so that uneven light does no harm; its
    centre is the mean of its pixels weighted by how much darker they are.
    """
    reach = round(3.0 * shape.diameter_px) | 1
    # The surroundings are smooth, so a quarter of the pixels tells as much of them.
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    around = cv2.resize(cv2.blur(small, (reach // 2, reach // 2)), (grey.shape[1], grey.shape[0]))
    depth = cv2.subtract(around, cv2.blur(grey, (3, 3)))
    dark = cv2.threshold(depth, 0.5 * shape.contrast, 255, cv2.THRESH_BINARY)[1]
    # With 8 neighbours OpenCV has an algorithm that is three times as fast.
    count, labels, stats, _ = cv2.connectedComponentsWithStats(dark, connectivity=8)
    if not 2 <= count <= FLOOD:
        return np.empty((0, 2))
    at = cv2.findNonZero(dark).reshape(-1, 2).astype(np.intp)
    x, y = at[:, 0], at[:, 1]
    label, weight = labels[y, x].astype(np.intp), depth[y, x].astype(np.float64)
    total = np.bincount(label, weight, count)[1:]
    centres = np.stack([np.bincount(label, weight * c, count)[1:] for c in (x, y)], axis=1) / total[:, None]
    deepest = np.zeros(count)
    np.maximum.at(deepest, label, weight)
    return centres[_are_dots(stats[1:], deepest[1:], grey.shape, shape)]


def _are_dots(stats: np.ndarray, deepest: np.ndarray, size: tuple[int, ...], shape: DotShape) -> np.ndarray:
    left, top, width, height, area = stats.T
    nominal = 0.25 * np.pi * shape.diameter_px**2
    longer, shorter = np.maximum(width, height), np.minimum(width, height)
    inside = (left > 0) & (top > 0) & (left + width < size[1]) & (top + height < size[0])
    round_enough = (longer <= 2.0 * shorter) & (area >= 0.5 * width * height)
    return inside & round_enough & (area >= 0.2 * nominal) & (area <= 4.0 * nominal) & (deepest >= shape.contrast)
