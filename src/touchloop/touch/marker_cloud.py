"""Marker fields as drivers publish them: the content of a sensor_msgs/PointCloud2.

Two layouts are known, told apart by the names of their fields; other fields beside them are passed over.

- x, y, dx, dy: places and displacements, as touchloop's own nodes publish them;
- marker_location_x, marker_location_y, marker_offset_x, marker_offset_y: the publishers of the official code of
  Reactive Diffusion Policy (arXiv 2503.02881). Places are those at rest, both are shares of the picture's width and
  height, and the message's width, height and row_step stay 0.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from touchloop.errors import InputError

LAYOUTS = (
    ("x", "y", "dx", "dy"),
    ("marker_location_x", "marker_location_y", "marker_offset_x", "marker_offset_y"),
)
FEWEST, MOST = 4, 10_000
_TYPES = {7: "f4", 8: "f8"}
"""FLOAT32, FLOAT64 of sensor_msgs/PointField."""


class CloudField(NamedTuple):
    """One field of a point, as in sensor_msgs/PointField."""

    name: str
    offset: int
    datatype: int


def read_marker_cloud(fields: Sequence[CloudField], point_step: int, big_endian: bool, data: memoryview) -> np.ndarray:
    """Places and displacements (N, 4) float64 in the message's unit and order; points that are not finite are left out.

    Raises:
        InputError: the fields are not there, the bytes do not fit, or there are too few points.
    """
    by_name = {field.name: field for field in fields}
    names = next((layout for layout in LAYOUTS if all(name in by_name for name in layout)), None)
    if names is None:
        known = " or ".join(", ".join(layout) for layout in LAYOUTS)
        raise InputError(f"its fields are {', '.join(by_name) or 'none'}; expected {known}")
    order = ">" if big_endian else "<"
    for name in names:
        field = by_name[name]
        if field.datatype not in _TYPES:
            raise InputError(f"field {name} has datatype {field.datatype}; expected 7 (FLOAT32) or 8 (FLOAT64)")
        if not 0 <= field.offset <= point_step - int(_TYPES[field.datatype][1]):
            raise InputError(f"field {name} at byte {field.offset} is not within a point of {point_step} bytes")
    if len(data) % point_step:
        raise InputError(f"{len(data)} bytes are no whole number of points of {point_step}")
    types = np.dtype(
        {
            "names": list(names),
            "formats": [order + _TYPES[by_name[name].datatype] for name in names],
            "offsets": [by_name[name].offset for name in names],
            "itemsize": point_step,
        }
    )
    points = np.frombuffer(data, types)
    if len(points) > MOST:
        raise InputError(f"{len(points)} points; expected at most {MOST}")
    out = np.stack([points[name].astype(np.float64) for name in names], axis=1)
    out = out[np.isfinite(out).all(axis=1)]
    if len(out) < FEWEST:
        raise InputError(f"{len(out)} finite points; expected at least {FEWEST}")
    return out
