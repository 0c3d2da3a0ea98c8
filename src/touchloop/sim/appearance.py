"""Random light, colours, texture and camera mounting of an episode: what pictures vary by and physics does not."""

from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.scene import IDENTITY_POSE, Decal, Shape

TABLE_SIZE_M = (0.90, 1.0, 0.04)
TABLE_CENTRE_M = (0.45, 0.0, -0.02)
TEXTURE_CELLS = (90, 100)
CAMERA_SHIFT_M = 0.002
CAMERA_TURN_RAD = np.radians(1.0)
"""Bounds of the error of each wrist camera's mounting (hand-eye calibration), an axis."""


@dataclass(frozen=True, slots=True)
class Appearance:
    """Drawn once an episode."""

    light_in_world: tuple[float, float, float]
    """Direction towards the light."""
    camera_errors: np.ndarray
    """(arms, 7) pose of each wrist camera in its nominal frame."""
    table_rgb: tuple[float, float, float]
    texture: np.ndarray
    """``TEXTURE_CELLS`` float32 in 0..1: a smooth random pattern on the table."""
    texture_rgb: tuple[float, float, float]

    @classmethod
    def sample(cls, rng: np.random.Generator, arms: int) -> "Appearance":
        """A random one."""
        azimuth = rng.uniform(-np.pi, np.pi)
        light = (float(np.cos(azimuth)), float(np.sin(azimuth)), float(rng.uniform(1.0, 2.0)))
        errors = np.tile(IDENTITY_POSE, (arms, 1))
        for error in errors:
            error[:3] = rng.uniform(-CAMERA_SHIFT_M, CAMERA_SHIFT_M, size=3)
            error[3:] = quat_from_rotation_vector(rng.uniform(-CAMERA_TURN_RAD, CAMERA_TURN_RAD, size=3))
        wood = np.array([0.55, 0.42, 0.3]) + rng.uniform(-0.12, 0.12, size=3)
        coarse = rng.uniform(0.0, 1.0, size=tuple(rng.integers(4, 16, size=2))).astype(np.float32)
        pattern = cv2.resize(coarse, TEXTURE_CELLS[::-1], interpolation=cv2.INTER_CUBIC)
        opacity = np.clip(rng.uniform(0.1, 0.6) * pattern, 0.0, 1.0).astype(np.float32)
        other = np.clip(wood + rng.uniform(-0.25, 0.25, size=3), 0.0, 1.0)
        return cls(light, errors, _rgb(wood), opacity, _rgb(other))

    def table_shape(self) -> Shape:
        """The table's top."""
        return Shape("box", TABLE_SIZE_M, np.array([*TABLE_CENTRE_M, 0.0, 0.0, 0.0, 1.0]), self.table_rgb)

    def table_decal(self) -> Decal:
        """Its texture; the table is shape 0."""
        return Decal(self.texture, 0, self.texture_rgb)


def _rgb(values: np.ndarray) -> tuple[float, float, float]:
    red, green, blue = (float(v) for v in values)
    return red, green, blue
