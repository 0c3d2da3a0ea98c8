"""Pictures with their truth on disk, made once: plain arrays, the pictures as a memory map."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchloop.errors import InputError
from touchloop.monitor.vlm.facts import LANDMARKS, MOVABLE, NAMES
from touchloop.monitor.vlm.look import CAMERA, COLOURED, Looks, Onlooker
from touchloop.monitor.vlm.states import StateMaker
from touchloop.tasks.workbench.bench import Workbench

PER_SCENE = 7
"""Pictures of one bench; questions about changes compare two of them."""
TRAINED_TURN_RAD, TRAINED_SHIFT_M = np.radians(2.0), 0.02
HELD_OUT_TURN_RAD, HELD_OUT_SHIFT_M = np.radians(3.0), 0.03
TRAINED_BRIGHTNESS, HELD_OUT_BRIGHTNESS = (0.75, 1.0), (0.60, 0.75)
HELD_OUT_LIGHT_Z = (0.6, 1.0)
"""The bench's own lights stand higher."""
HELD_OUT_HUES = (
    (0.95, 0.55, 0.70),
    (0.65, 0.85, 0.10),
    (0.10, 0.12, 0.40),
    (0.45, 0.27, 0.10),
    (0.50, 0.75, 0.95),
    (0.50, 0.50, 0.15),
    (0.50, 0.05, 0.15),
)
"""No object of any bench has one of these colours: pink, lime, navy, brown, sky, olive, maroon."""
RECOLOURED, APART = 0.6, 0.2
"""Share of training benches in colours of their own, and how far these stay from each held-out one."""
VERSION = 2


@dataclass(frozen=True, slots=True)
class Pictures:
    """What was made. Rows i * per_scene to (i + 1) * per_scene show the same bench."""

    pictures: np.ndarray
    """(n, 480, 640, 3) uint8"""
    codes: np.ndarray
    """(n, facts)"""
    pixels: np.ndarray
    """(n, landmarks, 2), NaN outside the picture"""
    positions: np.ndarray
    """(n, movable, 3) [m]"""
    per_scene: int

    @property
    def scenes(self) -> int:
        """How many benches."""
        return len(self.codes) // self.per_scene


def trained_looks(rng: np.random.Generator) -> Looks:
    """As in training."""
    return Looks(
        rng.uniform(-TRAINED_SHIFT_M, TRAINED_SHIFT_M, size=3),
        rng.uniform(-TRAINED_TURN_RAD, TRAINED_TURN_RAD, size=3),
        float(rng.uniform(*TRAINED_BRIGHTNESS)),
        rgb={shape: _colour(rng) for shape in COLOURED.values()} if rng.random() < RECOLOURED else {},
    )


def _colour(rng: np.random.Generator) -> tuple[float, float, float]:
    """Any that is not like a held-out one."""
    while True:
        colour = rng.uniform(0.0, 1.0, size=3)
        if np.linalg.norm(np.array(HELD_OUT_HUES) - colour, axis=1).min() > APART:
            red, green, blue = (float(v) for v in colour)
            return red, green, blue


def held_out_looks(rng: np.random.Generator) -> Looks:
    """Colours, camera mounting and light that training never shows."""
    turn = rng.uniform(-TRAINED_TURN_RAD, TRAINED_TURN_RAD, size=3)
    shift = rng.uniform(-TRAINED_SHIFT_M, TRAINED_SHIFT_M, size=3)
    axis, other = int(rng.integers(3)), int(rng.integers(3))
    turn[axis] = rng.choice([-1.0, 1.0]) * rng.uniform(TRAINED_TURN_RAD, HELD_OUT_TURN_RAD)
    shift[other] = rng.choice([-1.0, 1.0]) * rng.uniform(TRAINED_SHIFT_M, HELD_OUT_SHIFT_M)
    azimuth = float(rng.uniform(-np.pi, np.pi))
    light = (float(np.cos(azimuth)), float(np.sin(azimuth)), float(rng.uniform(*HELD_OUT_LIGHT_Z)))
    hues = [HELD_OUT_HUES[i] for i in rng.permutation(len(HELD_OUT_HUES))]
    rgb = dict(zip(COLOURED.values(), hues, strict=False))
    return Looks(shift, turn, float(rng.uniform(*HELD_OUT_BRIGHTNESS)), light, rgb)


def make_pictures(
    folder: Path,
    first_seed: int,
    scenes: int,
    held_out: bool,
    report: Callable[[int], None] = lambda _: None,
) -> Pictures:
    """Renders pictures of ``scenes`` benches from ``first_seed`` on, or reads them if the folder has them already."""
    about = {
        "version": VERSION,
        "first_seed": first_seed,
        "scenes": scenes,
        "per_scene": PER_SCENE,
        "held_out": held_out,
    }
    card = folder / "pictures.json"
    if card.is_file() and json.loads(card.read_text()) == about:
        return read_pictures(folder)
    folder.mkdir(parents=True, exist_ok=True)
    count = scenes * PER_SCENE
    shape = (count, CAMERA.height, CAMERA.width, 3)
    pictures = np.lib.format.open_memmap(folder / "pictures.npy", "w+", np.uint8, shape)
    codes = np.zeros((count, len(NAMES)), np.int64)
    pixels = np.zeros((count, len(LANDMARKS), 2), np.float32)
    positions = np.zeros((count, len(MOVABLE), 3), np.float32)
    onlooker = Onlooker()
    try:
        with Workbench() as bench:
            for scene in range(scenes):
                rng = np.random.default_rng([first_seed + scene, 17])
                bench.reset(first_seed + scene)
                looks = held_out_looks(rng) if held_out else trained_looks(rng)
                maker = StateMaker(bench, rng)
                for k in range(PER_SCENE):
                    # Mostly small steps, so that little differs between two pictures.
                    if k == 0 or rng.random() < 0.35:
                        maker.shuffle()
                    else:
                        maker.change_one()
                    row = scene * PER_SCENE + k
                    pictures[row], seen = onlooker.look(bench, looks)
                    codes[row], pixels[row], positions[row] = seen.codes(), seen.pixels, seen.positions
                report(scene + 1)
    finally:
        onlooker.close()
    pictures.flush()
    for name, array in (("codes", codes), ("pixels", pixels), ("positions", positions)):
        np.save(folder / f"{name}.npy", array)
    card.write_text(json.dumps(about))
    return read_pictures(folder)


def read_pictures(folder: Path) -> Pictures:
    """What ``make_pictures`` wrote.

    Raises:
        InputError: the folder has none.
    """
    card = folder / "pictures.json"
    if not card.is_file():
        raise InputError(f"{folder}: no pictures here (pictures.json is missing)")
    codes, pixels, positions = (
        np.load(folder / f"{name}.npy", allow_pickle=False) for name in ("codes", "pixels", "positions")
    )
    pictures = np.load(folder / "pictures.npy", mmap_mode="r", allow_pickle=False)
    return Pictures(pictures, codes, pixels, positions, int(json.loads(card.read_text())["per_scene"]))
