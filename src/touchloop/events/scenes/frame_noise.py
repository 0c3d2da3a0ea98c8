"""Recorded grey pictures without their noise, which a contrast sensor would take for motion."""

import cv2
import numpy as np

from touchloop.events.scenes.grey_frames import GreyFrames

STEADY_GAIN = 0.08
"""Share of a new picture where nothing moves: averages about 12 pictures each way."""
LEAST_NOISE, MOST_NOISE = 0.5, 3.0
"""Levels. Where a pixel changes in most pictures its spread is motion; more than this is not taken for noise."""
BLUR_PX = 1.0
BLURRED_NOISE = 1.0 / (2.0 * np.sqrt(np.pi) * BLUR_PX)
"""Standard deviation of white noise of 1 after a Gaussian blur of that width."""


def without_noise(frames: GreyFrames) -> GreyFrames:
    """Average over time where a picture shows nothing new, keep it where it does.

    A recursive average once forwards and once backwards; its gain rises from 0.08 to 1 where the blurred difference
    to the average leaves the noise (2 to 4 standard deviations).
    """
    levels = frames.levels.astype(np.float32)
    spread = np.median(np.abs(np.diff(levels, axis=0)), axis=0) / (0.6745 * np.sqrt(2.0))
    noise = np.clip(cv2.GaussianBlur(spread, (0, 0), 3.0), LEAST_NOISE, MOST_NOISE)
    both = _average(levels, noise) + _average(levels[::-1], noise)[::-1]
    return GreyFrames(both / np.float32(2.0), frames.stamps_ns)


def _average(levels: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """(N, H, W) -> the same, each picture averaged with those before it."""
    average = np.median(levels[:7], axis=0)
    out = np.empty_like(levels)
    for k, picture in enumerate(levels):
        surprise = np.abs(cv2.GaussianBlur((picture - average) / noise, (0, 0), BLUR_PX)) / BLURRED_NOISE
        moved = cv2.dilate(np.clip(surprise / 2.0 - 1.0, 0.0, 1.0), np.ones((3, 3), np.uint8))
        average = average + (STEADY_GAIN + (1.0 - STEADY_GAIN) * moved) * (picture - average)
        out[k] = average
    return out
