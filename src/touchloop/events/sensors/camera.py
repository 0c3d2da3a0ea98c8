"""The cameras: size, biases with their driver's names, and what the bias values make of a pixel."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from numbers import Integral

from touchloop.errors import InputError
from touchloop.events.sensors import davis, prophesee
from touchloop.events.sensors.biases import Bias
from touchloop.events.sensors.pixel import PixelParameters


@dataclass(frozen=True)
class CameraModel:
    """A camera.

    Attributes:
        name: what the command line calls it.
        width: columns of the sensor.
        height: rows of the sensor.
        biases: in the order of the pixel's stages.
        limit_hz: most events a second that its arbiter passes on.
        translate: all bias values, by driver parameter, to pixel parameters.
    """

    name: str
    width: int
    height: int
    biases: tuple[Bias, ...]
    limit_hz: float
    translate: Callable[[Mapping[str, int]], PixelParameters]

    def start_values(self) -> dict[str, int]:
        """Driver parameter -> value at power-up."""
        return {name: value for bias in self.biases for name, value in bias.start_values().items()}

    def limits(self) -> dict[str, tuple[int, int]]:
        """Driver parameter -> least and greatest value."""
        return {name: limits for bias in self.biases for name, limits in bias.limits().items()}

    def checked(self, values: Mapping[str, int]) -> dict[str, int]:
        """The same values, some or all of the parameters, as plain integers.

        Raises:
            InputError: a parameter that this camera lacks, a value that is no integer or out of range.
        """
        limits = self.limits()
        for name, value in values.items():
            if name not in limits:
                raise InputError(f"{self.name} has no bias '{name}'; it has {', '.join(limits)}")
            low, high = limits[name]
            if isinstance(value, bool) or not isinstance(value, Integral) or not low <= value <= high:
                raise InputError(f"{self.name}: {name} is {value!r}; expected an integer from {low} to {high}")
        return {name: int(value) for name, value in values.items()}

    def pixel(self, values: Mapping[str, int]) -> PixelParameters:
        """What these bias values, all of them, make of a pixel.

        Raises:
            InputError: a parameter that is missing, unknown or out of range.
        """
        checked = self.checked(values)
        missing = [name for name in self.limits() if name not in checked]
        if missing:
            raise InputError(f"{self.name}: {', '.join(missing)} missing; expected a value for every bias")
        return self.translate(checked)

    def bias(self, role: str) -> Bias:
        """The bias with this role.

        Raises:
            InputError: the camera has none.
        """
        for bias in self.biases:
            if bias.role == role:
                return bias
        raise InputError(f"{self.name} has no bias for '{role}'; it has {', '.join(b.role for b in self.biases)}")


CAMERAS = {
    camera.name: camera
    for camera in (
        CameraModel("davis346", 346, 260, davis.BIASES, 12e6, davis.pixel),
        CameraModel("gen31", 640, 480, prophesee.GEN31_BIASES, 66e6, prophesee.gen31),
        CameraModel("gen41", 1280, 720, prophesee.GEN41_BIASES, 1066e6, prophesee.gen41),
        CameraModel("evk4", 1280, 720, prophesee.EVK4_BIASES, 1066e6, prophesee.evk4),
    )
}
"""Limits: 12 Mev/s is DAVIS346's data sheet; 1066 Mev/s is Finateu et al., ISSCC 2020, the sensor's own and not what
USB carries; 66 Mev/s is a guess."""


def checked_camera(name: str) -> CameraModel:
    """The camera of this name.

    Raises:
        InputError: there is none.
    """
    if name not in CAMERAS:
        raise InputError(f"camera '{name}': expected one of {', '.join(CAMERAS)}")
    return CAMERAS[name]
