"""Whether any bias setting brings a scene into the band: a sweep over the driver's ranges, without a controller."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.bench.event_loop import FRAME_HZ, PATCH, pixels_a_patch_pixel
from touchloop.bench.event_scenarios import LONGEST_PX, SHORTEST_PX, scenario_of
from touchloop.events.biasing.actuator import Actuator
from touchloop.events.biasing.controller import band_of
from touchloop.events.scenes.profile import Profile
from touchloop.events.scenes.texture import DriftingTexture
from touchloop.events.sensors.camera import CameraModel, checked_camera
from touchloop.events.simulator import EventSimulator

SWEPT = (("on_threshold", "off_threshold"), ("follower",), ("refractory",), ("high_pass",))
SHARES = (0.0, -0.2, 0.2, -0.4, 0.4, -0.7, 0.7, -1.0, 1.0)
"""Of the way from the start value to either end of the driver's range; the start comes first."""
REST_SHARES = (0.0, -0.5, -1.0, 0.4)
SETTLED_S, MEASURED_S = 0.6, 0.4
EVERY_S = 0.5
HALVINGS = 9


@dataclass(frozen=True, slots=True)
class ReachJob:
    """A scenario of a seed, seen by a camera."""

    camera: str
    scenario: str
    seed: int


def reachable(job: ReachJob) -> float:
    """Share of the counted time in which some setting of the sweep holds the rate in its band.

    Light and speed are taken as constant around each time; ramps are looked at in thirds of a decade.
    """
    camera, scenario = checked_camera(job.camera), scenario_of(job.scenario, job.seed)
    times_s = np.arange(EVERY_S / 2.0, scenario.duration_s, EVERY_S)
    times_s = times_s[scenario.counted(times_s)]
    known: dict[tuple[float, float], bool] = {}
    found = 0
    for t_s in times_s:
        lux, speed = _level(scenario.light_lux, t_s), _level(scenario.speed_px_s, t_s)
        if (lux, speed) not in known:
            known[lux, speed] = _reaches(camera, lux, speed, job.seed)
        found += known[lux, speed]
    return found / len(times_s)


def settings_of(camera: CameraModel) -> Iterator[dict[str, int]]:
    """The sweep: thresholds together in nine places, follower in nine, refractory time and high-pass in four each."""
    groups = _groups(camera)
    places = [SHARES if group[0].bias.role in ("on_threshold", "follower") else REST_SHARES for group in groups]
    # Few changes first: sorted by how far the setting is from the start values.
    for shares in sorted(itertools.product(*places), key=lambda s: sum(abs(share) for share in s)):
        yield _setting(camera, groups, shares)


def _reaches(camera: CameraModel, lux: float, speed: float, seed: int) -> bool:
    """First halves the way from the start values with all biases together, which mostly does; then the whole sweep."""
    groups = _groups(camera)
    low, high = -1.0, 1.0
    share = 0.0
    for _ in range(HALVINGS):
        side = _beside_band(camera, _setting(camera, groups, [share] * len(groups)), lux, speed, seed)
        if side == 0:
            return True
        low, high = (low, share) if side > 0 else (share, high)
        share = 0.5 * (low + high)
    return any(_beside_band(camera, values, lux, speed, seed) == 0 for values in settings_of(camera))


def _groups(camera: CameraModel) -> list[list[Actuator]]:
    groups = [[Actuator(b) for b in camera.biases if b.role in roles] for roles in SWEPT]
    return [group for group in groups if group]


def _setting(camera: CameraModel, groups: list[list[Actuator]], shares: Sequence[float]) -> dict[str, int]:
    values = camera.start_values()
    for group, share in zip(groups, shares, strict=True):
        for actuator in group:
            low, high = actuator.limits
            toward = share * actuator.bias.rate_sign
            values |= actuator.values_at(toward * (high if toward > 0.0 else -low), values)
    return values


def _level(profile: Profile, t_s: float) -> float:
    """A step's value as it is, a ramp's to a third of a decade."""
    value = profile(t_s)
    return value if profile.between == "hold" else float(10.0 ** (round(3.0 * np.log10(value)) / 3.0))


def _beside_band(camera: CameraModel, values: dict[str, int], lux: float, speed: float, seed: int) -> int:
    """0 where the rate is in the band, -1 below it, 1 above."""
    light, speeds = Profile.constant(lux), Profile.constant(speed)
    scene = DriftingTexture(*PATCH, seed, light, speeds, 0.5, SHORTEST_PX, LONGEST_PX)
    simulator = EventSimulator(camera, seed, *PATCH, values=values)
    count = 0
    for frame in range(int((SETTLED_S + MEASURED_S) * FRAME_HZ)):
        events = simulator.step(scene.lux(frame / FRAME_HZ), (frame + 1) * round(1e9 / FRAME_HZ))
        count += len(events) if frame >= SETTLED_S * FRAME_HZ else 0
    rate_hz = count / MEASURED_S * pixels_a_patch_pixel(camera)
    low_hz, high_hz = band_of(camera)
    return int(rate_hz > high_hz) - int(rate_hz < low_hz)
