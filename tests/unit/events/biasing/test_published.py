"""The published laws: fast and slow of arXiv 2403.16425, and jAER's."""

import math

import pytest
from bias_plant import Plant

from touchloop.events.biasing.controller import RateObservation, band_of, make_controller
from touchloop.events.biasing.fast_slow import FastSlow
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.sensors.coarse_fine import current_a

DAVIS = CAMERAS["davis346"]


def steps(controller, rates_hz, camera=DAVIS, dt_s=0.3):
    """Values after each window."""
    values = camera.start_values()
    state = controller.start(values)
    seen = []
    for k, rate in enumerate(rates_hz):
        state, command = controller.step(state, RateObservation(k, rate, 0.5, dict(values)), dt_s)
        values |= command.changes
        seen.append(dict(values))
    return seen, state


@pytest.mark.parametrize(
    ("rate_hz", "fine"), [(0.5e6, 57), (1.5e6, 30), (2.5e6, 4), (0.0, 57), (9e6, 4), (1.0e6, int(57 - 53 * 0.25))]
)
def test_fast_loop_sets_the_refractory_bias_as_published(rate_hz, fine):
    seen, _ = steps(FastSlow(DAVIS, band_of(DAVIS)), [rate_hz])
    assert seen[-1]["RefrBp_fine"] == fine


def test_slow_loop_steps_after_two_windows_at_a_rail():
    seen, _ = steps(FastSlow(DAVIS, band_of(DAVIS)), [0.1e6, 0.1e6])
    start = DAVIS.start_values()
    assert seen[0]["PrBp_fine"] == start["PrBp_fine"]
    after = {name: seen[1][name] - start[name] for name in ("PrBp_fine", "PrSFBp_fine", "ONBn_fine", "OFFBn_fine")}
    assert after == {"PrBp_fine": 5, "PrSFBp_fine": 5, "ONBn_fine": -5, "OFFBn_fine": 5}


def test_a_window_between_the_rails_resets_the_count():
    seen, _ = steps(FastSlow(DAVIS, band_of(DAVIS)), [0.1e6, 1.5e6, 0.1e6])
    assert seen[-1]["PrBp_fine"] == DAVIS.start_values()["PrBp_fine"]


@pytest.mark.parametrize("mended", [False, True])
def test_wind_up_is_published_and_mended(mended):
    """After a long flood, the published law's own count must first come back into the range."""
    controller = FastSlow(DAVIS, band_of(DAVIS), mended)
    flood = [9e6] * 200
    seen, state = steps(controller, [*flood, *[0.1e6] * 6])
    assert all(0 <= value <= 255 for values in seen for value in values.values())
    assert (state.slow["PrSFBp_fine"] < 0) is not mended
    assert (seen[-1]["PrSFBp_fine"] > 0) is mended


def test_flipping_rails_keeps_the_opposite_count_only_as_published():
    rates = [9e6, 0.1e6, 9e6]
    published, _ = steps(FastSlow(DAVIS, band_of(DAVIS), False), rates)
    mended, _ = steps(FastSlow(DAVIS, band_of(DAVIS), True), rates)
    start = DAVIS.start_values()["PrBp_fine"]
    assert published[-1]["PrBp_fine"] == start - 5
    assert mended[-1]["PrBp_fine"] == start


def test_a_window_is_waited_for():
    controller = FastSlow(DAVIS, band_of(DAVIS))
    seen, _ = steps(controller, [9e6] * 6, dt_s=0.05)
    assert [values["RefrBp_fine"] != 25 for values in seen] == [False] * 5 + [True]


@pytest.mark.parametrize("name", CAMERAS)
@pytest.mark.parametrize("controller_name", ["fast_slow", "fast_slow_mended", "jaer_threshold", "jaer_bandwidth"])
def test_they_push_the_rate_towards_the_band_on_every_camera(name, controller_name):
    camera = CAMERAS[name]
    low, high = band_of(camera)
    for scene, fewer in ((5.0 * high, True), (low / 5.0, False)):
        plant = Plant(camera, scene)
        controller = make_controller(controller_name, camera)
        plant.run(controller, controller.start(plant.values), 30.0, dt_s=0.1)
        assert (plant.rate_hz < scene) is fewer


def test_jaer_changes_at_most_every_three_tenths_of_a_second():
    plant = Plant(DAVIS, 1e8)
    controller = make_controller("jaer_threshold", DAVIS)
    plant.run(controller, controller.start(plant.values), 6.0)
    assert 15 <= plant.changes() <= 20


def test_jaer_rests_inside_its_hysteresis():
    low, high = band_of(DAVIS)
    for rate in (1.2 * high, low / 1.2):
        plant = Plant(DAVIS, rate)
        controller = make_controller("jaer_threshold", DAVIS)
        plant.run(controller, controller.start(plant.values), 6.0)
        assert plant.changes() == 0


def test_a_full_threshold_tweak_is_a_factor_of_ten():
    seen, _ = steps(make_controller("jaer_threshold", DAVIS), [9e6] * 120)
    start = DAVIS.start_values()
    ratio = current_a(seen[-1]["ONBn_coarse"], seen[-1]["ONBn_fine"]) / current_a(
        start["ONBn_coarse"], start["ONBn_fine"]
    )
    assert ratio == pytest.approx(10.0, rel=0.03)


def test_the_refractory_control_never_goes_beyond_its_start_value():
    seen, _ = steps(make_controller("jaer_refractory", DAVIS), [0.0] * 20)
    assert seen[-1] == DAVIS.start_values()


@pytest.mark.parametrize("name", ["fast_slow", "jaer_threshold", "jaer_refractory"])
def test_no_usable_rate_changes_nothing(name):
    seen, _ = steps(make_controller(name, DAVIS), [math.nan] * 10)
    assert seen[-1] == DAVIS.start_values()
