"""Noise and bias of a wrist force-torque sensor."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class ForceTorqueNoise:
    """Magnitudes of a mid-range sensor's errors."""

    force_noise_n: float = 0.15
    torque_noise_nm: float = 0.005
    force_bias_n: float = 2.0
    """Bound of the uniform bias that is drawn at each reset."""
    torque_bias_nm: float = 0.05
    force_drift_n_s: float = 0.01
    """Bound of the uniform drift of the bias, as the sensor warms up [N/s]."""
    torque_drift_nm_s: float = 0.0002


class ForceTorqueSensor:
    """Adds a bias that drifts and white noise per sample to a true wrench.

    Args:
        rng: draws bias, drift and noise.
        period_s: between samples.
        noise: magnitudes.
    """

    def __init__(self, rng: np.random.Generator, period_s: float, noise: ForceTorqueNoise | None = None) -> None:
        noise = noise or ForceTorqueNoise()
        bounds = np.repeat([noise.force_bias_n, noise.torque_bias_nm], 3)
        self._sigma = np.repeat([noise.force_noise_n, noise.torque_noise_nm], 3)
        self._rng = rng
        self.bias = rng.uniform(-bounds, bounds)
        drift = np.repeat([noise.force_drift_n_s, noise.torque_drift_nm_s], 3)
        self._drift = period_s * rng.uniform(-drift, drift)

    def measure(self, wrench: np.ndarray) -> np.ndarray:
        """The wrench (6,) [N, N m] as the sensor reports it."""
        self.bias = self.bias + self._drift
        return wrench + self.bias + self._sigma * self._rng.standard_normal(6)
