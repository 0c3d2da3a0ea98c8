"""Recorded pictures out of a bag, and pictures into a page."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from touchloop.data.bag_reader import BagReader
from touchloop.errors import InputError
from touchloop.report.recording import Picture

_NEAR_NS = 1_000_000_000
_CHANNELS = {"rgb8": 3, "bgr8": 3, "mono8": 1}


def read_pictures(bags: Sequence[Path], wanted: Mapping[str, Sequence[Picture]]) -> dict[tuple[str, int], np.ndarray]:
    """Decodes some pictures of some topics, in one opening of the bag.

    Returns:
        (height, width, 3) uint8 RGB by topic and stamp. Pictures that are damaged or of another encoding are left out.
    """
    found: dict[tuple[str, int], np.ndarray] = {}
    if not any(wanted.values()):
        return found
    with BagReader(bags) as bag:
        for topic, pictures in wanted.items():
            stamp_of = bag.stamp_reader(topic)
            stamps = {picture.stamp_ns for picture in pictures}
            for start_ns, stop_ns in _windows(pictures):
                try:
                    for message in bag.messages([topic], start_ns, stop_ns):
                        stamp_ns = stamp_of(message.data) or message.time_ns
                        if stamp_ns in stamps and (rgb := _rgb(bag.decode(message))) is not None:
                            found[topic, stamp_ns] = rgb
                except InputError:
                    # A damaged place in the bag, which the report names elsewhere; other pictures may be whole.
                    continue
    return found


def _windows(pictures: Sequence[Picture]) -> list[tuple[int, int]]:
    """Log times to read from and to: one window for pictures that follow each other closely."""
    windows: list[tuple[int, int]] = []
    for log_ns in sorted(picture.log_ns for picture in pictures):
        if windows and log_ns - windows[-1][1] < _NEAR_NS:
            windows[-1] = (windows[-1][0], log_ns + 1)
        else:
            windows.append((log_ns, log_ns + 1))
    return windows


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
