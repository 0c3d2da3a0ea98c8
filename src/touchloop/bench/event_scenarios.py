"""What the bias benchmark shows to the camera: light and speed over time."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.events.scenes.profile import Profile

SPEED_PX_S = (12.0, 35.0)
"""A seed draws the slow speed from here; the fast one is ten times as much."""
SHORTEST_PX, LONGEST_PX = 6.0, 24.0
"""Wavelengths of the texture: short enough for a patch to see many of them, as a whole sensor does."""
GRACE_S = 1.0
"""What lies so close behind a step is not counted."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Light and speed over time.

    Attributes:
        name: what tables call it.
        says: in words.
        light_lux: on a white pixel.
        speed_px_s: of the texture.
        duration_s: length.
    """

    name: str
    says: str
    light_lux: Profile
    speed_px_s: Profile
    duration_s: float

    def steps_s(self) -> list[float]:
        """Times at which light or speed steps; the start is one."""
        steps = {0.0}
        for profile in (self.light_lux, self.speed_px_s):
            if profile.between == "hold":
                steps.update(float(time) for time in profile.times_s if 0.0 < time < self.duration_s)
        return sorted(steps)

    def counted(self, t_s: np.ndarray) -> np.ndarray:
        """Whether times are more than a second behind every step."""
        steps = np.array(self.steps_s())
        since_s = t_s - steps[np.searchsorted(steps, t_s, side="right") - 1]
        return since_s > GRACE_S


def _hold(every_s: float, *values: float) -> tuple[Profile, float]:
    return Profile.steps(values, every_s), every_s * len(values)


def _light_steps(speed: float) -> Scenario:
    light, duration_s = _hold(4.0, 1, 10, 100, 1000, 10000, 1000, 100, 10, 1)
    return Scenario(
        "light_steps", "light x10 up to 10,000 lux and down again", light, Profile.constant(speed), duration_s
    )


def _light_jumps(speed: float) -> Scenario:
    light, duration_s = _hold(5.0, 10, 10000, 10, 1000, 1, 100, 10000)
    return Scenario("light_jumps", "light x100 and x1000 up and down", light, Profile.constant(speed), duration_s)


def _light_ramps(speed: float) -> Scenario:
    light = Profile((2.0, 14.0, 18.0, 30.0), (1.0, 1e4, 1e4, 1.0), "ratio")
    return Scenario("light_ramps", "light 1 to 10,000 lux in 12 s and back", light, Profile.constant(speed), 33.0)


def _speeds(name: str, lux: float) -> Callable[[float], Scenario]:
    def scenario(speed: float) -> Scenario:
        speeds, duration_s = _hold(6.0, speed, 10.0 * speed, speed, 10.0 * speed, speed)
        return Scenario(name, f"speed x10 up and down at {lux:g} lux", Profile.constant(lux), speeds, duration_s)

    return scenario


def _speed_ramps(speed: float) -> Scenario:
    speeds = Profile((3.0, 15.0, 18.0, 30.0), (speed, 10.0 * speed, 10.0 * speed, speed), "straight")
    return Scenario("speed_ramps", "speed x10 in 12 s and back at 300 lux", Profile.constant(300.0), speeds, 33.0)


def _drive(speed: float) -> Scenario:
    light = Profile((0.0, 5.0, 10.0, 16.0, 22.0, 28.0), (1000.0, 3.0, 3000.0, 10.0, 10000.0, 30.0))
    speeds = Profile((0.0, 7.5, 13.0, 19.0, 25.0), (speed, 10.0 * speed, 3.0 * speed, 10.0 * speed, speed))
    return Scenario("drive", "light and speed step, as on a drive through tunnels", light, speeds, 34.0)


_MAKERS: dict[str, Callable[[float], Scenario]] = {
    "light_steps": _light_steps,
    "light_jumps": _light_jumps,
    "light_ramps": _light_ramps,
    "speed_dim": _speeds("speed_dim", 3.0),
    "speed_steps": _speeds("speed_steps", 100.0),
    "speed_bright": _speeds("speed_bright", 10000.0),
    "speed_ramps": _speed_ramps,
    "drive": _drive,
}
SCENARIOS = tuple(_MAKERS)


def scenario_of(name: str, seed: int) -> Scenario:
    """The scenario for a seed, which draws the slow speed; light scenarios have a speed between slow and fast.

    Raises:
        InputError: there is no such scenario.
    """
    if name not in _MAKERS:
        raise InputError(f"scenario '{name}': expected one of {', '.join(SCENARIOS)}")
    low, high = np.log(SPEED_PX_S)
    rng = np.random.default_rng([seed, SCENARIOS.index(name)])
    speed = float(np.exp(rng.uniform(low, high)))
    if name.startswith("light"):
        speed *= float(np.exp(rng.uniform(0.0, np.log(5.0))))
    return _MAKERS[name](speed)
