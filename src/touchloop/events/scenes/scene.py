"""What a simulated event camera looks at."""

from typing import Protocol

import numpy as np


class Scene(Protocol):
    """Illuminance of the pixel array over time."""

    @property
    def width(self) -> int:
        """Columns."""
        ...

    @property
    def height(self) -> int:
        """Rows."""
        ...

    def lux(self, t_s: float) -> np.ndarray:
        """(height, width) float32, light on each pixel at this time [lux]. The array may be written to by the next
        call; times may come in any order."""
        ...
