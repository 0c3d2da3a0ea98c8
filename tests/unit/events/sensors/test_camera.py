from dataclasses import replace
from itertools import pairwise

import pytest

from touchloop.errors import InputError
from touchloop.events.sensors.camera import CAMERAS, CameraModel, checked_camera
from touchloop.events.sensors.pixel import PixelParameters

ALL = pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
WORTH = {
    "photoreceptor": lambda p: p.photoreceptor_max_hz,
    "follower": lambda p: p.follower_hz,
    "on_threshold": lambda p: -p.on_threshold,
    "off_threshold": lambda p: -p.off_threshold,
    "refractory": lambda p: -p.refractory_s,
    "high_pass": lambda p: -p.high_pass_hz,
}


@ALL
def test_start_values_are_valid_and_complete(camera: CameraModel) -> None:
    values = camera.start_values()
    assert camera.checked(values) == values
    assert values.keys() == camera.limits().keys()
    assert camera.pixel(values).refractory_s > 0.0


@ALL
def test_ends_of_all_ranges_make_a_pixel(camera: CameraModel) -> None:
    for end in (0, 1):
        for name, limits in camera.limits().items():
            camera.pixel({**camera.start_values(), name: limits[end]})


@ALL
def test_rate_signs_are_what_the_pixel_says(camera: CameraModel) -> None:
    for bias in camera.biases:
        if bias.rate_sign == 0:
            continue
        start = camera.start_values()
        worth = [
            WORTH[bias.role](camera.pixel({**start, bias.fine_name: value}))
            for value in range(bias.lowest, bias.highest + 1)
        ]
        rises = [bias.rate_sign * (b - a) for a, b in pairwise(worth)]
        assert min(rises) >= 0.0, bias.name
        assert bias.rate_sign * (worth[-1] - worth[0]) > 0.0, bias.name


@ALL
def test_wrong_values_are_refused_by_name(camera: CameraModel) -> None:
    name, (low, high) = next(iter(camera.limits().items()))
    for wrong in (low - 1, high + 1, 1.5, True, "3"):
        with pytest.raises(InputError, match=rf"{name} is .* expected an integer from {low} to {high}"):
            camera.checked({name: wrong})  # pyright: ignore
    with pytest.raises(InputError, match="has no bias 'bias_x'"):
        camera.checked({"bias_x": 1})
    with pytest.raises(InputError, match=f"{name} missing"):
        camera.pixel({key: value for key, value in camera.start_values().items() if key != name})


def test_an_unknown_camera_is_refused() -> None:
    assert checked_camera("evk4").width == 1280
    with pytest.raises(InputError, match="davis346, gen31, gen41, evk4"):
        checked_camera("dvs128")


def test_generations_differ_in_sign() -> None:
    assert CAMERAS["gen31"].bias("follower").rate_sign == -CAMERAS["evk4"].bias("follower").rate_sign
    assert CAMERAS["gen41"].bias("off_threshold").rate_sign == -CAMERAS["evk4"].bias("off_threshold").rate_sign
    with pytest.raises(InputError, match="no bias for 'photoreceptor'"):
        CAMERAS["evk4"].bias("photoreceptor")


@pytest.mark.parametrize("field", ["on_threshold", "follower_hz", "mismatch", "refractory_s"])
def test_a_pixel_that_cannot_be_is_refused(field: str) -> None:
    pixel = PixelParameters(0.2, 0.2, 100.0, 1e-3)
    with pytest.raises(InputError, match=field):
        replace(pixel, **{field: -1.0})
