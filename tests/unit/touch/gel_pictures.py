"""Pictures of a gel with dots whose true displacements are known: uneven light, texture, blur, noise, lost dots."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

Field = Callable[[np.ndarray], np.ndarray]
"""Places (N, 2) [px] to displacements (N, 2) [px]."""


def still(places: np.ndarray) -> np.ndarray:
    return np.zeros_like(places)


def pressed(centre: tuple[float, float], outward_px: float, shear_px: tuple[float, float], spread_px: float) -> Field:
    """As a pressing and sliding finger does: outward around the contact, and dragged along."""

    def field(places: np.ndarray) -> np.ndarray:
        away = (places - np.array(centre)) / spread_px
        weight = np.exp(-0.5 * (away**2).sum(axis=1, keepdims=True))
        return weight * (np.array(shear_px) + outward_px * away)

    return field


@dataclass
class Gel:
    width: int = 640
    height: int = 480
    rows: int = 7
    columns: int = 9
    radius_px: float = 6.0
    turn_rad: float = 0.0
    contrast: float = 90.0
    noise: float = 3.0
    colour: bool = True

    @property
    def rest(self) -> np.ndarray:
        """(N, 2) places of the dots, row by row."""
        pitch = min(self.width / (self.columns + 1.0), self.height / (self.rows + 1.0))
        y, x = np.meshgrid(np.arange(self.rows), np.arange(self.columns), indexing="ij")
        grid = np.stack([x.ravel() - 0.5 * (self.columns - 1), y.ravel() - 0.5 * (self.rows - 1)], axis=1) * pitch
        cos, sin = np.cos(self.turn_rad), np.sin(self.turn_rad)
        centre = 0.5 * np.array([self.width - 1, self.height - 1])
        return grid @ np.array([[cos, sin], [-sin, cos]]) + centre

    def picture(
        self, field: Field = still, seed: int = 0, lost: tuple[int, ...] = (), shade: tuple[int, int] | None = None
    ) -> np.ndarray:
        """(H, W, 3) uint8 rgb. ``shade`` darkens a broad spot there, as the shadow of an object does."""
        rng = np.random.default_rng(seed)
        y, x = np.mgrid[0 : self.height, 0 : self.width].astype(np.float32)
        light = 150.0 + 40.0 * np.sin(x / self.width * 2.1 + 0.4) - 30.0 * y / self.height
        texture = cv2.GaussianBlur(rng.standard_normal(x.shape).astype(np.float32), (0, 0), 9.0) * 60.0
        grey = light + texture
        if shade is not None:
            grey -= 40.0 * np.exp(-0.5 * ((x - shade[0]) ** 2 + (y - shade[1]) ** 2) / 70.0**2)
        for number, place in enumerate(self.rest + field(self.rest)):
            if number not in lost:
                self._draw(grey, place)
        grey += self.noise * rng.standard_normal(grey.shape)
        if not self.colour:
            return np.clip(grey, 0, 255).astype(np.uint8)
        tint = np.stack([1.0 + 0.15 * (x / self.width - 0.5), np.ones_like(x), 1.1 - 0.2 * y / self.height], axis=2)
        return np.clip(grey[:, :, None] * tint, 0, 255).astype(np.uint8)

    def _draw(self, grey: np.ndarray, place: np.ndarray) -> None:
        reach = int(self.radius_px + 5)
        left, top = int(place[0]) - reach, int(place[1]) - reach
        x0, y0 = max(left, 0), max(top, 0)
        patch = grey[y0 : top + 2 * reach + 1, x0 : left + 2 * reach + 1]
        y, x = np.mgrid[y0 : y0 + patch.shape[0], x0 : x0 + patch.shape[1]]
        distance = np.hypot(x - place[0], y - place[1])
        patch -= self.contrast / (1.0 + np.exp((distance - self.radius_px) / 0.8))
