"""Per-dimension scaling to about unit size, with a floor so that constant dimensions stay harmless."""

from dataclasses import dataclass

import numpy as np

UNSEEN_SCALE = 1e20
"""Divides what a policy does not see: finite, so that weights stay free of infinities."""


@dataclass(frozen=True, slots=True)
class Normaliser:
    """``normalise`` maps to zero mean and unit deviation, ``denormalise`` back; both broadcast over (..., D)."""

    mean: np.ndarray
    """(D,) float32"""
    scale: np.ndarray
    """(D,) float32, positive"""

    @classmethod
    def fit(cls, samples: np.ndarray, floor: np.ndarray | float) -> "Normaliser":
        """From samples (..., D); the deviation never falls below ``floor`` (scalar or (D,))."""
        flat = samples.reshape(-1, samples.shape[-1]).astype(np.float64)
        scale = np.maximum(flat.std(axis=0), floor)
        return cls(flat.mean(axis=0).astype(np.float32), scale.astype(np.float32))

    def masked(self, seen: np.ndarray) -> "Normaliser":
        """The same for the dimensions in a mask (D,); the others become 0, whatever they hold."""
        return Normaliser(
            np.where(seen, self.mean, 0.0).astype(np.float32),
            np.where(seen, self.scale, UNSEEN_SCALE).astype(np.float32),
        )

    def normalise(self, values: np.ndarray) -> np.ndarray:
        """To about unit size, float32."""
        return ((values - self.mean) / self.scale).astype(np.float32)

    def denormalise(self, values: np.ndarray) -> np.ndarray:
        """Back to physical units."""
        return values * self.scale + self.mean
