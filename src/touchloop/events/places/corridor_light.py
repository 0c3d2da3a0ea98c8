"""Light in the corridor: three steady levels, and a drive through light that changes with place and time."""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from touchloop.errors import InputError
from touchloop.events.places.surfaces import BEYOND_M, LAMP_PITCH_M, START_M

ENTRIES_A_METRE = 8
FACES = 5
LEVELS_LUX = {"low": 5.0, "medium": 100.0, "high": 3000.0}
DARKEST_LUX, BRIGHTEST_LUX = 2.0, 2000.0
"""Of the changing light: a factor of 1000."""
MOST_LAMP_LUX = 300.0
STRETCHES = (((2.0, 8.0), 0.4), ((50.0, MOST_LAMP_LUX), 0.3), ((500.0, 2000.0), 0.3))
"""Lux of unlit stretches, of lamps, of windows, and how much of the changing light is of each kind. Two of a kind do
not follow each other."""
FLICKER_HZ = 100.0
"""Twice the mains' 50 Hz."""
FLICKER_DEPTH = (0.25, 0.45)
"""Of old fluorescent lamps, (most - least) / (most + least): IEEE 1789-2015 gives about 0.3 to 0.4 for magnetic
ballasts, and near 0 for electronic ones."""
OLD_SHARE = 0.2
"""Of the length that has old lamps. A choice."""
LAMP_STRETCH_M = (12.0, 24.0)
SOFT_M = 0.25
"""Over which one light passes into the next."""
Kind = Literal["low", "medium", "high", "changing"]
KINDS: tuple[Kind, ...] = ("low", "medium", "high", "changing")


@dataclass(frozen=True)
class Switching:
    """A stretch of the corridor whose light is changed for a while.

    Attributes:
        first_m: start of the stretch.
        last_m: its end.
        start_s: when it begins.
        stop_s: when it ends.
        factor: by which its light is multiplied.
    """

    first_m: float
    last_m: float
    start_s: float
    stop_s: float
    factor: float


class CorridorLight:
    """Lux that a white surface sends to the pixels, by face and place.

    ``low``: few lamps are lit, with dark stretches between; ``medium``: all lamps; ``high``: daylight far above them.
    ``changing``: dark stretches, lamps, windows, with abrupt borders, and lamps that are switched while one drives by;
    everything between 2 and 2000 lux.

    Lamps belong to the building: some stretches have new ones with electronic ballasts, others old ones, whose light
    goes up and down a hundred times a second. Daylight does not.
    """

    def __init__(self, kind: str, seed: int, length_m: float, duration_s: float = 60.0) -> None:
        """Set the lamps.

        Args:
            kind: as in ``KINDS``.
            seed: of the building, 0 or more.
            length_m: of the drive.
            duration_s: of the drive; lamps are switched in this time.

        Raises:
            InputError: an unknown kind.
        """
        if kind not in KINDS:
            raise InputError(f"light '{kind}': expected one of {', '.join(KINDS)}")
        rng = np.random.default_rng((seed, 3, KINDS.index(kind)))
        self._x_m = np.arange(START_M, length_m + BEYOND_M, 1.0 / ENTRIES_A_METRE)
        self.depth = _flicker_depth(np.random.default_rng((seed, 5)), self._x_m)
        self.switchings: tuple[Switching, ...] = ()
        day = np.zeros((FACES, len(self._x_m)))
        if kind == "changing":
            lamps, day = _sections(rng, self._x_m)
            self.switchings = _switchings(rng, length_m, duration_s)
        elif kind == "high":
            lamps = _pools(rng, self._x_m, "medium")
            day = _pools(rng, self._x_m, "high")
        else:
            lamps = _pools(rng, self._x_m, kind)
        self._lamps, self._day = lamps.astype(np.float32), day.astype(np.float32)
        self._swing = (self.depth * lamps).astype(np.float32)
        self._stretches = [(self._x_m >= s.first_m) & (self._x_m < s.last_m) for s in self.switchings]
        self._switched = np.ones(len(self._x_m), np.float32)
        self._on: tuple[bool, ...] = ()
        self._now = np.empty_like(self._lamps)

    def lux(self, t_s: float) -> np.ndarray:
        """(FACES, n) float32; the array may be written to by the next call."""
        on = tuple(s.start_s <= t_s < s.stop_s for s in self.switchings)
        if on != self._on:
            self._on = on
            self._switched[:] = 1.0
            for active, switching, where in zip(on, self.switchings, self._stretches, strict=True):
                if active:
                    self._switched[where] *= switching.factor
        np.multiply(self._swing, np.float32(math.sin(2.0 * math.pi * FLICKER_HZ * t_s)), out=self._now)
        self._now += self._lamps
        if self.switchings:
            self._now *= self._switched
            self._now += self._day
            np.clip(self._now, DARKEST_LUX, BRIGHTEST_LUX, out=self._now)
        else:
            self._now += self._day
        return self._now


def _flicker_depth(rng: np.random.Generator, x_m: np.ndarray) -> np.ndarray:
    """(n,) modulation of the lamps' light by place: stretches with old lamps, stretches with new ones."""
    depth = np.zeros(len(x_m))
    start_m, old = x_m[0], bool(rng.random() < OLD_SHARE)
    while start_m < x_m[-1]:
        stop_m = start_m + rng.uniform(*LAMP_STRETCH_M) * 2.0 * (OLD_SHARE if old else 1.0 - OLD_SHARE)
        if old:
            depth[(x_m >= start_m) & (x_m < stop_m)] = rng.uniform(*FLICKER_DEPTH)
        start_m, old = stop_m, not old
    reach = 2 * ENTRIES_A_METRE
    return np.convolve(np.pad(depth, reach, mode="edge"), np.ones(2 * reach + 1) / (2 * reach + 1), "valid")


def _pools(rng: np.random.Generator, x_m: np.ndarray, kind: str) -> np.ndarray:
    """Pools of light under lamps or beside windows; which are lit differs from light to light."""
    lit, depth, reach_m = {"low": (0.35, 0.7, 2.2), "medium": (0.95, 0.3, 1.8), "high": (0.5, 0.5, 3.0)}[kind]
    pools = np.zeros((FACES, len(x_m)))
    for lamp_m in np.arange(START_M + 0.6, x_m[-1], LAMP_PITCH_M):
        strength = rng.uniform(0.7, 1.3) * (rng.random() < lit)
        sides = np.array([1.0, 1.0, 1.2, 0.8, 0.0])
        if kind == "high":
            sides[rng.integers(2)] *= 0.5
        pools += strength * sides[:, None] * np.exp(-(((x_m - lamp_m) / reach_m) ** 2))
    pools /= max(float(pools.mean()), 1e-6)
    return LEVELS_LUX[kind] * (1.0 - depth + depth * pools)


def _sections(rng: np.random.Generator, x_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Light of lamps and of windows, in stretches of 4 to 12 m.

    What is brighter than lamps make it comes through windows.
    """
    log_lux = np.zeros((FACES, len(x_m)))
    start_m, last = x_m[0], -1
    shares = np.array([share for _, share in STRETCHES])
    while start_m < x_m[-1]:
        left = np.where(np.arange(len(STRETCHES)) == last, 0.0, shares)
        kind = int(rng.choice(len(STRETCHES), p=left / left.sum()))
        level = rng.uniform(*np.log(STRETCHES[kind][0]))
        # Walls, floor and ceiling come out of the shadow at slightly different places.
        borders_m = start_m + rng.uniform(-0.5, 0.5, FACES)
        log_lux[x_m[None] >= borders_m[:, None]] = level
        if level > np.log(MOST_LAMP_LUX) and rng.random() < 0.6:
            shaded = rng.integers(2)
            log_lux[shaded, x_m >= borders_m[shaded]] -= np.log(4.0)
        start_m, last = start_m + rng.uniform(4.0, 12.0), kind
    width = max(round(SOFT_M * ENTRIES_A_METRE), 1)
    padded = np.pad(log_lux, ((0, 0), (width, width)), mode="edge")
    soft = np.array([np.convolve(face, np.ones(2 * width + 1) / (2 * width + 1), "valid") for face in padded])
    lux = np.clip(np.exp(soft), DARKEST_LUX, BRIGHTEST_LUX)
    lamps = np.minimum(lux, MOST_LAMP_LUX)
    return lamps, lux - lamps


def _switchings(rng: np.random.Generator, length_m: float, duration_s: float) -> tuple[Switching, ...]:
    """Lamps that go on and off: one about every 8 s, for 2 to 6 s, over a part of the corridor or all of it."""
    found = []
    t_s = rng.uniform(3.0, 6.0)
    while t_s < duration_s:
        whole = rng.random() < 0.5
        first_m = START_M if whole else rng.uniform(0.0, 0.7 * length_m)
        last_m = length_m + BEYOND_M if whole else first_m + rng.uniform(0.2, 0.5) * length_m
        factor = float(np.exp(rng.choice([-1.0, 1.0]) * rng.uniform(np.log(4.0), np.log(60.0))))
        lasts_s = rng.uniform(2.0, 6.0)
        found.append(Switching(first_m, last_m, t_s, t_s + lasts_s, factor))
        t_s += lasts_s + rng.uniform(2.0, 6.0)
    return tuple(found)
