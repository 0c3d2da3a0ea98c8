"""A made-up episode of an arm that wanders, turns and presses."""

import numpy as np
from scipy.signal import lfilter
from scipy.spatial.transform import Rotation

from touchloop.data.episode import Episode
from touchloop.policy.features import MARKER_SIZE, TARE_SAMPLES
from touchloop.sim.world import PERIOD_NS

TICKS = 1500
"""Longer than the ring of touch."""
DOWN = Rotation.from_quat([1.0, 0.0, 0.0, 0.0])
MARKER_TICKS, PICTURE_TICKS = 5, 25


def wander(rng: np.random.Generator, ticks: int, size: int, scale: float) -> np.ndarray:
    """(ticks, size) smooth and random, at rest while the wrench is tared."""
    noise = rng.standard_normal((ticks, size))
    noise[:TARE_SAMPLES] = 0.0
    return scale * np.asarray(lfilter([0.05], [1.0, -0.95], noise, axis=0))


def made_up_episode(seed: int = 0, ticks: int = TICKS, arms: int = 1, start_ns: int = 7_000_000_000) -> Episode:
    """The bias of the wrench is exact, so that what is tared live and later is the same."""
    rng = np.random.default_rng(seed)
    stamps = start_ns + PERIOD_NS * np.arange(ticks)
    pictures = -(-ticks // PICTURE_TICKS)
    tcp, target = (
        np.stack([_poses(rng, ticks) for _ in range(arms)]),
        np.stack([_poses(rng, ticks) for _ in range(arms)]),
    )
    wrench = np.stack([wander(rng, ticks, 6, 1.0) * [9.0, 9.0, 20.0, 0.5, 0.5, 0.5] for _ in range(arms)])
    force = np.maximum(np.stack([wander(rng, ticks, 1, 12.0)[:, 0] for _ in range(arms)]), 0.0)
    return Episode(
        stamps,
        tcp,
        wrench + np.array([1.0, -0.5, -3.0, 0.02, 0.01, -0.03]),
        target,
        force,
        stamps[::MARKER_TICKS],
        rng.normal(0.0, 1e-3, (arms, -(-ticks // MARKER_TICKS), MARKER_SIZE // 2, 2)).astype(np.float32),
        stamps[::PICTURE_TICKS],
        rng.integers(0, 256, (arms, pictures, 128, 128, 3), dtype=np.uint8),
    )


def _poses(rng: np.random.Generator, ticks: int) -> np.ndarray:
    positions = wander(rng, ticks, 3, 0.05) + np.array([0.45, 0.0, 0.3])
    turns = Rotation.from_rotvec(wander(rng, ticks, 3, 0.3)) * DOWN
    return np.concatenate([positions, turns.as_quat()], axis=1)
