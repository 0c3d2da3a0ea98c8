import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from touchloop.errors import InputError
from touchloop.events.scenes.profile import Profile
from touchloop.events.scenes.texture import DriftingTexture
from touchloop.events.sensors.camera import CAMERAS
from touchloop.events.sensors.pixel import PixelParameters
from touchloop.events.simulator import EventSimulator
from touchloop.events.stream import Events

DAVIS = CAMERAS["davis346"]
IDEAL = PixelParameters(0.2, 0.25, 1e5, 1e-7, 1e3, 1e6, reset_s=0.0, dark_lux=1e-6)
"""As good as no delay; next to no refractory time."""
FREE = replace(DAVIS, limit_hz=1e12)
"""An arbiter that passes on everything."""
MS = 1_000_000


def run(simulator: EventSimulator, lux: Callable[[float], np.ndarray], seconds: float, step_ns: int = MS) -> Events:
    steps = int(seconds * 1e9) // step_ns
    return Events.join(
        simulator.step(np.asarray(lux(k * step_ns * 1e-9), np.float32), k * step_ns) for k in range(steps + 1)
    )


def even(lux: float, shape: tuple[int, int] = (48, 64)) -> np.ndarray:
    return np.full(shape, lux, np.float32)


def texture(speed: float = 100.0, light: float = 300.0) -> DriftingTexture:
    return DriftingTexture(64, 48, 3, Profile.constant(light), Profile.constant(speed))


def noiseless(pixel: PixelParameters) -> EventSimulator:
    return EventSimulator(FREE, 1, 8, 8, noise=False, pixel=pixel)


@settings(max_examples=20)
@given(change=st.floats(-2.0, 2.0), step_ms=st.sampled_from([1, 5, 40]))
def test_events_count_the_change_in_thresholds(change: float, step_ms: int) -> None:
    """A ramp of ln light by x gives x / theta events in every pixel, evenly spread over its time."""
    events = run(noiseless(IDEAL), lambda t: even(10 * math.exp(change * t / 0.2), (8, 8)), 0.2, step_ms * MS)
    theta = IDEAL.on_threshold if change > 0 else IDEAL.off_threshold
    assert len(events) == 64 * math.floor(abs(change) / theta) or abs(abs(change) / theta % 1 - 0.5) > 0.49
    assert (events.polarity == (change > 0)).all()
    if step_ms == 1 and len(events):
        one = events[(events.x == 3) & (events.y == 3)]
        expected_s = theta * np.arange(1, len(one) + 1) / abs(change) * 0.2
        assert one.t_ns * 1e-9 == pytest.approx(expected_s, abs=2e-4)


def test_events_come_in_the_order_of_time_within_their_step() -> None:
    simulator, scene = EventSimulator(DAVIS, 1, 64, 48), texture(400.0)
    assert len(simulator.step(scene.lux(0.0), 5 * MS)) == 0
    for k in range(1, 60):
        events = simulator.step(scene.lux(k * 1e-3), (5 + k) * MS)
        assert (np.diff(events.t_ns) >= 0).all()
        assert (events.t_ns % 1000 == 0).all()
        assert len(events) == 0 or (5 + k - 1) * MS <= events.t_ns[0] <= events.t_ns[-1] < (5 + k) * MS


def test_same_seed_same_events() -> None:
    def made(seed: int) -> Events:
        simulator, scene = EventSimulator(DAVIS, seed, 64, 48), texture()
        first = run(simulator, scene.lux, 0.1)
        simulator.set_biases({"ONBn_fine": 50, "PrSFBp_fine": 60})
        more = [simulator.step(scene.lux(k * 1e-3), k * MS) for k in range(101, 150)]
        return Events.join([first, *more])

    a, b, c = made(7), made(7), made(8)
    for name in ("x", "y", "polarity", "t_ns"):
        assert np.array_equal(getattr(a, name), getattr(b, name))
    assert len(a) != len(c) or not np.array_equal(a.x, c.x)


def test_follower_and_light_limit_the_bandwidth() -> None:
    """A sine of light at the corner frequency comes through with 1 / sqrt 2 of its swing: count its thresholds."""

    def swing(pixel: PixelParameters, hz: float) -> float:
        fine = replace(pixel, on_threshold=0.01, off_threshold=0.01)
        events = run(
            noiseless(fine), lambda t: even(20 * math.exp(math.sin(2 * math.pi * hz * t)), (8, 8)), 1.0, 100_000
        )
        late = events[events.t_ns > 500 * MS]
        return len(late) / 64 / (hz * 0.5) / 2.0 * 0.01 / 2.0

    wide = swing(IDEAL, 10.0)
    assert wide == pytest.approx(1.0, rel=0.03)
    assert swing(replace(IDEAL, follower_hz=10.0), 10.0) == pytest.approx(wide / math.sqrt(2.0), rel=0.04)
    bound_by_bias = replace(IDEAL, photoreceptor_max_hz=10.0)
    assert swing(bound_by_bias, 10.0) == pytest.approx(wide / math.sqrt(2.0), rel=0.04)


def test_photoreceptor_is_faster_in_more_light() -> None:
    def delay_s(lux: float) -> float:
        pixel = replace(IDEAL, photoreceptor_hz_per_lux=3.5)
        events = run(noiseless(pixel), lambda t: even(lux * (1.5 if t > 0.0101 else 1.0), (8, 8)), 0.5, 100_000)
        return float(events.t_ns[0]) * 1e-9 - 0.0101

    assert delay_s(1.0) == pytest.approx(10 * delay_s(10.0), rel=0.1)
    assert delay_s(10.0) > 5 * delay_s(100.0)


def test_reference_is_sampled_when_the_refractory_time_ends() -> None:
    """Constant slope s: an event each theta / s + T, where a reference sampled at the event would give less."""
    slope, blind_s = 40.0, 0.0121
    pixel = replace(IDEAL, refractory_s=blind_s)
    events = run(noiseless(pixel), lambda t: even(100.0 * math.exp(slope * (t - 0.15)), (8, 8)), 0.3)
    one = events[(events.x == 0) & (events.y == 0)]
    assert np.diff(one.t_ns)[3:] * 1e-9 == pytest.approx(0.2 / slope + blind_s, abs=2e-5)


def test_light_that_comes_back_within_the_refractory_time_leaves_no_second_event() -> None:
    pixel = replace(IDEAL, refractory_s=0.05)
    events = run(noiseless(pixel), lambda t: even(100 * (1.4 if 0.0105 < t < 0.03 else 1.0), (8, 8)), 0.2)
    assert len(events) == 64
    assert (events.polarity == 1).all()


def test_a_reset_that_is_cut_short_fires_again() -> None:
    def count(refractory_s: float) -> int:
        pixel = replace(IDEAL, refractory_s=refractory_s, reset_s=1e-6)
        return len(run(noiseless(pixel), lambda t: even(math.exp(10 * t), (8, 8)), 0.2))

    long, short = count(1e-4), count(0.1e-6)
    assert short == pytest.approx(long / -math.expm1(-0.1), rel=0.15)


def still_hz(lux: float, polarity: int) -> float:
    """Noise events a second and pixel of a DAVIS346 at the start point, in steady light."""
    seconds = 4.0 if lux < 1.0 else 20.0
    simulator = EventSimulator(DAVIS, 2, 64, 48)
    events = run(simulator, lambda _: even(lux), seconds, 5 * MS)
    late = events[events.t_ns > 1000 * MS]
    return float((late.polarity == polarity).sum()) / (64 * 48 * (seconds - 1.0))


def test_noise_over_light_is_as_measured() -> None:
    """IEBCS at 0.1, 161 and 3000 lux: ON 55, 1.7, 3.6; OFF 42, 0.006, 0."""
    on = [still_hz(lux, 1) for lux in (0.1, 161.0, 3000.0)]
    off = [still_hz(lux, 0) for lux in (0.1, 161.0, 3000.0)]
    assert on[0] / on[1] == pytest.approx(55 / 1.7, rel=0.35)
    assert on[2] / on[1] == pytest.approx(3.6 / 1.7, rel=0.2)
    assert on[0] / off[0] == pytest.approx(55 / 42, rel=0.2)
    assert off[1] < on[1] / 50
    assert off[2] <= off[1]


def test_lower_thresholds_give_more_noise() -> None:
    def noise(**values: int) -> int:
        simulator = EventSimulator(DAVIS, 2, 64, 48, values=values)
        return len(run(simulator, lambda _: even(1.0), 1.0))

    assert noise(ONBn_coarse=5, ONBn_fine=100) > 2 * noise() > 2 * noise(ONBn_fine=200)
    assert noise(PrSFBp_coarse=1, PrSFBp_fine=16) > 1.5 * noise()


def test_mismatch_spreads_the_thresholds() -> None:
    pixel = replace(IDEAL, mismatch=0.03, leak_per_s=0.0, leak_per_s_per_lux=0.0, noise_at_1_lux=0.01)
    simulator = EventSimulator(FREE, 2, 64, 48, pixel=pixel)
    run(simulator, lambda _: even(100.0), 0.01)
    light = [100.0 * math.exp(-5.0 * k * 1e-3) for k in range(1, 200)]
    events = Events.join(simulator.step(even(lux), (10 + k) * MS) for k, lux in enumerate(light, 1))
    rises_s = [np.diff(events.t_ns[events.y * 64 + events.x == pixel])[:1] * 1e-9 for pixel in range(300)]
    thresholds = 5.0 * np.concatenate(rises_s)
    assert thresholds.mean() == pytest.approx(0.25, abs=0.006)
    assert thresholds.std() == pytest.approx(0.03, abs=0.004)


def test_arbiter_limits_the_rate_and_counts_what_is_lost() -> None:
    pixel = replace(IDEAL, on_threshold=0.02, off_threshold=0.02)
    simulator = EventSimulator(DAVIS, 1, 64, 48, noise=False, pixel=pixel)
    limit_hz = 12e6 * 64 * 48 / (346 * 260)
    scene = texture(2000.0)
    events = run(simulator, scene.lux, 0.1)
    assert len(events) == pytest.approx(limit_hz * 0.1, rel=0.02)
    assert simulator.dropped > len(events)
    rows = np.bincount(events.y, minlength=48)
    assert rows[:24].sum() == pytest.approx(rows[24:].sum(), rel=0.1)


def test_nothing_is_dropped_below_the_limit() -> None:
    simulator = EventSimulator(DAVIS, 1, 64, 48)
    run(simulator, texture().lux, 0.1)
    assert simulator.dropped == 0


@pytest.mark.parametrize("step_ns", [MS, 40 * MS])
def test_a_flood_in_one_step_is_thinned_fairly(step_ns: int) -> None:
    simulator = EventSimulator(DAVIS, 1, 346, 260, noise=False)
    simulator.step(even(1.0, (260, 346)), 0)
    events = simulator.step(even(5000.0, (260, 346)), step_ns)
    assert len(events) + simulator.dropped > 80_000
    assert len(events) <= 12e6 * step_ns * 1e-9 + 1
    halves = np.bincount(events.y // 130, minlength=2)
    assert halves[0] == pytest.approx(halves[1], rel=0.05)


@pytest.mark.parametrize("camera", CAMERAS.values(), ids=CAMERAS)
def test_each_bias_moves_the_rate_the_way_its_sign_says(camera) -> None:
    """In a scene that moves fast enough for the bandwidths and the refractory time to matter."""

    def rate(values: dict[str, int]) -> int:
        simulator = EventSimulator(camera, 1, 64, 48, noise=False, values=values)
        return len(run(simulator, texture(900.0, 3000.0).lux, 0.12)) + simulator.dropped

    for bias in camera.biases:
        if bias.rate_sign == 0:
            continue
        base = {}
        if bias.role == "photoreceptor":
            # It matters where it is the slowest stage.
            follower = camera.bias("follower")
            base[follower.fine_name] = follower.highest if follower.rate_sign > 0 else follower.lowest
        if bias.role == "refractory" and bias.coarse_fine:
            base[bias.coarse_name] = 1
        low, high = bias.lowest + (bias.highest - bias.lowest) // 10, bias.highest - (bias.highest - bias.lowest) // 10
        fewer, more = (low, high) if bias.rate_sign > 0 else (high, low)
        assert rate({**base, bias.fine_name: more}) > 1.02 * rate({**base, bias.fine_name: fewer}), bias.name


def test_evk4_refractory_curve_is_flat_then_steep() -> None:
    """One busy scene gave 176 kev/s at 0, 450 at 40 to 100, 2.1 Mev/s at 160, 6.9 at 235."""

    def rate(value: int) -> float:
        values = {"bias_refr": value, "bias_fo": 55}
        simulator = EventSimulator(CAMERAS["evk4"], 1, 64, 8, noise=False, values=values)
        frame = even(1000.0, (8, 64))

        def lux(t: float) -> np.ndarray:
            frame[:, 0] = 1000.0 * math.exp(2.08 * (abs(2 * ((t * 30) % 1) - 1) * 2 - 1))
            return frame

        return len(run(simulator, lux, 0.2, MS // 4)) + simulator.dropped

    middle = rate(70)
    assert rate(40) == rate(100) == middle
    assert rate(0) / middle == pytest.approx(176 / 450, rel=0.15)
    assert rate(160) / middle == pytest.approx(2100 / 450, rel=0.15)
    assert rate(235) / middle == pytest.approx(6900 / 450, rel=0.15)


def test_davis_refractory_curve_is_flat_then_rises_by_a_thousand() -> None:
    def rate(coarse: int, fine: int) -> float:
        simulator = EventSimulator(FREE, 1, 16, 12, noise=False, values={"RefrBp_coarse": coarse, "RefrBp_fine": fine})
        events = run(simulator, lambda t: even(300 * math.exp(0.8 * math.sin(2 * math.pi * 5 * t)), (12, 16)), 0.2, MS)
        return len(events) + simulator.dropped

    flat = rate(3, 25)
    assert rate(2, 25) == pytest.approx(flat, rel=0.15)
    assert rate(4, 25) == pytest.approx(flat, rel=0.15)
    assert 300 < rate(7, 255) / flat < 3000
    assert rate(0, 4) < 0.5 * flat


def test_a_bias_change_makes_a_burst_that_grows_with_it_and_ends_within_100_ms() -> None:
    def burst(fine: int) -> tuple[int, int]:
        simulator = EventSimulator(DAVIS, 1, 64, 48)
        run(simulator, lambda _: even(300.0), 0.05)
        simulator.set_biases({"PrSFBp_fine": fine})
        events = Events.join(simulator.step(even(300.0), k * MS) for k in range(51, 301))
        return len(events.between(50 * MS, 150 * MS)), len(events.between(200 * MS, 300 * MS))

    none, small, large = burst(32), burst(37), burst(64)
    assert large[0] > 2 * small[0] > 4 * none[0]
    assert large[1] < 0.1 * large[0]


def test_biases_are_read_back() -> None:
    simulator = EventSimulator(DAVIS, 1, 8, 8, values={"PrBp_fine": 100})
    assert simulator.values["PrBp_fine"] == 100
    told = simulator.set_biases({"ONBn_coarse": 5, "ONBn_fine": 200})
    assert told == simulator.values == {**DAVIS.start_values(), "PrBp_fine": 100, "ONBn_coarse": 5, "ONBn_fine": 200}
    assert simulator.pixel.on_threshold == DAVIS.pixel(told).on_threshold


def test_a_wrong_bias_changes_nothing() -> None:
    simulator = EventSimulator(DAVIS, 1, 8, 8)
    before = dict(simulator.values)
    with pytest.raises(InputError, match="OFFBn_fine is 256"):
        simulator.set_biases({"ONBn_fine": 10, "OFFBn_fine": 256})
    with pytest.raises(InputError, match="no bias 'bias_fo'"):
        simulator.set_biases({"bias_fo": 1})
    assert simulator.values == before


@pytest.mark.parametrize(
    "frame",
    [
        np.ones((8, 9), np.float32),
        np.ones((8, 8)),
        np.full((8, 8), -1.0, np.float32),
        np.full((8, 8), np.nan, np.float32),
        np.full((8, 8), np.inf, np.float32),
    ],
)
def test_wrong_frames_are_refused(frame: np.ndarray) -> None:
    with pytest.raises(InputError, match="simulator: frame"):
        EventSimulator(DAVIS, 1, 8, 8).step(frame, 0)


def test_time_goes_forward() -> None:
    simulator = EventSimulator(DAVIS, 1, 8, 8)
    simulator.step(even(1.0, (8, 8)), 10)
    with pytest.raises(InputError, match="expected later"):
        simulator.step(even(1.0, (8, 8)), 10)


@pytest.mark.parametrize(
    ("seed", "size", "word"),
    [(-1, (8, 8), "seed"), (1, (0, 8), "width"), (1, (347, 8), "width"), (1, (8, 261), "height")],
)
def test_wrong_sizes_and_seeds_are_refused(seed: int, size: tuple[int, int], word: str) -> None:
    with pytest.raises(InputError, match=f"simulator: {word}"):
        EventSimulator(DAVIS, seed, *size)
