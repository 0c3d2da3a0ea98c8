"""The bytes of a picture message as an array."""

from typing import Any

import numpy as np

from touchloop.errors import InputError

ENCODINGS = {"rgb8": 3, "bgr8": 3, "mono8": 1}


def rgb_of(data: Any, height: int, width: int, step: int, encoding: str) -> np.ndarray:
    """The bytes of a sensor_msgs/Image as RGB (h, w, 3).

    Raises:
        InputError: an encoding that is not known, or too few bytes.
    """
    if encoding not in ENCODINGS:
        raise InputError(f"pictures are {encoding}; expected one of {', '.join(ENCODINGS)}")
    channels = ENCODINGS[encoding]
    flat = np.frombuffer(bytes(data), np.uint8)
    if len(flat) < height * step or step < width * channels:
        raise InputError(f"a picture of {width} x {height} has {len(flat)} bytes, {step} a row: it is damaged")
    rows = flat[: height * step].reshape(height, step)[:, : width * channels].reshape(height, width, channels)
    if channels == 1:
        return np.repeat(rows, 3, axis=2)
    return np.ascontiguousarray(rows[:, :, ::-1]) if encoding == "bgr8" else rows.copy()
