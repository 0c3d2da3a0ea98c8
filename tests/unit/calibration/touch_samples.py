"""What a sensor tells that carries a known tool, in random orientations."""

import numpy as np
from scipy.spatial.transform import Rotation

from touchloop.calibration.touch_sample import TouchSample
from touchloop.touch.tool_weight import DOWN, weight_at_sensor

TILTS = [[0, 0], [40, 0], [-40, 0], [0, 40], [0, -40], [35, 35], [-35, 30], [60, -20]]
"""Degrees about x and y, from a tool that points down: what a person would do by hand."""


def tilted(count: int = 8) -> np.ndarray:
    """Orientations (count, 4)."""
    return (
        Rotation.from_euler("x", 180, degrees=True) * Rotation.from_euler("xy", TILTS[:count], degrees=True)
    ).as_quat()


def samples(
    mass_kg: float,
    com: np.ndarray,
    bias: np.ndarray,
    turns: np.ndarray,
    noise: np.ndarray | float = 0.0,
    gravity: np.ndarray = DOWN,
) -> list[TouchSample]:
    rng = np.random.default_rng(0)
    out = []
    for number, turn in enumerate(turns):
        wrench = weight_at_sensor(mass_kg, com, turn, gravity) + bias + noise * rng.standard_normal(6)
        out.append(TouchSample(f"pose {number + 1}", np.concatenate([[0.5, 0.0, 0.3], turn]), wrench))
    return out
