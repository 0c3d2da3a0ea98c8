"""What a simulated camera node can look at, advanced step by step."""

import numpy as np

from touchloop.events.places.corridor_light import CorridorLight, Kind
from touchloop.events.places.corridor_scene import CorridorScene
from touchloop.events.places.surfaces import make_corridor
from touchloop.events.places.traverse import Traverse
from touchloop.events.scenes.profile import Profile
from touchloop.events.scenes.texture import DriftingTexture


class LiveTexture:
    """A drifting texture whose light and speed may change at any moment."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._texture = DriftingTexture(width, height, seed, Profile.constant(1.0), Profile.constant(1.0))
        self._way_px = 0.0

    @property
    def position_m(self) -> float | None:
        """It is nowhere."""
        return None

    def lux(self, light_lux: float, speed_px_s: float, dt_s: float) -> np.ndarray:
        """(height, width) float32: the light on the pixels [lux] after another ``dt_s`` of drift."""
        self._way_px += speed_px_s * dt_s
        return self._texture.lux(self._way_px) * np.float32(light_lux)


class LiveCorridor:
    """A drive along the corridor of the place recognition benchmark; it stands at the end."""

    def __init__(self, width: int, height: int, seed: int, visit: int, light: Kind, length_m: float) -> None:
        drive = Traverse(seed, visit, length_m)
        corridor = make_corridor(seed, visit, length_m)
        self._scene = CorridorScene(
            corridor, drive, CorridorLight(light, seed, length_m, drive.duration_s), width, height
        )
        self._drive, self._t_s = drive, 0.0

    @property
    def position_m(self) -> float | None:
        """Along the corridor."""
        return self._drive.x_m(self._t_s)

    def lux(self, light_lux: float, speed_px_s: float, dt_s: float) -> np.ndarray:  # noqa: ARG002
        """(height, width) float32 after another ``dt_s`` of the drive, which has its own light and speed."""
        self._t_s = min(self._t_s + dt_s, self._drive.duration_s)
        return self._scene.lux(self._t_s)
