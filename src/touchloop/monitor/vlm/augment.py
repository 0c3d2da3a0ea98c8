"""Changes pictures for training: other colours and brightness, noise, and another mounting of the camera."""

from functools import lru_cache

import cv2
import numpy as np

SHIFT_PX, TURN_RAD, ZOOM = 14, np.radians(3.0), 0.04
UNTURNED, SWAPPED = 0.4, 0.4
"""Share of pictures that stay as sharp as they are, only shifted; and of those with colour channels exchanged."""
GAIN = (0.7, 1.15)
NOISE, NOISES = 3.8, 8
"""Standard deviation in steps of 255, and how many fields of it are drawn."""


def augmented(
    pictures: np.ndarray, at: np.ndarray, rng: np.random.Generator, alike: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Changed pictures (n, height, width, 3) uint8 and the places at (n, slots, 2) [px] in them.

    ``alike``: all in the same way, but for the noise. Places outside the picture become NaN.
    """
    height, width = pictures.shape[1:3]
    out, moved = np.empty(pictures.shape, np.uint8), np.empty_like(at)
    warp, colours = _warp(rng, width, height), _colours(rng)
    for index, picture in enumerate(pictures):
        if not alike and index:
            warp, colours = _warp(rng, width, height), _colours(rng)
        # Nothing is mixed where the shift is by whole pixels.
        there = cv2.warpAffine(picture, warp, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        tinted = cv2.transform(there, colours)
        row, column = (int(v) for v in rng.integers(0, 32, size=2))
        noise = _noise(height + 32, width + 32)[int(rng.integers(NOISES))]
        noise = noise[row : row + height, column : column + width]
        out[index] = cv2.add(tinted, np.ascontiguousarray(noise), dtype=cv2.CV_8U)
        # OpenCV counts from the middle of the first pixel, places from its corner.
        moved[index] = (at[index] - 0.5) @ warp[:, :2].T.astype(at.dtype) + warp[:, 2].astype(at.dtype) + 0.5
    inside = (moved >= 0.0).all(axis=2) & (moved[..., 0] < width) & (moved[..., 1] < height)
    moved[~inside] = np.nan
    return out, moved


def _warp(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """(2, 3)"""
    shift = rng.integers(-SHIFT_PX, SHIFT_PX + 1, size=2)
    if rng.random() < UNTURNED:
        return np.array([[1.0, 0.0, shift[0]], [0.0, 1.0, shift[1]]])
    turn, zoom = np.degrees(rng.uniform(-TURN_RAD, TURN_RAD)), 1.0 + rng.uniform(-ZOOM, ZOOM)
    warp = cv2.getRotationMatrix2D((0.5 * width, 0.5 * height), float(turn), float(zoom))
    warp[:, 2] += shift
    return warp


def _colours(rng: np.random.Generator) -> np.ndarray:
    """(3, 3)"""
    mix = np.eye(3) + 0.15 * rng.standard_normal((3, 3))
    mix /= np.maximum(mix.sum(axis=1, keepdims=True), 0.5)
    if rng.random() < SWAPPED:
        mix = mix[:, rng.permutation(3)]
    return mix * rng.uniform(*GAIN)


@lru_cache(maxsize=4)
def _noise(height: int, width: int) -> np.ndarray:
    """(NOISES, height, width, 3)"""
    rng = np.random.default_rng(0)
    return np.round(NOISE * rng.standard_normal((NOISES, height, width, 3))).astype(np.int8)
