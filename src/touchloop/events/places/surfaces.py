"""How the corridor's walls, floor and ceiling look: seeded reflectances, with things that repeat as in buildings."""

from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.errors import InputError

TEXEL_M = 0.02
WIDTH_M = 2.4
HEIGHT_M = 2.6
START_M = -4.0
"""The corridor is built a little further than it is driven: ahead one always sees some of it."""
BEYOND_M = 22.0
DOOR_PITCH_M = 5.4
PILLAR_PITCH_M = 7.2
LAMP_PITCH_M = 3.6
LAMP_GLOW = 3.0
"""A lamp's panel beside a white surface."""
PLAIN_SHARE = 0.5
"""Of the length: stretches in tones that are near to each other. The rest is as lively as it was painted."""
PLAIN_CONTRAST = (0.5, 0.8)
"""What is left there of the logarithm of contrast."""
STRETCH_M = (5.0, 13.0)
WALL_PAINT, FLOOR_PAINT, CEILING_PAINT = 0.55, 0.35, 0.65
POSTER_DESIGNS = 6
"""Posters are copies of so few designs: what one sees at one place, one sees again elsewhere."""
BRIGHTEST, DARKEST = 0.9, 0.04


@dataclass(frozen=True)
class Corridor:
    """Reflectances of a corridor that runs along x; y points left, z up; its middle is y = 0, its floor z = 0.

    Attributes:
        length_m: what is driven: x from 0 to this.
        left: (n, across) float32, rows along x from ``START_M`` in steps of ``TEXEL_M``, columns up from the floor.
        right: likewise.
        floor: columns from the right wall to the left one.
        ceiling: likewise.
        end: (across, up) the wall at the far end, columns up from the floor, rows from right to left.
    """

    length_m: float
    left: np.ndarray
    right: np.ndarray
    floor: np.ndarray
    ceiling: np.ndarray
    end: np.ndarray

    @property
    def end_m(self) -> float:
        """Where the far wall stands."""
        return self.length_m + BEYOND_M


def make_corridor(seed: int, visit: int = 0, length_m: float = 100.0) -> Corridor:
    """Build one.

    Doors, pillars, lamps and tiles come at regular pitches, posters are copies of a few designs; plates, notice boards,
    pipes, vents, mats and scuffs tell places apart. Between visits some doors stand open or closed, and some loose
    things have been moved, as in a building that is used.

    Args:
        seed: of the building, 0 or more.
        visit: which visit; same seed and visit, same corridor.
        length_m: what is driven, 10 m or more.

    Raises:
        InputError: values out of these.
    """
    if seed < 0 or visit < 0 or not 10.0 <= length_m <= 2000.0:
        raise InputError(
            f"corridor: seed {seed}, visit {visit}, length {length_m} m; expected 0 or more, 0 or more, 10 to 2000 m"
        )
    rng = np.random.default_rng((seed, 1))
    moved = np.random.default_rng((seed, 2, visit))
    designs = [_poster(rng) for _ in range(POSTER_DESIGNS)]
    left, right = (_wall(rng, moved, designs, length_m) for _ in range(2))
    end = _Sheet(WIDTH_M, HEIGHT_M, 0.0, rng, 0.5)
    end.fill(0.7, 1.7, 0.0, 2.05, 0.15)
    floor, ceiling = _floor(rng, moved, length_m), _ceiling(rng, length_m)
    contrast = _contrast(rng, len(left))
    faces = ((left, WALL_PAINT), (right, WALL_PAINT), (floor, FLOOR_PAINT), (ceiling, CEILING_PAINT))
    left, right, floor, ceiling = (_toned(sheet, paint, contrast) for sheet, paint in faces)
    return Corridor(length_m, left, right, floor, ceiling, end.finished())


class _Sheet:
    """A surface that is painted with rectangles, in metres."""

    def __init__(self, along_m: float, across_m: float, start_m: float, rng: np.random.Generator, base: float) -> None:
        shape = (round(along_m / TEXEL_M), round(across_m / TEXEL_M))
        self.start_m = start_m
        self.rng = rng
        stains = rng.standard_normal((shape[0] // 20 + 2, shape[1] // 20 + 2)).astype(np.float32)
        grain = cv2.GaussianBlur(rng.standard_normal(shape).astype(np.float32), (0, 0), 1.2) * 2.0
        wide = cv2.resize(stains, shape[::-1], interpolation=cv2.INTER_CUBIC)
        self.sheet = (base * np.exp(0.05 * wide + 0.02 * grain)).astype(np.float32)

    def part(self, x0: float, x1: float, y0: float, y1: float) -> np.ndarray:
        """The texels of a rectangle; empty where it lies outside."""
        rows = [max(round((x - self.start_m) / TEXEL_M), 0) for x in (x0, x1)]
        columns = [max(round(y / TEXEL_M), 0) for y in (y0, y1)]
        return self.sheet[rows[0] : rows[1], columns[0] : columns[1]]

    def fill(self, x0: float, x1: float, y0: float, y1: float, value: float) -> None:
        """Paint it; the grain beneath stays a little."""
        part = self.part(x0, x1, y0, y1)
        part[:] = value * (0.9 + 0.1 * part / max(float(part.mean()), 1e-3)) if part.size else 0.0

    def shade(self, x0: float, x1: float, y0: float, y1: float, factor: float) -> None:
        """Darken or brighten it."""
        self.part(x0, x1, y0, y1)[:] *= np.float32(factor)

    def paste(self, x0: float, y0: float, picture: np.ndarray) -> None:
        """Lay a picture (texels) on it."""
        part = self.part(x0, x0 + picture.shape[0] * TEXEL_M, y0, y0 + picture.shape[1] * TEXEL_M)
        part[:] = picture[: part.shape[0], : part.shape[1]]

    def finished(self) -> np.ndarray:
        """What was painted."""
        return np.clip(self.sheet, DARKEST, LAMP_GLOW)


def _contrast(rng: np.random.Generator, rows: int) -> np.ndarray:
    """(rows,) share of the logarithm of contrast that is left, lively and plain stretches in turns."""
    along = np.ones(rows, np.float32)
    start = 0
    plain = bool(rng.random() < PLAIN_SHARE)
    while start < rows:
        long_m = rng.uniform(*STRETCH_M) * 2.0 * (PLAIN_SHARE if plain else 1.0 - PLAIN_SHARE)
        stop = start + round(long_m / TEXEL_M)
        if plain:
            along[start:stop] = rng.uniform(*PLAIN_CONTRAST)
        start, plain = stop, not plain
    soft = round(0.5 / TEXEL_M)
    return np.convolve(np.pad(along, soft, mode="edge"), np.ones(2 * soft + 1) / (2 * soft + 1), "valid")


def _toned(sheet: np.ndarray, base: float, contrast: np.ndarray) -> np.ndarray:
    """With less contrast around its paint where there should be; lamps stay as they are."""
    toned = base * (sheet / base) ** contrast[:, None]
    return np.where(sheet >= LAMP_GLOW * 0.8, sheet, toned).astype(np.float32)


def _extent(length_m: float) -> tuple[float, float]:
    return START_M, length_m + BEYOND_M


def _poster(rng: np.random.Generator) -> np.ndarray:
    """Blocks of text and pictures on light paper."""
    along, up = round(rng.uniform(0.5, 1.0) / TEXEL_M), round(rng.uniform(0.6, 1.0) / TEXEL_M)
    sheet = np.full((along, up), rng.uniform(0.6, 0.85), np.float32)
    for _ in range(rng.integers(3, 8)):
        x, y = rng.integers(2, along - 6), rng.integers(2, up - 6)
        sheet[x : x + rng.integers(4, along // 2), y : y + rng.integers(3, up // 2)] = rng.uniform(0.08, 0.8)
    return sheet


def _wall(
    rng: np.random.Generator, moved: np.random.Generator, designs: list[np.ndarray], length_m: float
) -> np.ndarray:
    first, last = _extent(length_m)
    wall = _Sheet(last - first, HEIGHT_M, first, rng, WALL_PAINT * rng.uniform(0.9, 1.1))
    wall.fill(first, last, 0.0, 0.1, 0.18)
    panel_m = rng.choice([0.3, 0.45, 0.6])
    for x in np.arange(first, last, panel_m):
        wall.shade(x, x + panel_m, 0.1, 0.95, np.exp(0.3 * rng.standard_normal()))
        wall.shade(x, x + TEXEL_M, 0.1, 0.95, 0.5)
    wall.fill(first, last, 0.95, 1.0, 0.25)
    for x in np.arange(first, last, PILLAR_PITCH_M):
        wall.shade(x, x + 0.4, 0.1, HEIGHT_M, 1.25)
        wall.shade(x + 0.4, x + 0.46, 0.1, HEIGHT_M, 0.6)
    doors = np.arange(first + rng.uniform(0.5, 3.0), last - 1.5, DOOR_PITCH_M)
    for x in doors:
        _door(wall, x + rng.uniform(-0.25, 0.25), rng, open_now=moved.random() < 0.15)
    x = first + rng.uniform(0.0, 2.0)
    while x < last - 3.0:
        free = np.abs(doors + 0.45 - x - 0.5).min() > 1.05
        if free:
            _thing(wall, x, rng, designs, gone=moved.random() < 0.1)
        x += rng.uniform(0.7, 2.2)
    return wall.finished()


def _door(wall: _Sheet, x: float, rng: np.random.Generator, open_now: bool) -> None:
    """What is drawn from ``rng`` does not depend on ``open_now``: else the rest of the building would."""
    leaf, glazed, plate, shade = rng.choice([0.2, 0.3, 0.42]), rng.random() < 0.3, rng.random() < 0.7, rng.random()
    wall.fill(x - 0.06, x + 0.96, 0.0, 2.11, 0.12)
    wall.fill(x, x + 0.9, 0.0, 2.05, 0.07 if open_now else leaf)
    if not open_now:
        wall.fill(x + 0.78, x + 0.86, 1.0, 1.06, 0.75)
        if glazed:
            wall.fill(x + 0.55, x + 0.75, 1.2, 1.9, 0.8)
    if plate:
        wall.fill(x + 1.05, x + 1.25, 1.45, 1.6, 0.85 if shade < 0.5 else 0.1)


def _thing(wall: _Sheet, x: float, rng: np.random.Generator, designs: list[np.ndarray], gone: bool) -> None:
    """A poster, board, extinguisher, pipe or cabinet. What is drawn from ``rng`` does not depend on ``gone``."""
    kind = rng.choice(5, p=[0.45, 0.15, 0.15, 0.1, 0.15])
    if kind == 0:
        design, height = designs[rng.integers(len(designs))], rng.uniform(1.1, 1.4)
        if not gone:
            wall.paste(x, height, design)
    elif kind == 1:
        wide, tall, low = rng.uniform(0.9, 1.8), rng.uniform(0.7, 1.0), rng.uniform(1.0, 1.3)
        wall.fill(x, x + wide, low, low + tall, 0.3)
        for _ in range(rng.integers(2, 7)):
            a, b = x + rng.uniform(0.05, wide - 0.3), low + rng.uniform(0.05, tall - 0.3)
            wall.fill(a, a + 0.22, b, b + 0.28, rng.uniform(0.5, 0.88))
    elif kind == 2:
        low = rng.uniform(0.7, 1.0)
        if not gone:
            wall.fill(x, x + 0.18, low, low + 0.5, 0.1)
        wall.fill(x - 0.02, x + 0.2, low + 0.65, low + 0.85, 0.85)
    elif kind == 3:
        wall.fill(x, x + 0.12, 0.1, HEIGHT_M, rng.uniform(0.15, 0.85))
    else:
        wide, tall = rng.uniform(0.5, 1.1), rng.uniform(0.8, 1.9)
        value = rng.uniform(0.15, 0.8)
        if not gone:
            wall.fill(x, x + wide, 0.0, tall, value)
            wall.fill(x + wide / 2, x + wide / 2 + 0.02, 0.05, tall - 0.05, 0.08)


def _floor(rng: np.random.Generator, moved: np.random.Generator, length_m: float) -> np.ndarray:
    first, last = _extent(length_m)
    floor = _Sheet(last - first, WIDTH_M, first, rng, FLOOR_PAINT)
    # Terrazzo: chips of a few centimetres.
    chips = rng.standard_normal(floor.sheet.shape).astype(np.float32)
    floor.sheet *= np.exp(0.3 * cv2.GaussianBlur(chips, (0, 0), 1.0))
    for x in np.arange(first, last, 0.6):
        for y in np.arange(0.0, WIDTH_M, 0.6):
            floor.shade(x, x + 0.6, y, y + 0.6, np.exp(0.35 * rng.standard_normal()))
        floor.shade(x, x + TEXEL_M, 0.0, WIDTH_M, 0.5)
    for y in np.arange(0.6, WIDTH_M, 0.6):
        floor.shade(first, last, y, y + TEXEL_M, 0.5)
    for _ in range(round((last - first) / 5.0)):
        x, y = rng.uniform(first, last), rng.uniform(0.0, WIDTH_M - 0.3)
        floor.shade(x, x + rng.uniform(0.1, 0.9), y, y + rng.uniform(0.04, 0.3), rng.uniform(0.6, 1.3))
    for _ in range(round((last - first) / 14.0)):
        x, y = rng.uniform(first, last), rng.uniform(0.1, 1.4)
        floor.fill(x, x + rng.uniform(0.6, 1.4), y, y + rng.uniform(0.5, 0.9), rng.uniform(0.08, 0.2))
    for _ in range(round((last - first) / 20.0)):
        x, y = moved.uniform(first, last), moved.choice([0.05, WIDTH_M - 0.4])
        floor.fill(x, x + 0.35, y, y + 0.35, moved.uniform(0.1, 0.8))
    return floor.finished()


def _ceiling(rng: np.random.Generator, length_m: float) -> np.ndarray:
    first, last = _extent(length_m)
    ceiling = _Sheet(last - first, WIDTH_M, first, rng, CEILING_PAINT)
    for x in np.arange(first, last, 0.6):
        for y in np.arange(0.0, WIDTH_M, 0.6):
            ceiling.shade(x, x + 0.6, y, y + 0.6, np.exp(0.15 * rng.standard_normal()))
        ceiling.shade(x, x + 2 * TEXEL_M, 0.0, WIDTH_M, 0.4)
    for y in np.arange(0.6, WIDTH_M, 0.6):
        ceiling.shade(first, last, y, y + TEXEL_M, 0.6)
    for x in np.arange(first, last, LAMP_PITCH_M):
        ceiling.fill(x, x + 1.2, 1.0, 1.4, LAMP_GLOW)
    for _ in range(round((last - first) / 9.0)):
        x, y = rng.uniform(first, last), rng.choice([0.2, 1.6])
        ceiling.fill(x, x + 0.5, y, y + 0.5, 0.12)
    return ceiling.finished()
