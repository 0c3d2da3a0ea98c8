"""Pictures of drivers, raw or compressed, as rgb pixels."""

from typing import Any

import numpy as np
from sensor_msgs.msg import CompressedImage, Image

from touchloop.robots.picture_decoding import decoded, decompressed


def kind_of(compressed: bool) -> Any:
    """The message type of a picture's topic."""
    return CompressedImage if compressed else Image


def pixels_of(message: Image | CompressedImage) -> np.ndarray:
    """(H, W, 3) uint8 rgb; raises InputError for what is no picture."""
    data = memoryview(message.data)
    if isinstance(message, CompressedImage):
        return decompressed(data)
    return decoded(data, message.encoding, message.width, message.height, message.step, bool(message.is_bigendian))
