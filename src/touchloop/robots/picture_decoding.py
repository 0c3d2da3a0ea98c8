"""From the bytes of a ROS picture to rgb pixels, for the encodings that cameras' drivers send.

Names are those of sensor_msgs/image_encodings.hpp and of OpenCV's types (REP 118 for compressed ones).
"""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.errors import InputError

LARGEST_SIDE = 8192


@dataclass(frozen=True, slots=True)
class _Encoding:
    channels: int
    wide: bool
    """16 bits a channel; the upper 8 go on."""
    to_rgb: Callable[[np.ndarray], np.ndarray]


def _by(code: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda pixels: cv2.cvtColor(pixels, code)


def _same(pixels: np.ndarray) -> np.ndarray:
    return pixels


def _encodings() -> dict[str, _Encoding]:
    found = {}
    # OpenCV names a mosaic after its second row, so its BG is ROS's rggb.
    mosaics = {
        "rggb": cv2.COLOR_BayerBG2RGB,
        "bggr": cv2.COLOR_BayerRG2RGB,
        "gbrg": cv2.COLOR_BayerGR2RGB,
        "grbg": cv2.COLOR_BayerGB2RGB,
    }
    for name, code in mosaics.items():
        found |= {f"bayer_{name}8": _Encoding(1, False, _by(code)), f"bayer_{name}16": _Encoding(1, True, _by(code))}
    for names, channels, code in (
        (("rgb",), 3, None),
        (("bgr",), 3, cv2.COLOR_BGR2RGB),
        (("rgba",), 4, cv2.COLOR_RGBA2RGB),
        (("bgra",), 4, cv2.COLOR_BGRA2RGB),
        (("mono",), 1, cv2.COLOR_GRAY2RGB),
    ):
        to_rgb = _same if code is None else _by(code)
        for name in names:
            found |= {f"{name}8": _Encoding(channels, False, to_rgb), f"{name}16": _Encoding(channels, True, to_rgb)}
    found |= {"8UC1": found["mono8"], "8UC3": found["bgr8"], "8UC4": found["bgra8"], "16UC1": found["mono16"]}
    uyvy, yuyv = _Encoding(2, False, _by(cv2.COLOR_YUV2RGB_UYVY)), _Encoding(2, False, _by(cv2.COLOR_YUV2RGB_YUYV))
    return found | {"uyvy": uyvy, "yuv422": uyvy, "yuyv": yuyv, "yuv422_yuy2": yuyv}


ENCODINGS = _encodings()
_TWO_PLANES = {"nv12": cv2.COLOR_YUV2RGB_NV12, "nv21": cv2.COLOR_YUV2RGB_NV21}


def decoded(data: memoryview, encoding: str, width: int, height: int, step: int, big_endian: bool) -> np.ndarray:
    """(height, width, 3) uint8 rgb of a sensor_msgs/Image's content.

    Raises:
        InputError: an unknown encoding, an empty picture, or a step or length that does not fit.
    """
    if width < 1 or height < 1:
        raise InputError(f"picture is empty: {width} x {height} pixels")
    if max(width, height) > LARGEST_SIDE:
        raise InputError(f"picture is {width} x {height}; expected at most {LARGEST_SIDE} pixels a side")
    name = encoding.lower() if encoding not in ENCODINGS else encoding
    if name in _TWO_PLANES:
        return _of_two_planes(data, name, width, height, step)
    if name not in ENCODINGS:
        known = ", ".join(sorted([*ENCODINGS, *_TWO_PLANES]))
        raise InputError(f"encoding '{encoding}' is unknown; it can be: {known}")
    kind = ENCODINGS[name]
    row = width * kind.channels * (2 if kind.wide else 1)
    if step < row:
        raise InputError(f"step is {step} bytes; a row of {width} pixels in {encoding} has {row}")
    _need(len(data), step * (height - 1) + row, step * height, encoding)
    rows = np.lib.stride_tricks.as_strided(np.frombuffer(data, np.uint8), (height, row), (step, 1), writeable=False)
    pixels = np.ascontiguousarray(rows).reshape(height, width, -1)
    if kind.wide:
        pixels = pixels[:, :, 0 if big_endian else 1 :: 2]
    pixels = np.ascontiguousarray(pixels if pixels.shape[2] > 1 else pixels[:, :, 0])
    if kind.channels == 2 and width % 2:
        raise InputError(f"{encoding} has pairs of pixels; {width} columns are an odd number")
    return kind.to_rgb(pixels)


def decompressed(data: memoryview) -> np.ndarray:
    """(H, W, 3) uint8 rgb of a sensor_msgs/CompressedImage's content: JPEG, PNG and whatever OpenCV reads.

    Raises:
        InputError: it cannot be read.
    """
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if len(data) else None
    if pixels is None:
        raise InputError(f"a compressed picture of {len(data)} bytes cannot be read; expected JPEG or PNG")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


def _of_two_planes(data: memoryview, name: str, width: int, height: int, step: int) -> np.ndarray:
    if width % 2 or height % 2:
        raise InputError(f"{name} has squares of four pixels; {width} x {height} has an odd side")
    if step < width:
        raise InputError(f"step is {step} bytes; a row of {width} pixels in {name} has {width}")
    rows = 3 * height // 2
    _need(len(data), step * (rows - 1) + width, step * rows, name)
    strided = np.lib.stride_tricks.as_strided(np.frombuffer(data, np.uint8), (rows, width), (step, 1), writeable=False)
    return cv2.cvtColor(np.ascontiguousarray(strided), _TWO_PLANES[name])


def _need(length: int, least: int, most: int, encoding: str) -> None:
    if not least <= length <= most:
        raise InputError(f"picture has {length} bytes; its size, step and encoding {encoding} make {most}")
