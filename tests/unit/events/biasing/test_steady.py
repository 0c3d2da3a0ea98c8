import itertools
import math
from dataclasses import replace

import pytest
from bias_plant import DT_S, Plant
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.events.biasing.controller import RateObservation, band_of, make_controller
from touchloop.events.biasing.gain_estimate import GainEstimate
from touchloop.events.biasing.steady import Steady
from touchloop.events.sensors.camera import CAMERAS

CAMERA_NAMES = tuple(CAMERAS)


def middle_hz(camera) -> float:
    low, high = band_of(camera)
    return math.sqrt(low * high)


@pytest.mark.parametrize("name", CAMERA_NAMES)
@pytest.mark.parametrize("factor", [0.3, 4.0])
def test_reaches_the_band_with_few_changes_and_then_rests(name, factor):
    camera = CAMERAS[name]
    plant = Plant(camera, factor * middle_hz(camera))
    controller = make_controller("steady", camera)
    plant.run(controller, controller.start(plant.values), 3.0)
    assert plant.inside(band_of(camera))
    assert 1 <= plant.changes() <= 6
    plant.run(controller, controller.start(plant.values), 10.0)
    assert plant.changes(since_s=4.0) == 0


def test_does_nothing_inside_the_band():
    camera = CAMERAS["davis346"]
    plant = Plant(camera, middle_hz(camera))
    controller = make_controller("steady", camera)
    plant.run(controller, controller.start(plant.values), 20.0)
    assert plant.changes() == 0
    assert plant.commands[-1][1].state == "steady"


def test_protects_within_two_tenths_of_a_second_and_raises_later():
    camera = CAMERAS["evk4"]
    controller = make_controller("steady", camera)
    firsts = []
    for factor in (10.0, 0.1):
        plant = Plant(camera, factor * middle_hz(camera))
        plant.run(controller, controller.start(plant.values), 1.0)
        firsts.append(next(t for t, command in plant.commands if command.changes))
    assert firsts[0] <= 0.2 < firsts[1]


def test_ignores_the_rate_while_a_change_settles():
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 30.0 * middle_hz(camera))
    plant.run(controller, controller.start(plant.values), 5.0)
    times = [t for t, command in plant.commands if command.changes]
    settle_s = Steady(camera, band_of(camera)).settings.settle_s
    assert all(later - earlier > settle_s for earlier, later in itertools.pairwise(times))


def test_no_wind_up_after_a_scene_that_no_bias_brings_into_the_band():
    camera = CAMERAS["evk4"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 1e6 * middle_hz(camera))
    state = plant.run(controller, controller.start(plant.values), 30.0)
    assert plant.commands[-1][1].state == "limit"
    assert plant.changes(since_s=5.0) == 0
    plant.scene_hz = middle_hz(camera)
    plant.run(controller, state, 4.0)
    assert plant.inside(band_of(camera))


@pytest.mark.parametrize("name", CAMERA_NAMES)
@pytest.mark.parametrize("edge", [-1.0, -0.4, 0.2])
def test_no_limit_cycle_where_the_curve_is_flat_then_steep(name, edge):
    """The rate jumps over the whole band between two settings: nothing lands inside, so it rests on the quiet side."""
    camera = CAMERAS[name]
    controller = make_controller("steady", camera)
    plant = Plant(camera, middle_hz(camera))
    plant.curve = lambda gain: 2.5 if gain > edge else -2.5
    plant.run(controller, controller.start(plant.values), 120.0)
    late = [command for t_s, command in plant.commands if t_s > 60.0]
    assert sum(bool(command.changes) for command in late) <= 12
    assert sum(command.state == "limit" for command in late) > 0.9 * len(late)
    assert sum(plant.commands[k][1].state == "limit" for k in range(-20, 0)) > 0
    assert plant.rate_hz < middle_hz(camera)


@pytest.mark.parametrize("reopened", [0, 1])
def test_a_move_that_whole_numbers_would_swallow_is_made_all_the_same(reopened):
    """At a fine value of 1 a little more current is still 1; it must not rest there outside the band."""
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, middle_hz(camera))
    insensitive = {"PrSFBp_fine": 1, "ONBn_coarse": 7, "ONBn_fine": 255, "OFFBn_coarse": 1, "OFFBn_fine": 42}
    plant.values |= insensitive
    state = replace(controller.start(plant.values), gains=GainEstimate({}, reopened=reopened))
    plant.run(controller, state, 6.0)
    assert plant.inside(band_of(camera))


@given(st.sampled_from(CAMERA_NAMES), st.lists(st.floats(0.4, 2.5), min_size=2, max_size=8))
@settings(max_examples=40, deadline=None)
def test_every_scene_that_can_be_brought_into_the_band_is(name, factors):
    camera = CAMERAS[name]
    controller = make_controller("steady", camera)
    plant = Plant(camera, middle_hz(camera))
    state = controller.start(plant.values)
    for factor in factors:
        plant.scene_hz = factor * middle_hz(camera)
        state = plant.run(controller, state, 5.0)
        assert plant.inside(band_of(camera))


@given(st.floats(0.02, 50.0), st.sampled_from(CAMERA_NAMES), st.integers(0, 3))
@settings(max_examples=10, deadline=None)
def test_changes_a_minute_are_bounded_whatever_the_scene(factor, name, kind):
    camera = CAMERAS[name]
    controller = Steady(camera, band_of(camera))
    plant = Plant(camera, factor * middle_hz(camera))
    state = controller.start(plant.values)
    for second in range(40):
        plant.scene_hz = middle_hz(camera) * (factor, 1.0 / factor)[(second >> kind) & 1]
        state = plant.run(controller, state, 1.0, dt_s=0.1)
    assert plant.changes() <= controller.settings.changes_a_minute + controller.settings.burst


@pytest.mark.parametrize("name", CAMERA_NAMES)
def test_uses_what_the_driver_has(name):
    camera = CAMERAS[name]
    controller = make_controller("steady", camera)
    gone = tuple(n for bias in camera.biases if bias.role.endswith("threshold") for n in bias.limits())
    plant = Plant(camera, 2.5 * middle_hz(camera), lacks=gone)
    plant.run(controller, controller.start(plant.values), 5.0)
    assert plant.inside(band_of(camera))


def test_a_driver_without_any_bias_is_said_and_left_alone():
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 10.0 * middle_hz(camera), lacks=tuple(camera.start_values()))
    plant.run(controller, controller.start(plant.values), 2.0)
    assert plant.changes() == 0
    assert plant.commands[-1][1].state == "stuck"


@pytest.mark.parametrize("name", CAMERA_NAMES)
def test_goes_on_without_biases_that_do_not_move(name):
    camera = CAMERAS[name]
    controller = make_controller("steady", camera)
    frozen = tuple(n for bias in camera.biases if bias.role.endswith("threshold") for n in bias.limits())
    plant = Plant(camera, 3.0 * middle_hz(camera), frozen=frozen)
    state = plant.run(controller, controller.start(plant.values), 6.0)
    assert set(state.readback.stuck) == {bias.name for bias in camera.biases if bias.role.endswith("threshold")}
    assert plant.inside(band_of(camera))


def test_accepts_adjusted_values():
    camera = CAMERAS["evk4"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 4.0 * middle_hz(camera))
    plant.adjust = lambda value: 5 * round(value / 5)
    state = plant.run(controller, controller.start(plant.values), 5.0)
    assert not state.readback.stuck
    assert plant.inside(band_of(camera))


def test_works_with_the_long_window_alone():
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 4.0 * middle_hz(camera))
    plant.run(controller, controller.start(plant.values), 6.0, recent=False, dt_s=0.3)
    assert plant.inside(band_of(camera))
    assert plant.changes() <= 5


@pytest.mark.parametrize("rate_hz", [math.nan, math.inf, -1.0])
def test_holds_still_without_a_usable_rate(rate_hz):
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    state = controller.start(camera.start_values())
    for k in range(100):
        seen = RateObservation(k * 50_000_000, rate_hz, 0.5, camera.start_values())
        state, command = controller.step(state, seen, DT_S)
        assert not command.changes
        assert command.state == "lost"


@pytest.mark.parametrize("jump_s", [-100.0, 100.0])
def test_a_clock_that_jumps_is_said_and_measured_anew(jump_s):
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, middle_hz(camera))
    state = plant.run(controller, controller.start(plant.values), 1.0)
    plant.t_ns += round(jump_s * 1e9)
    state = plant.run(controller, state, DT_S)
    assert plant.commands[-1][1].state == "lost"
    plant.scene_hz *= 5.0
    plant.run(controller, state, 3.0)
    assert plant.inside(band_of(camera))


def test_no_event_at_all_restores_the_start_values_once_and_waits():
    camera = CAMERAS["evk4"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, 5.0 * middle_hz(camera))
    state = plant.run(controller, controller.start(plant.values), 3.0)
    before = plant.changes()
    plant.scene_hz = 0.0
    state = plant.run(controller, state, 10.0)
    assert plant.values == camera.start_values()
    assert plant.commands[-1][1].state == "silent"
    assert plant.changes() <= before + 3
    plant.scene_hz = middle_hz(camera)
    plant.run(controller, state, 2.0)
    assert plant.commands[-1][1].state in ("steady", "searching")


def test_a_step_of_light_passes_without_a_change():
    """Nearly all events of one sign: the burst is over sooner than biases settle."""
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    state = controller.start(camera.start_values())
    _, high = band_of(camera)
    for k in range(40):
        rate = 3.0 * high if 10 <= k < 16 else middle_hz(camera)
        share = 0.97 if 10 <= k < 16 else 0.5
        seen = RateObservation((k + 1) * 50_000_000, rate, share, camera.start_values(), 0, rate)
        state, command = controller.step(state, seen, DT_S)
        assert not command.changes


def test_learns_how_much_a_bias_is_worth():
    """A camera with three times the gain is met with one overshoot; later moves land."""
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    plant = Plant(camera, middle_hz(camera))
    plant.curve = lambda gain: 3.0 * gain
    state = controller.start(plant.values)
    counts = []
    for factor in (6.0, 1.0, 6.0, 1.0, 6.0, 1.0):
        plant.scene_hz = factor * middle_hz(camera)
        before = plant.changes()
        state = plant.run(controller, state, 6.0)
        assert plant.inside(band_of(camera))
        counts.append(plant.changes() - before)
    assert sum(counts[2:]) <= 2 * len(counts[2:])


def test_balances_on_and_off_by_the_thresholds():
    camera = CAMERAS["davis346"]
    controller = make_controller("steady", camera)
    state = controller.start(camera.start_values())
    values, asked = camera.start_values(), {}
    for k in range(400):
        share = 0.5 if asked else 0.75
        seen = RateObservation((k + 1) * 50_000_000, middle_hz(camera), share, dict(values), 0, middle_hz(camera))
        state, command = controller.step(state, seen, DT_S)
        values |= command.changes
        asked |= command.changes
    pixel, before = camera.pixel(values), camera.pixel(camera.start_values())
    assert pixel.on_threshold > before.on_threshold
    assert pixel.off_threshold < before.off_threshold
    assert pixel.on_threshold + pixel.off_threshold == pytest.approx(
        before.on_threshold + before.off_threshold, abs=0.01
    )
