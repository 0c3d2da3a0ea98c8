"""A textured surface that drifts past the camera under changing light."""

import math

import numpy as np
from numba import njit

from touchloop.errors import InputError
from touchloop.events.scenes.profile import Profile

DARKEST, BRIGHTEST = 0.05, 0.95
"""Reflectance of black and white things in real scenes."""
PERIOD_PX = 1024
"""Columns and rows after which the texture comes again."""


class DriftingTexture:
    """Band-limited random texture: seeded, endless, moved with a speed that may change over time.

    The light on a pixel is ``light`` times the reflectance there, from 0.05 to 0.95: ``light`` is what a white surface
    would put on the pixel array, lens included.
    """

    def __init__(
        self,
        width: int,
        height: int,
        seed: int,
        light_lux: Profile,
        speed_px_s: Profile,
        direction_rad: float = 0.0,
        shortest_px: float = 6.0,
        longest_px: float = 60.0,
    ) -> None:
        """Draw the texture.

        Args:
            width: columns of the frames.
            height: rows.
            seed: of the texture, 0 or more.
            light_lux: light on a white pixel over time [lux].
            speed_px_s: over time [px/s].
            direction_rad: of the motion, 0 to the right, counted towards the bottom.
            shortest_px: shortest wavelength.
            longest_px: longest wavelength.

        Raises:
            InputError: a size below 1, a negative seed, wavelengths not between 2 and 1024 in rising order, light
                that is negative, a speed profile that is a ramp by ratio.
        """
        if width < 1 or height < 1 or seed < 0:
            raise InputError(f"texture: size {width} x {height}, seed {seed}; expected 1 or more, seed 0 or more")
        if not 2.0 <= shortest_px < longest_px <= PERIOD_PX:
            raise InputError(
                f"texture: wavelengths {shortest_px} to {longest_px} px; expected rising ones from 2 to {PERIOD_PX}"
            )
        if min(light_lux.values) < 0.0:
            raise InputError(f"texture: light {min(light_lux.values)} lux; expected 0 or more")
        speed_px_s.integral(0.0)
        self.width = width
        self.height = height
        self._light_lux = light_lux
        self._speed_px_s = speed_px_s
        self._along = (math.cos(direction_rad), math.sin(direction_rad))
        self._reflectance = _reflectance(seed, shortest_px, longest_px)
        self._frame = np.empty((height, width), np.float32)

    def lux(self, t_s: float) -> np.ndarray:
        """(height, width) float32 light on the pixels [lux]; the same array at every call."""
        way_px = self._speed_px_s.integral(t_s)
        _sample(
            self._reflectance, -way_px * self._along[0], -way_px * self._along[1], self._light_lux(t_s), self._frame
        )
        return self._frame


def _reflectance(seed: int, shortest_px: float, longest_px: float) -> np.ndarray:
    """(PERIOD, PERIOD) float32: noise in a band of wavelengths with equal power an octave, mapped to reflectances.

    The values are spread evenly in the logarithm, as in real scenes, so contrasts do not depend on the mean.
    """
    rng = np.random.default_rng(seed)
    f = np.fft.fftfreq(PERIOD_PX)
    frequency = np.hypot(f[:, None], f[None, : PERIOD_PX // 2 + 1])
    band = (frequency >= 1.0 / longest_px) & (frequency <= 1.0 / shortest_px)
    spectrum = np.fft.rfft2(rng.standard_normal((PERIOD_PX, PERIOD_PX)))
    shaped = np.zeros_like(spectrum)
    shaped[band] = spectrum[band] / frequency[band]
    noise = np.fft.irfft2(shaped, s=(PERIOD_PX, PERIOD_PX))
    noise /= noise.std()
    share = np.clip((noise + 2.0) / 4.0, 0.0, 1.0)
    return (DARKEST * (BRIGHTEST / DARKEST) ** share).astype(np.float32)


@njit(cache=True, error_model="numpy")
def _sample(texture: np.ndarray, x_px: float, y_px: float, light_lux: float, out: np.ndarray) -> None:
    """Bilinear: out[row, column] = light * texture(row + y, column + x), periodic with a power of two."""
    mask = texture.shape[0] - 1
    column0 = math.floor(x_px)
    row0 = math.floor(y_px)
    u = np.float32(x_px - column0)
    v = np.float32(y_px - row0)
    light = np.float32(light_lux)
    a = (np.float32(1.0) - u) * (np.float32(1.0) - v) * light
    b = u * (np.float32(1.0) - v) * light
    c = (np.float32(1.0) - u) * v * light
    d = u * v * light
    for row in range(out.shape[0]):
        upper = texture[(row + row0) & mask]
        lower = texture[(row + row0 + 1) & mask]
        for column in range(out.shape[1]):
            left = (column + column0) & mask
            right = (left + 1) & mask
            out[row, column] = a * upper[left] + b * upper[right] + c * lower[left] + d * lower[right]
