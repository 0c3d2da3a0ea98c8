"""Principal components of a marker field."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class MarkerPca:
    """Leading principal components, not whitened (as arXiv 2503.02881 does)."""

    mean: np.ndarray
    """(D,) float32 [m]"""
    components: np.ndarray
    """(K, D) float32, orthonormal rows, the strongest first"""

    @classmethod
    def fit(cls, displacements: np.ndarray, size: int) -> "MarkerPca":
        """From marker displacements (N, ...), flattened per sample [m]."""
        flat = displacements.reshape(len(displacements), -1).astype(np.float64)
        mean = flat.mean(axis=0)
        _, columns = np.linalg.eigh(np.cov(flat - mean, rowvar=False))
        return cls(mean.astype(np.float32), columns[:, ::-1][:, :size].T.astype(np.float32))

    def __call__(self, displacements: np.ndarray) -> np.ndarray:
        """(..., K) coordinates of displacements (..., D) [m]."""
        return (displacements - self.mean) @ self.components.T
