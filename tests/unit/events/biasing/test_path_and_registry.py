import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.biasing.actuator import Actuator
from touchloop.events.biasing.controller import CONTROLLERS, band_of, make_controller
from touchloop.events.biasing.sensitivity_path import place, segments_of, walk
from touchloop.events.sensors.camera import CAMERAS


@given(st.sampled_from(tuple(CAMERAS)), st.lists(st.floats(-3.0, 3.0), min_size=1, max_size=6))
def test_a_walk_stays_in_range_and_goes_the_way_that_was_asked(name, moves):
    camera = CAMERAS[name]
    segments = segments_of(camera, camera.start_values())
    values = camera.start_values()
    for wanted in moves:
        before = place(segments, values)
        move = walk(segments, values, wanted, {})
        values = {**values, **camera.checked(move.values)}
        moved = place(segments, values) - before
        assert abs(moved) <= abs(wanted) + 0.15
        assert moved * wanted >= -0.05


@pytest.mark.parametrize("name", CAMERAS)
def test_the_way_up_is_the_way_back(name):
    camera = CAMERAS[name]
    segments = segments_of(camera, camera.start_values())
    down = walk(segments, camera.start_values(), -1.0, {}).values
    there = {**camera.start_values(), **down}
    back = {**there, **walk(segments, there, -place(segments, there), {}).values}
    assert place(segments, back) == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize("name", CAMERAS)
def test_positions_and_values_agree(name):
    for bias in CAMERAS[name].biases:
        actuator = Actuator(bias)
        low, high = actuator.limits
        for share in (0.0, 0.2, 0.5, 0.8, 1.0):
            position = low + share * (high - low)
            values = actuator.values_at(position, bias.start_values())
            assert actuator.position(values) == pytest.approx(position, abs=0.6 if not bias.coarse_fine else 0.4)


def test_a_current_crosses_coarse_values_in_one_direction():
    """Small steps of current: the fine value jumps with the coarse one, the current never turns back."""
    bias = CAMERAS["davis346"].bias("follower")
    actuator = Actuator(bias)
    values, last, crossings = bias.start_values(), -math.inf, 0
    for step in range(200):
        fresh = actuator.values_at(0.03 * step, values)
        crossings += fresh[bias.coarse_name] != values[bias.coarse_name]
        values = fresh
        assert actuator.position(values) >= last - 1e-9
        last = actuator.position(values)
    assert 2 <= crossings <= 3


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
@pytest.mark.parametrize("name", CONTROLLERS)
def test_every_controller_is_made_for_every_camera(name, camera):
    assert make_controller(name, camera, band_of(camera)).name == name


def test_unknown_names_and_bands_are_refused():
    camera = CAMERAS["evk4"]
    with pytest.raises(InputError, match="expected one of fixed"):
        make_controller("steddy", camera)
    with pytest.raises(InputError, match="two positive rates"):
        make_controller("steady", camera, (2.0, 1.0))


def test_bands_hold_as_many_events_a_pixel():
    for camera in CAMERAS.values():
        low, high = band_of(camera)
        assert low / (camera.width * camera.height) == pytest.approx(0.5e6 / (346 * 260))
        assert high / low == pytest.approx(5.0)
