"""A drive along the corridor: speeds, stops, and how the camera wobbles."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError

STEP_S = 0.005
ACCELERATION_M_S2 = 0.9
CRUISE_M_S = (1.8, 2.8)
STOPS = 2
STOP_S = (1.5, 3.0)
SECTION_M = (5.0, 12.0)
OFFSET_M = 0.05
SWAY_M = 0.025
YAW_RAD = np.deg2rad(0.4)
"""A robot that repeats a taught way keeps to it within a few centimetres. Five times as much leaves no arm more than
chance at any light: descriptors that are compared pixel by pixel do not bear it in a corridor 2.4 m wide."""
SHAKE_RAD = np.deg2rad(0.12)
HEIGHT_M = 0.7
MOVING_M_S = 0.1
"""Below this speed the robot counts as standing."""


@dataclass(frozen=True)
class Pose:
    """Where the camera is.

    Attributes:
        x_m: along the corridor.
        y_m: to the left of its middle.
        z_m: above the floor.
        yaw_rad: to the left.
        pitch_rad: upwards.
    """

    x_m: float
    y_m: float
    z_m: float
    yaw_rad: float
    pitch_rad: float


class Traverse:
    """A drive of the whole length, seeded; other seeds give other speeds, stops, offsets and wobbles."""

    def __init__(self, seed: int, visit: int, length_m: float = 100.0) -> None:
        """Plan it.

        Args:
            seed: of the building's drives, 0 or more.
            visit: which drive, 0 or more.
            length_m: 10 m or more.

        Raises:
            InputError: values out of these.
        """
        if seed < 0 or visit < 0 or not 10.0 <= length_m <= 2000.0:
            raise InputError(f"traverse: seed {seed}, visit {visit}, length {length_m} m; expected 0, 0, 10 or more")
        rng = np.random.default_rng((seed, 4, visit))
        self.length_m = length_m
        self._x_m, self._speed_m_s = _drive(rng, length_m)
        self.duration_s = (len(self._x_m) - 1) * STEP_S
        self._offset_m = rng.uniform(-OFFSET_M, OFFSET_M)
        self._waves = [(rng.uniform(5.0, 14.0), rng.uniform(0.0, 2.0 * np.pi)) for _ in range(3)]
        self._turns = [(rng.uniform(3.0, 8.0), rng.uniform(0.0, 2.0 * np.pi)) for _ in range(2)]
        self._shake_hz = rng.uniform(5.0, 8.0)
        self._bias_rad = rng.normal(0.0, 0.25 * YAW_RAD)

    def speed_m_s(self, t_s: float) -> float:
        """Along the corridor."""
        return float(np.interp(t_s / STEP_S, np.arange(len(self._speed_m_s)), self._speed_m_s))

    def x_m(self, t_s: float) -> float:
        """Along the corridor; 0 at the start, ``length_m`` at the end."""
        place = min(max(t_s / STEP_S, 0.0), len(self._x_m) - 1.001)
        i = int(place)
        return float(self._x_m[i] + (self._x_m[i + 1] - self._x_m[i]) * (place - i))

    def pose(self, t_s: float) -> Pose:
        """At a time; sway and yaw follow the way, so that they rest when the robot does."""
        x_m = self.x_m(t_s)
        sway = sum(np.sin(2.0 * np.pi * x_m / wave_m + phase) for wave_m, phase in self._waves) / len(self._waves)
        turn = sum(np.sin(2.0 * np.pi * x_m / wave_m + phase) for wave_m, phase in self._turns) / len(self._turns)
        # A body shakes as its wheels or legs turn: with the way, about 6 times a second at 2 m/s.
        shake = np.sin(2.0 * np.pi * self._shake_hz * x_m / 2.0)
        return Pose(
            x_m,
            self._offset_m + SWAY_M * float(sway),
            HEIGHT_M,
            self._bias_rad + YAW_RAD * float(turn),
            SHAKE_RAD * float(shake),
        )


def _drive(rng: np.random.Generator, length_m: float) -> tuple[np.ndarray, np.ndarray]:
    """Way and speed every ``STEP_S``: sections with a speed of their own, stops between some of them."""
    stops_m = np.sort(rng.uniform(0.1, 0.9, STOPS)) * length_m
    borders, speeds = [0.0], []
    while borders[-1] < length_m:
        speeds.append(rng.uniform(*CRUISE_M_S))
        borders.append(borders[-1] + rng.uniform(*SECTION_M))
    x, v, rest = 0.0, 0.0, 0.0
    stops = list(stops_m)
    way, speed = [0.0], [0.0]
    while x < length_m:
        wanted = speeds[int(np.searchsorted(borders, x, side="right")) - 1]
        if rest > 0.0:
            rest -= STEP_S
            wanted = 0.0
        elif stops and x + v * v / (2.0 * ACCELERATION_M_S2) >= stops[0]:
            wanted = 0.0
            if v < 1e-3:
                stops.pop(0)
                rest = rng.uniform(*STOP_S)
        v += float(np.clip(wanted - v, -ACCELERATION_M_S2 * STEP_S, ACCELERATION_M_S2 * STEP_S))
        x += v * STEP_S
        way.append(x)
        speed.append(v)
    way[-1] = length_m
    return np.array(way), np.array(speed)
