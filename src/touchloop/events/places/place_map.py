"""A map: what places look like in events, and where they are."""

import json
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from touchloop.errors import InputError
from touchloop.events.places.descriptor import describe, descriptor_size
from touchloop.events.places.frame_filter import USED, signal_share, verdicts

FORMAT = "touchloop event places"
VERSION = 1
SPACING_M = 0.1
"""Places closer than this are not told apart; standing still adds none."""
FIELDS = {"descriptors", "positions_m", "about"}


@dataclass(frozen=True)
class PlaceMap:
    """Places along a way, in the order of their positions.

    Attributes:
        camera: name of the camera that saw them.
        sensor: (width, height) of that camera; descriptors have the size that follows from it.
        descriptors: (N, n) int8.
        positions_m: (N,) float64, rising.

    Raises:
        InputError: arrays that do not belong together.
    """

    camera: str
    sensor: tuple[int, int]
    descriptors: np.ndarray
    positions_m: np.ndarray

    def __post_init__(self) -> None:
        columns, rows = descriptor_size(*self.sensor)
        if self.descriptors.dtype != np.int8 or self.descriptors.shape != (len(self.positions_m), columns * rows):
            raise InputError(
                f"map: descriptors are {self.descriptors.dtype} of shape {self.descriptors.shape}; "
                f"expected int8 ({len(self.positions_m)}, {columns * rows})"
            )
        steps = np.diff(self.positions_m)
        if not len(self.positions_m) or not np.isfinite(self.positions_m).all() or (steps < 0.0).any():
            raise InputError("map: positions must be finite, rising and at least one")

    def __len__(self) -> int:
        return len(self.positions_m)

    def save(self, path: Path) -> Path:
        """Write it as .npz, without pickle. Never leaves half a file.

        Raises:
            InputError: the name does not end in .npz, or its folder does not exist.
        """
        if path.suffix != ".npz" or not path.absolute().parent.is_dir():
            raise InputError(f"map {path}: expected a name that ends in .npz, in a folder that exists")
        about = {"format": FORMAT, "version": VERSION, "camera": self.camera, "sensor": list(self.sensor)}
        part = path.with_name(f"{path.name}.part")
        with part.open("wb") as file:
            np.savez_compressed(
                file,
                descriptors=self.descriptors,
                positions_m=self.positions_m,
                about=np.frombuffer(json.dumps(about).encode(), np.uint8),
            )
        return part.replace(path)

    @staticmethod
    def load(path: Path) -> "PlaceMap":
        """Read one.

        Raises:
            InputError: no such file, damaged, something else, or of a version that this program does not know.
        """
        if not path.is_file():
            raise InputError(f"map {path}: no such file; make one from a bag first")
        try:
            with path.open("rb") as stream, np.load(stream, allow_pickle=False) as file:
                if set(file.files) != FIELDS:
                    raise InputError(f"map {path}: holds {', '.join(file.files)}; expected {', '.join(sorted(FIELDS))}")
                about = json.loads(file["about"].tobytes())
                arrays = file["descriptors"], file["positions_m"].astype(np.float64)
        except (
            ValueError,
            OSError,
            EOFError,
            zipfile.BadZipFile,
            zipfile.LargeZipFile,
            zlib.error,
            TypeError,
        ) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"map {path}: damaged, or no map ({error})") from error
        if not isinstance(about, dict) or about.get("format") != FORMAT:
            raise InputError(f"map {path}: not a map of places; expected format '{FORMAT}'")
        if about.get("version") != VERSION:
            raise InputError(f"map {path}: version {about.get('version')!r}; this program reads version {VERSION}")
        try:
            width, height = (int(n) for n in about["sensor"])
            camera = str(about["camera"])
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(f"map {path}: camera or sensor is missing ({error!r})") from error
        return PlaceMap(camera, (width, height), *arrays)


def make_map(
    frames: Sequence[np.ndarray],
    positions_m: Sequence[float] | np.ndarray,
    camera: str,
    sensor: tuple[int, int] | None = None,
    spacing_m: float = SPACING_M,
) -> PlaceMap:
    """A map from a drive.

    Frames with hardly an event and outliers are left out, then those nearer than ``spacing_m`` to the last one kept.

    Args:
        frames: (2, H, W) counts of 66 ms each.
        positions_m: where each was seen.
        camera: name of the camera.
        sensor: (width, height) that the counts stand for; default their own size.
        spacing_m: least distance of two places.

    Raises:
        InputError: as many positions as frames are needed, all frames of one size, and one usable frame at least.
    """
    places = np.asarray(positions_m, float)
    if len(frames) != len(places) or not len(frames):
        raise InputError(f"map: {len(frames)} frames and {len(places)} positions; expected as many, one at least")
    if any(frame.shape != frames[0].shape for frame in frames) or not np.isfinite(places).all():
        raise InputError("map: expected frames of one size and finite positions")
    reasons = verdicts(np.array([signal_share(frame) for frame in frames]))
    usable = [k for k in np.argsort(places, kind="stable") if reasons[k] == USED]
    return map_of(
        [describe(frames[k], sensor) for k in usable],
        places[usable],
        camera,
        sensor or frames[0].shape[:0:-1],
        spacing_m,
    )


def map_of(
    descriptors: Sequence[np.ndarray],
    positions_m: np.ndarray,
    camera: str,
    sensor: tuple[int, int],
    spacing_m: float = SPACING_M,
) -> PlaceMap:
    """A map from descriptors of usable frames in the order of their positions.

    Raises:
        InputError: there are none.
    """
    kept: list[int] = []
    for k, place in enumerate(positions_m):
        if not kept or place - positions_m[kept[-1]] >= spacing_m:
            kept.append(k)
    if not kept:
        raise InputError("map: no usable frame; was the camera covered, or did it stand still?")
    return PlaceMap(camera, sensor, np.stack([descriptors[k] for k in kept]), np.asarray(positions_m, float)[kept])
