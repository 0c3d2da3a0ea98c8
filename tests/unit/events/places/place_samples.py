"""Synthetic ways: frames of counts that differ from place to place, cheap to make."""

import numpy as np

WIDTH, HEIGHT = 64, 64


def way(places: int, seed: int = 0) -> np.ndarray:
    """(places, 2, H, W) uint16; neighbours share most of their blobs."""
    rng = np.random.default_rng(seed)
    strip = rng.random((HEIGHT // 4, (WIDTH + 8 * places) // 4)) < 0.25
    wide = np.kron(strip, np.ones((4, 4))).astype(bool)
    frames = np.zeros((places, 2, HEIGHT, WIDTH), np.uint16)
    for k in range(places):
        part = wide[:, 4 * k : 4 * k + WIDTH]
        frames[k, 1, :, :-1] = part[:, :-1] & ~part[:, 1:]
        frames[k, 0, :, 1:] = part[:, :-1] & ~part[:, 1:]
    return frames


def noisy(frames: np.ndarray, seed: int, share: float = 0.01) -> np.ndarray:
    """With events of noise in a share of the pixels."""
    rng = np.random.default_rng(seed)
    return frames + (rng.random(frames.shape) < share).astype(np.uint16)
