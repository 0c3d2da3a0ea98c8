"""Messages whose layout never changes: marker fields and pictures, made once and read straight from their bytes."""

import numpy as np
from sensor_msgs.msg import Image, PointCloud2, PointField
from std_msgs.msg import Header

from touchloop.errors import InputError
from touchloop_nodes.cdr import Template
from touchloop_nodes.conversions import ArmFrames

MARKERS = 63
MARKER_FIELDS = ("x", "y", "dx", "dy")
WRIST_SIZE = 128


def marker_cloud(frame: str) -> PointCloud2:
    """The message of a marker field, with empty data."""
    fields = [
        PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
        for i, name in enumerate(MARKER_FIELDS)
    ]
    step = 4 * len(fields)
    return PointCloud2(
        header=Header(frame_id=frame),
        height=1,
        width=MARKERS,
        fields=fields,
        point_step=step,
        row_step=step * MARKERS,
        data=bytes(step * MARKERS),
        is_dense=True,
    )


def picture_message(frame: str, width: int, height: int) -> Image:
    """The message of an rgb8 picture, black."""
    return Image(
        header=Header(frame_id=frame),
        width=width,
        height=height,
        encoding="rgb8",
        step=3 * width,
        data=bytes(3 * width * height),
    )


class FixedLayoutReader:
    """Reads the data of serialised messages that differ from a known one only in stamp and data.

    Args:
        message: the known one.
        data_size: bytes of its data.
        behind: bytes behind the data.
    """

    def __init__(self, what: str, message: PointCloud2 | Image, data_size: int, behind: int) -> None:
        template = bytes(Template(message).stamped(0))
        self._what = what
        self._length = len(template)
        self.data_offset = len(template) - behind - data_size
        self._fixed = template[12 : self.data_offset]

    def check(self, data: bytes) -> None:
        """Raises InputError if the message is of another layout."""
        # DDS fills a message up to a multiple of 4 bytes.
        if not 0 <= len(data) - self._length < 4 or data[12 : self.data_offset] != self._fixed:
            raise InputError(f"its layout is not that of {self._what}")


class MarkerReader:
    """Reads one arm's marker fields."""

    def __init__(self, frames: ArmFrames) -> None:
        what = f"{MARKERS} points of float32 {', '.join(MARKER_FIELDS)} in frame {frames.tcp}"
        self._layout = FixedLayoutReader(what, marker_cloud(frames.tcp), 16 * MARKERS, 1)

    def displacements(self, data: bytes) -> np.ndarray:
        """(63, 2) float32 [m] of a serialised marker field; InputError for another layout."""
        self._layout.check(data)
        field = np.frombuffer(data, "<f4", 4 * MARKERS, self._layout.data_offset).reshape(MARKERS, 4)
        return np.ascontiguousarray(field[:, 2:])


class WristReader:
    """Reads one arm's wrist pictures."""

    def __init__(self, frames: ArmFrames) -> None:
        message = picture_message(frames.wrist_camera, WRIST_SIZE, WRIST_SIZE)
        what = f"rgb8 {WRIST_SIZE} x {WRIST_SIZE} in frame {frames.wrist_camera}"
        self._layout = FixedLayoutReader(what, message, 3 * WRIST_SIZE * WRIST_SIZE, 0)

    def picture(self, data: bytes) -> np.ndarray:
        """(128, 128, 3) uint8 of a serialised picture; InputError for another layout."""
        self._layout.check(data)
        pixels = np.frombuffer(data, np.uint8, 3 * WRIST_SIZE * WRIST_SIZE, self._layout.data_offset)
        return pixels.reshape(WRIST_SIZE, WRIST_SIZE, 3)
