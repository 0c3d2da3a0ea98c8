"""What was captured for a calibration, as a folder that can be looked into, mended by hand and evaluated again.

``poses.yaml`` lists poses with what was measured there; pictures lie beside it; a step test's streams are in
``streams.npz``.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import yaml
from pydantic import TypeAdapter, ValidationError

from touchloop.calibration.streams import Stream
from touchloop.calibration.touch_sample import TouchSample
from touchloop.errors import InputError
from touchloop.robots.config_types import STRICT, Pose, Six, check_pose

POSES, STREAMS = "poses.yaml", "streams.npz"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One pose: of the tool with a wrench, or of the tip with a picture."""

    __pydantic_config__ = STRICT
    name: str = ""
    tcp_in_base: Pose | None = None
    wrench: Six | None = None
    tip_in_base: Pose | None = None
    picture: str = ""
    """File beside ``poses.yaml``."""

    def __post_init__(self) -> None:
        for key in ("tcp_in_base", "tip_in_base"):
            pose = getattr(self, key)
            if pose is not None:
                check_pose(key, pose)


@dataclass(frozen=True, kw_only=True)
class CameraInfo:
    """As sensor_msgs/CameraInfo."""

    __pydantic_config__ = STRICT
    k: tuple[float, ...]
    d: tuple[float, ...] = ()
    distortion_model: str = "plumb_bob"


@dataclass(frozen=True, kw_only=True)
class Capture:
    """Content of ``poses.yaml``."""

    __pydantic_config__ = STRICT
    poses: list[Entry] = field(default_factory=list)
    camera: CameraInfo | None = None

    def touches(self) -> list[TouchSample]:
        """Poses with wrenches."""
        return [
            TouchSample(entry.name or f"pose {k + 1}", np.array(entry.tcp_in_base), np.array(entry.wrench))
            for k, entry in enumerate(self.poses)
            if entry.tcp_in_base is not None and entry.wrench is not None
        ]


def read_capture(folder: Path) -> Capture:
    """Reads ``poses.yaml``.

    Raises:
        InputError: no folder, no such file, or what it says is not valid.
    """
    path = folder / POSES
    if not path.is_file():
        there = ", ".join(sorted(file.name for file in folder.iterdir())[:8]) if folder.is_dir() else ""
        found = f"it has: {there}" if there else "it is empty" if folder.is_dir() else "there is no such folder"
        raise InputError(f"{folder} has no {POSES}; {found}")
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TypeAdapter(Capture).validate_python(content)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, f['loc'])) or 'file'}: {f['msg'].removeprefix('Value error, ')}"
            for f in error.errors()
        ]
        raise InputError(f"{path}: {'; '.join(faults[:5])}") from error


def write_touches(folder: Path, samples: Sequence[TouchSample]) -> None:
    """Writes poses with wrenches."""
    entries = [{"name": s.name, "tcp_in_base": _rounded(s.tcp_in_base), "wrench": _rounded(s.wrench)} for s in samples]
    _write(folder, {"poses": entries})


def write_pictures(
    folder: Path, views: Sequence[tuple[np.ndarray, np.ndarray]], camera: Mapping[str, object] | None
) -> None:
    """Writes pictures (h, w, 3) RGB with the tip's pose (7,) at each, and the camera's info where there is one."""
    folder.mkdir(parents=True, exist_ok=True)
    entries = []
    for k, (picture, tip) in enumerate(views):
        name = f"{k:03d}.png"
        cv2.imwrite(str(folder / name), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        entries.append({"picture": name, "tip_in_base": _rounded(tip)})
    _write(folder, {"poses": entries} | ({"camera": dict(camera)} if camera else {}))


def read_picture(path: Path) -> np.ndarray:
    """A picture (h, w) in grey.

    Raises:
        InputError: there is none.
    """
    picture = cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) if path.is_file() else None
    if picture is None:
        raise InputError(f"{path} is no picture that can be read")
    return np.asarray(picture)


def write_streams(folder: Path, streams: Mapping[str, Stream]) -> None:
    """Writes a step test's streams."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for name, stream in streams.items():
        arrays |= {f"{name}/arrivals_s": stream.arrivals_s, f"{name}/stamps_s": stream.stamps_s}
        arrays[f"{name}/values"] = stream.values
    np.savez_compressed(folder / STREAMS, **arrays)


def read_streams(folder: Path) -> dict[str, Stream]:
    """Reads a step test's streams.

    Raises:
        InputError: there are none, or they are damaged.
    """
    path = folder / STREAMS
    if not path.is_file():
        raise InputError(f"{folder} has no {STREAMS}")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            names = sorted({key.partition("/")[0] for key in arrays.files})
            parts = ("arrivals_s", "stamps_s", "values")
            return {name: Stream(*(arrays[f"{name}/{part}"] for part in parts)) for name in names}
    except (OSError, ValueError, KeyError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _write(folder: Path, content: Mapping[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump(dict(content), sort_keys=False, default_flow_style=None, width=200)
    (folder / POSES).write_text(text, encoding="utf-8")


def _rounded(values: np.ndarray) -> list[float]:
    return [round(float(value), 7) for value in values]
