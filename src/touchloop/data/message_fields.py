"""From fields of ROS messages, live or from a bag, to arrays. The library knows no ROS: any object with them does."""

from typing import Any

import numpy as np

from touchloop.errors import InputError
from touchloop.robots.camera_feed import CameraFeed
from touchloop.robots.config_sensors import Camera
from touchloop.robots.picture_decoding import decoded
from touchloop.sim.tactile import rest_positions
from touchloop.touch.marker_cloud import CloudField, read_marker_cloud

WRIST_SIZE = (128, 128)
"""Columns and rows of the pictures that policies learn from."""
MARKER_PLACE_M = 1e-5
"""Markers must lie this near to where the policies' lie."""
_WRIST = CameraFeed(Camera(topic="camera/wrist/image_raw", size=WRIST_SIZE))


def nanoseconds_of(time: Any) -> int:
    """Of a builtin_interfaces/Time."""
    return time.sec * 1_000_000_000 + time.nanosec


def pose_of(pose: Any) -> np.ndarray:
    """A geometry_msgs/Pose as (7,)."""
    p, q = pose.position, pose.orientation
    return np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w])


def twist_of(twist: Any) -> np.ndarray:
    """A geometry_msgs/Twist as (6,): linear [m/s], then angular [rad/s]."""
    return np.array([*_xyz(twist.linear), *_xyz(twist.angular)])


def wrench_of(wrench: Any) -> np.ndarray:
    """A geometry_msgs/Wrench as (6,): force [N], then torque [N m]."""
    return np.array([*_xyz(wrench.force), *_xyz(wrench.torque)])


def markers_of(cloud: Any) -> np.ndarray:
    """Displacements (63, 2) float32 [m] of a sensor_msgs/PointCloud2 as world and tactile_adapter publish it.

    Raises:
        InputError: another layout, number or order of markers, or points that are not finite.
    """
    fields = [CloudField(field.name, field.offset, field.datatype) for field in cloud.fields]
    field = read_marker_cloud(fields, cloud.point_step, bool(cloud.is_bigendian), memoryview(cloud.data))
    places = rest_positions()
    if len(field) != len(places):
        raise InputError(
            f"{len(field)} finite markers; expected {len(places)}, as tactile_adapter publishes: record its topic"
        )
    if not np.abs(field[:, :2] - places).max() <= MARKER_PLACE_M:
        raise InputError("markers lie elsewhere than the policies'; record what tactile_adapter publishes")
    return field[:, 2:].astype(np.float32)


def wrist_of(image: Any) -> np.ndarray:
    """(128, 128, 3) uint8 rgb of a sensor_msgs/Image: its middle, scaled.

    Raises:
        InputError: an unknown encoding, or bytes that do not fit.
    """
    data = memoryview(image.data)
    rgb = decoded(data, image.encoding, image.width, image.height, image.step, bool(image.is_bigendian))
    return rgb if rgb.shape[1::-1] == WRIST_SIZE else _WRIST.picture(rgb)


def _xyz(vector: Any) -> tuple[float, float, float]:
    return vector.x, vector.y, vector.z
