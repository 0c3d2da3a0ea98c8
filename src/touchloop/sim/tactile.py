"""A camera-type tactile sensor's field of markers, from contact forces."""

import numpy as np

from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.sim.contact import Contact

ROWS, COLUMNS = 7, 9
PITCH_M = 0.002
SPREAD_M = 0.005
"""Standard deviation of the Gaussian by which a contact's displacement falls off over the skin."""
SHEAR_M_PER_N = 8e-5
NORMAL_PER_N = 0.02
"""Relative outward spread of the skin around a normal force of 1 N."""
NOISE_M = 4e-6


def rest_positions() -> np.ndarray:
    """(63, 2) float32 marker positions on the unloaded skin, tool frame [m], row by row."""
    y, x = np.meshgrid(
        (np.arange(ROWS) - 0.5 * (ROWS - 1)) * PITCH_M,
        (np.arange(COLUMNS) - 0.5 * (COLUMNS - 1)) * PITCH_M,
        indexing="ij",
    )
    return np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)


class MarkerField:
    """7 x 9 markers on the tool's skin, displaced by normal force and shear (GelSight-like, Yuan et al. 2017)."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._rest = rest_positions()

    def measure(self, contact: Contact | None, tcp_in_base: np.ndarray) -> np.ndarray:
        """(63, 4) float32 ``x, y, dx, dy`` [m] for a contact (None: only noise) at a TCP pose (7,)."""
        displacement = NOISE_M * self._rng.standard_normal(self._rest.shape)
        if contact is not None:
            to_tool = quat_conjugate(tcp_in_base[3:])
            centre = rotate(to_tool, contact.position_in_base - tcp_in_base[:3])[:2]
            force = rotate(to_tool, contact.total_in_base)
            pressing_n = max(-float(force[2]), 0.0)
            away = self._rest - centre
            weight = np.exp(-0.5 * (away**2).sum(axis=1, keepdims=True) / SPREAD_M**2)
            displacement += weight * (SHEAR_M_PER_N * force[:2] + NORMAL_PER_N * pressing_n * away)
        return np.concatenate([self._rest, displacement.astype(np.float32)], axis=1)
