"""A marker field on other points than its own."""

import numpy as np

OVER_SPACING = 0.6
"""Standard deviation of the weights over the spacing of the markers."""
BEYOND = 1.5
"""A point further than this, in spacings, from every marker takes the nearest one's displacement."""


def resampling_weights(markers: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Weights (P, N) that make displacements at ``points`` (P, 2) of those at ``markers`` (N, 2), in the same unit.

    Moving least squares: around each point a plane is fitted to the markers, those near by counting more (Gaussian).
    Each row sums to 1, and displacements that grow evenly over the gel (shift, turn, stretch) come out exactly. Points
    that coincide with markers of a regular grid get nearly that marker's displacement, smoothed by its neighbours'.
    """
    away = markers[None] - points[:, None]
    distance = np.linalg.norm(away, axis=2)
    spacing = _spacing(markers)
    weight = np.exp(-0.5 * (distance / (OVER_SPACING * spacing)) ** 2)
    weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-300)
    basis = np.concatenate([np.ones((*distance.shape, 1)), away / spacing], axis=2)
    moments = np.einsum("pn,pni,pnj->pij", weight, basis, basis)
    # A little damping keeps the plane level where the markers are all in a line.
    moments[:, 1:, 1:] += 1e-9 * np.eye(2)
    rows = np.einsum("pi,pni,pn->pn", np.linalg.inv(moments)[:, 0], basis, weight)
    outside = distance.min(axis=1) > BEYOND * spacing
    rows[outside] = np.eye(len(markers))[distance[outside].argmin(axis=1)]
    return rows


def _spacing(markers: np.ndarray) -> float:
    """Of a square grid with as many markers on as much gel; the steps of rows and columns may differ."""
    distance = np.linalg.norm(markers[None] - markers[:, None], axis=2)
    np.fill_diagonal(distance, np.inf)
    return max(float(np.median(distance.min(axis=1))), float(np.sqrt(np.ptp(markers, axis=0).prod() / len(markers))))
