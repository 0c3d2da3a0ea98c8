"""Surfaces blurred ahead of time as their distance will blur them, so that far details do not flicker."""

import math

import cv2
import numpy as np

LEVELS = 16
"""They are used from 1 m, 1.5 m, 2 m, 3 m, 4 m ... 192 m on."""
TEXELS_A_PIXEL = 2.0


def level_depth_m(level: int) -> float:
    """Distance along the optical axis for which a level is made: the middle of where it is used."""
    return 2.0 ** (level // 2) * (1.75 if level % 2 else 1.25)


def prefiltered(
    sheet: np.ndarray, texel_m: float, focal_px: float, off_axis_m: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The levels of a surface, flat one after the other.

    A pixel at depth Z sees Z / f across, and along a surface that runs with the optical axis at the lateral distance X
    Z^2 / (f X). Each level is blurred to a pixel's footprint, and kept with two texels a pixel.

    Args:
        sheet: (along, across) float32.
        texel_m: of it.
        focal_px: focal length.
        off_axis_m: lateral distance X; None for a surface that faces the camera.

    Returns:
        (n,) float32 texels, (LEVELS, 2) int32 rows and columns, (LEVELS, 2) float32 texels a metre along and across.
        Texel (i, j) of a level stands for the middle of its area.
    """
    texels, shapes, scales = [], [], []
    for level in range(LEVELS):
        depth_m = level_depth_m(level)
        across_m = depth_m / focal_px
        along_m = across_m if off_axis_m is None else depth_m * depth_m / (focal_px * off_axis_m)
        shape = [
            max(min(round(size * texel_m * TEXELS_A_PIXEL / wide_m), size), 2)
            for size, wide_m in zip(sheet.shape, (along_m, across_m), strict=True)
        ]
        sigmas = [
            min(0.5 * wide_m / texel_m, size) for size, wide_m in zip(sheet.shape, (along_m, across_m), strict=True)
        ]
        made = _narrowed(_narrowed(sheet, sigmas[0], shape[0]).T, sigmas[1], shape[1]).T
        texels.append(np.ascontiguousarray(made).reshape(-1))
        shapes.append(shape)
        scales.append([n / (size * texel_m) for n, size in zip(shape, sheet.shape, strict=True)])
    return np.concatenate(texels), np.array(shapes, np.int32), np.array(scales, np.float32)


def _narrowed(sheet: np.ndarray, sigma: float, rows: int) -> np.ndarray:
    """Blurred along the rows and brought to so many of them."""
    wide = np.ascontiguousarray(sheet, np.float32)
    # A wide blur of a fine sheet is the same as a narrow one of a coarser sheet, and much quicker.
    while sigma > 8.0 and wide.shape[0] > 2 * max(rows, 16):
        wide = cv2.resize(wide, (wide.shape[1], wide.shape[0] // 2), interpolation=cv2.INTER_AREA)
        sigma = math.sqrt(max(sigma * sigma / 4.0 - 0.1, 0.01))
    if sigma > 0.3:
        reach = 2 * math.ceil(3.0 * sigma) + 1
        wide = cv2.GaussianBlur(wide, (1, reach), sigmaX=1.0, sigmaY=sigma, borderType=cv2.BORDER_REPLICATE)
    if wide.shape[0] == rows:
        return wide
    return cv2.resize(wide, (wide.shape[1], rows), interpolation=cv2.INTER_AREA)
