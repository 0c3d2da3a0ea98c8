"""When an arm stood still, and what its sensor told then."""

import numpy as np
from scipy.ndimage import maximum_filter1d, minimum_filter1d

from touchloop.calibration.streams import Stream
from touchloop.calibration.touch_sample import TouchSample
from touchloop.errors import InputError

GRID_S = 0.05
AROUND_S = 0.3
"""At rest is who does not move within so long before and after."""
STILL_M, STILL_QUAT = 0.001, 0.003
"""Greatest change of position, and of a quaternion's components (about 0.35 degrees)."""
LEAST_S = 0.6
GAP_S = 0.2
"""Between two poses that are further apart nobody knows what the arm did."""


def rests(pose: Stream, least_s: float = LEAST_S) -> list[tuple[float, float]]:
    """Begin and end [s] of each time at rest.

    Args:
        pose: of the tool, (n, 7).
        least_s: shorter ones do not count.

    Raises:
        InputError: no poses, or some that are not finite.
    """
    times = pose.times_s
    if len(times) < 2:
        raise InputError(f"{len(times)} poses; expected those of an arm that was moved")
    if not np.isfinite(pose.values).all():
        raise InputError("tcp_pose has values that are not finite")
    grid = np.arange(times[0], times[-1], GRID_S)
    # A quaternion and its opposite are the same orientation.
    signs = np.sign(pose.values[:, 3:] @ pose.values[0, 3:])
    values = np.hstack([pose.values[:, :3], pose.values[:, 3:] * np.where(signs == 0, 1, signs)[:, None]])
    at = np.column_stack([np.interp(grid, times, column) for column in values.T])
    size = 2 * round(AROUND_S / GRID_S) + 1
    swing = maximum_filter1d(at, size, axis=0) - minimum_filter1d(at, size, axis=0)
    still = (swing[:, :3].max(axis=1) < STILL_M) & (swing[:, 3:].max(axis=1) < STILL_QUAT)
    for k in np.flatnonzero(np.diff(times) > GAP_S):
        still[(grid > times[k] - AROUND_S) & (grid < times[k + 1] + AROUND_S)] = False
    edges = np.flatnonzero(np.diff(np.concatenate([[0], still.astype(int), [0]])))
    found = [(float(grid[a]), float(grid[b - 1])) for a, b in edges.reshape(-1, 2)]
    return [(begin, end) for begin, end in found if end - begin >= least_s]


def touch_samples(pose: Stream, wrench: Stream) -> list[TouchSample]:
    """The mean pose and wrench of each time at rest.

    Raises:
        InputError: as ``rests``; or wrenches that are not finite.
    """
    if not np.isfinite(wrench.values).all():
        raise InputError("wrench has values that are not finite")
    samples = []
    for begin, end in rests(pose):
        wrenches = wrench.values[(wrench.times_s >= begin) & (wrench.times_s <= end)]
        if len(wrenches) < 10:
            continue
        samples.append(touch_sample(f"pose {len(samples) + 1}", _between(pose, begin, end), wrenches))
    return samples


def touch_sample(name: str, poses: np.ndarray, wrenches: np.ndarray) -> TouchSample:
    """Means of poses (n, 7) of an arm at rest and of wrenches (m, 6)."""
    mean = poses.mean(axis=0)
    aligned = poses[:, 3:] * np.where(poses[:, 3:] @ poses[0, 3:] < 0.0, -1.0, 1.0)[:, None]
    turn = aligned.mean(axis=0)
    return TouchSample(name, np.concatenate([mean[:3], turn / np.linalg.norm(turn)]), wrenches.mean(axis=0))


def _between(pose: Stream, begin: float, end: float) -> np.ndarray:
    return pose.values[(pose.times_s >= begin) & (pose.times_s <= end)]
