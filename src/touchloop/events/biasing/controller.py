"""The bias controllers by name, and the bands that they keep."""

from touchloop.errors import InputError
from touchloop.events.biasing.exchange import BiasCommand, BiasController, RateObservation, checked_band
from touchloop.events.biasing.fast_slow import FastSlow
from touchloop.events.biasing.fixed import Fixed
from touchloop.events.biasing.jaer import Jaer
from touchloop.events.biasing.steady import Steady
from touchloop.events.sensors.camera import CameraModel

__all__ = ["BANDS_HZ", "CONTROLLERS", "BiasCommand", "BiasController", "RateObservation", "band_of", "make_controller"]

CONTROLLERS = {
    "fixed": "biases stay at the start values",
    "fast_slow": "arXiv 2403.16425 as published",
    "fast_slow_mended": "the same without its defects",
    "jaer_threshold": "jAER's threshold control",
    "jaer_bandwidth": "jAER's bandwidth control",
    "jaer_refractory": "jAER's refractory control",
    "steady": "ours",
}
DAVIS346_BAND_HZ = (0.5e6, 2.5e6)
"""arXiv 2403.16425: 5.6 to 27.8 events a second and pixel."""
_PER_PIXEL_HZ = tuple(rate / (346 * 260) for rate in DAVIS346_BAND_HZ)
BANDS_HZ = {"davis346": DAVIS346_BAND_HZ}


def band_of(camera: CameraModel) -> tuple[float, float]:
    """The camera's band [events/s]: the published one for DAVIS346; for others as many events a pixel.

    No band is published for Prophesee cameras. With as many events a pixel, a frame of events carries as much of the
    picture; for 1280x720 that makes 5.1 to 25.6 Mev/s, which its drivers pass on.
    """
    if camera.name in BANDS_HZ:
        return BANDS_HZ[camera.name]
    pixels = camera.width * camera.height
    return _PER_PIXEL_HZ[0] * pixels, _PER_PIXEL_HZ[1] * pixels


def make_controller(name: str, camera: CameraModel, band_hz: tuple[float, float] | None = None) -> BiasController:
    """A controller.

    Args:
        name: as in ``CONTROLLERS``.
        camera: whose biases it moves.
        band_hz: lowest and highest rate [events/s]; default the camera's.

    Raises:
        InputError: there is no such controller; a band that is not two rising positive rates.
    """
    band = checked_band(band_hz or band_of(camera))
    if name == "fixed":
        return Fixed()
    if name in ("fast_slow", "fast_slow_mended"):
        return FastSlow(camera, band, mended=name == "fast_slow_mended")
    if name == "jaer_threshold":
        return Jaer(camera, band, "threshold")
    if name == "jaer_bandwidth":
        return Jaer(camera, band, "bandwidth")
    if name == "jaer_refractory":
        return Jaer(camera, band, "refractory")
    if name == "steady":
        return Steady(camera, band)
    raise InputError(f"bias controller '{name}': expected one of {', '.join(CONTROLLERS)}")
