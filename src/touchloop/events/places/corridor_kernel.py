"""Ray casting in a straight corridor: every pixel's ray meets a wall, the floor, the ceiling or the far end."""

import numpy as np
from numba import njit

LEFT, RIGHT, FLOOR, CEILING, END = range(5)
FAR_M = 1e6
ONE = np.float32(1.0)
HALF = np.float32(0.5)
ZERO = np.float32(0.0)


@njit(cache=True, inline="always", error_model="numpy")
def _look(
    face: int,
    along_m: np.float32,
    across_m: np.float32,
    place_m: np.float32,
    depth_m: np.float32,
    entries_a_metre: np.float32,
    texels: np.ndarray,
    first: np.ndarray,
    size: np.ndarray,
    scale: np.ndarray,
    light: np.ndarray,
) -> np.float32:
    """Light [lux] from a point of a face."""
    # The bits of a float are a logarithm: whole octaves from the exponent, their halves from the first bit after it.
    # One level is enough: in a corridor a pixel sees nearly the same depth all the way, so levels do not flicker.
    bits = np.float32(max(depth_m, ONE)).view(np.int32)
    level = min((bits >> 22) - 254, first.shape[1] - 1)
    columns = size[face, level, 1]
    x = min(max(along_m * scale[face, level, 0] - HALF, ZERO), np.float32(size[face, level, 0]) - np.float32(1.001))
    y = min(max(across_m * scale[face, level, 1] - HALF, ZERO), np.float32(columns) - np.float32(1.001))
    i, j = np.int32(x), np.int32(y)
    u, v = x - np.float32(i), y - np.float32(j)
    at = first[face, level] + i * columns + j
    upper = texels[at] + (texels[at + 1] - texels[at]) * v
    lower = texels[at + columns] + (texels[at + columns + 1] - texels[at + columns]) * v
    place = min(max(place_m * entries_a_metre, ZERO), np.float32(light.shape[1]) - np.float32(1.001))
    k = np.int32(place)
    lux = light[face, k] + (light[face, k + 1] - light[face, k]) * (place - np.float32(k))
    return (upper + (lower - upper) * u) * lux


@njit(cache=True, error_model="numpy")
def render(
    eye: np.ndarray,
    turn: np.ndarray,
    focal_px: float,
    room: np.ndarray,
    texels: np.ndarray,
    first: np.ndarray,
    size: np.ndarray,
    scale: np.ndarray,
    light: np.ndarray,
    veil: float,
    out: np.ndarray,
) -> None:
    """Light on every pixel; arrays are float32 where not said otherwise.

    Args:
        eye: (3,) position of the camera [m].
        turn: (3, 3) rotation, camera (forward, left, up) to corridor.
        focal_px: focal length; the optical axis goes through the middle of the picture.
        room: start of the surfaces along x, far end, width, height [m], entries of ``light`` a metre.
        texels: all faces' levels.
        first: (5, levels) int32, where each begins.
        size: (5, levels, 2) int32, rows and columns.
        scale: (5, levels, 2) texels a metre.
        light: (5, n) lux that a white surface sends to the pixels, by face and place along x.
        veil: share of the picture's mean that the lens scatters over all pixels.
        out: (height, width), written.
    """
    height, width = out.shape
    half = HALF * room[2]
    start, entries = room[0], room[4]
    x, y, z = eye[0], eye[1], eye[2]
    inverse = np.float32(1.0 / focal_px)
    focal = np.float32(focal_px)
    total = 0.0
    for row in range(height):
        v = (HALF * np.float32(height - 1) - np.float32(row)) * inverse
        for column in range(width):
            u = (HALF * np.float32(width - 1) - np.float32(column)) * inverse
            dx = turn[0, 0] + turn[0, 1] * u + turn[0, 2] * v
            dy = turn[1, 0] + turn[1, 1] * u + turn[1, 2] * v
            dz = turn[2, 0] + turn[2, 1] * u + turn[2, 2] * v
            beside = half - y if dy > ZERO else half + y
            above = room[3] - z if dz > ZERO else z
            side = beside / max(abs(dy), np.float32(1e-9))
            level = above / max(abs(dz), np.float32(1e-9))
            end = (room[1] - x) / dx
            if end < min(side, level):
                lux = _look(
                    END, y + end * dy + half, z + end * dz, x + end * dx - start, end, entries,
                    texels, first, size, scale, light,
                )  # fmt: skip
            else:
                # Over the pixel in which two faces meet both are seen; without this the edge would jump from pixel to
                # pixel. Two faces meet on a straight line through the vanishing point.
                inside_px = focal * (above * abs(dy) - beside * abs(dz)) / np.sqrt(above * above + beside * beside)
                share = min(max(HALF + inside_px, ZERO), ONE)
                lux = ZERO
                if share > ZERO:
                    wall = LEFT if dy > ZERO else RIGHT
                    along = x + side * dx - start
                    lux += share * _look(
                        wall, along, z + side * dz, along, side, entries, texels, first, size, scale, light
                    )
                if share < ONE:
                    flat = CEILING if dz > ZERO else FLOOR
                    along = x + level * dx - start
                    lux += (ONE - share) * _look(
                        flat, along, y + level * dy + half, along, level, entries, texels, first, size, scale, light
                    )
            out[row, column] = lux
            total += lux
    stray = np.float32(veil * total / (height * width))
    for row in range(height):
        for column in range(width):
            out[row, column] += stray
