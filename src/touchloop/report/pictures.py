"""Recorded pictures out of a bag, and pictures into a page."""

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from touchloop.data.bag_reader import BagReader
from touchloop.errors import InputError
from touchloop.report.recording import Picture

_CHANNELS = {"rgb8": 3, "bgr8": 3, "mono8": 1}


def read_pictures(bags: Sequence[Path], topic: str, pictures: Sequence[Picture]) -> dict[int, np.ndarray]:
    """Decodes the named pictures: (height, width, 3) uint8 RGB by stamp. Pictures that are damaged are left out."""
    found: dict[int, np.ndarray] = {}
    wanted = {picture.stamp_ns for picture in pictures}
    if not wanted:
        return found
    logs = [picture.log_ns for picture in pictures]
    with BagReader(bags) as bag:
        stamp_of = bag.stamp_reader(topic)
        try:
            for message in bag.messages([topic], min(logs), max(logs) + 1):
                stamp_ns = stamp_of(message.data) or message.time_ns
                if stamp_ns in wanted:
                    rgb = _rgb(bag.decode(message))
                    found.update({stamp_ns: rgb} if rgb is not None else {})
        except InputError:
            # The rest of a damaged bag: what was read so far counts, and the report names the damage itself.
            return found
    return found


def jpeg_uri(rgb: np.ndarray, quality: int = 88) -> str:
    """A picture (h, w, 3) uint8 RGB as data URI."""
    return _uri(".jpg", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality], "image/jpeg")


def png_uri(rgba: np.ndarray) -> str:
    """A picture (h, w, 4) uint8 RGBA as data URI."""
    return _uri(".png", cv2.cvtColor(rgba, cv2.COLOR_RGBA2BGRA), [cv2.IMWRITE_PNG_COMPRESSION, 9], "image/png")


def _uri(suffix: str, bgr: np.ndarray, options: list[int], mime: str) -> str:
    _, data = cv2.imencode(suffix, bgr, options)
    return f"data:{mime};base64,{base64.b64encode(data.tobytes()).decode()}"


def _rgb(message: Any) -> np.ndarray | None:
    channels = _CHANNELS.get(message.encoding)
    data = np.asarray(message.data, np.uint8)
    if channels is None or message.step < message.width * channels or len(data) < message.step * message.height:
        return None
    rows = data[: message.step * message.height].reshape(message.height, message.step)
    rgb = rows[:, : message.width * channels].reshape(message.height, message.width, channels)
    if channels == 1:
        rgb = np.repeat(rgb, 3, axis=2)
    return np.ascontiguousarray(rgb[:, :, ::-1] if message.encoding == "bgr8" else rgb)
