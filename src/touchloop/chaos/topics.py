"""The topics between which the line of a chaos run stands: who sends them, and what their messages look like."""

import struct
from dataclasses import dataclass
from typing import Literal

from touchloop.errors import InputError

Shape = Literal["pose", "wrench", "plan", "markers", "picture", "clock", "hold", "heartbeat"]

SENT = "sent/"
"""Namespace of what was sent and has not passed the line yet."""
_STAMP = struct.Struct("<iI")
_STAMP_AT = 4
_LENGTH = struct.Struct("<I")
_NAN64, _NAN32 = struct.pack("<d", float("nan")), struct.pack("<f", float("nan"))
_NS_PER_S = 1_000_000_000
_DOUBLES = {"pose": 7, "wrench": 6}


@dataclass(frozen=True, slots=True)
class Topic:
    """One relayed topic."""

    name: str
    sender: str
    """Name of the node that sends it; what is relayed comes from a node of that name in the namespace ``line``."""
    type: str
    shape: Shape
    rate_hz: float
    qos: Literal["stream", "command", "latched", "clock"] = "stream"

    @property
    def sent(self) -> str:
        """Name before the line."""
        return f"/{SENT}{self.name.lstrip('/')}"


_POSE, _WRENCH, _TWIST = (f"geometry_msgs/msg/{name}" for name in ("PoseStamped", "WrenchStamped", "TwistStamped"))
WORLD, CONTROLLER, PLANNER = "pybullet_world", "fast_controller", "slow_planner"
SUPERVISOR, MANAGER, RECORDER = "safety_supervisor", "lifecycle_manager", "bag_recorder"
TOPICS = {
    topic.name: topic
    for topic in (
        Topic("tcp_pose", WORLD, _POSE, "pose", 250.0),
        Topic("tcp_twist", WORLD, _TWIST, "wrench", 250.0),
        Topic("wrench", WORLD, _WRENCH, "wrench", 250.0),
        Topic("tactile/markers", WORLD, "sensor_msgs/msg/PointCloud2", "markers", 50.0),
        Topic("camera/wrist/image_raw", WORLD, "sensor_msgs/msg/Image", "picture", 10.0),
        Topic("/clock", WORLD, "rosgraph_msgs/msg/Clock", "clock", 250.0, "clock"),
        Topic("plan", PLANNER, "touchloop_msgs/msg/LatentPlan", "plan", 2.0, "command"),
        Topic("target_pose", CONTROLLER, _POSE, "pose", 250.0, "command"),
        Topic("target_wrench", CONTROLLER, _WRENCH, "wrench", 250.0),
        Topic("wrench_bias", CONTROLLER, _WRENCH, "wrench", 0.1, "latched"),
        Topic("safe/target_pose", SUPERVISOR, _POSE, "pose", 250.0, "command"),
        Topic("hold", MANAGER, "touchloop_msgs/msg/Hold", "hold", 20.0, "command"),
        Topic("heartbeat", "all", "touchloop_msgs/msg/Heartbeat", "heartbeat", 100.0),
    )
}


def stamp_of(data: bytes) -> int:
    """Nanoseconds of a serialised message that begins with a stamp.

    Raises:
        InputError: it is too short for one.
    """
    if len(data) < _STAMP_AT + _STAMP.size:
        raise InputError(f"a message of {len(data)} bytes has no stamp")
    seconds, nanoseconds = _STAMP.unpack_from(data, _STAMP_AT)
    return seconds * _NS_PER_S + nanoseconds


def with_stamp(data: bytes, stamp_ns: int) -> bytes:
    """The message with another stamp; what a stamp cannot hold is clipped."""
    seconds, nanoseconds = divmod(stamp_ns, _NS_PER_S)
    changed = bytearray(data)
    _STAMP.pack_into(changed, _STAMP_AT, min(max(seconds, 0), 2**31 - 1), nanoseconds)
    return bytes(changed)


def with_other_frame(data: bytes) -> bytes:
    """The message with its frame's name backwards: as long, and wrong."""
    (length,) = _LENGTH.unpack_from(data, 12)
    name = data[16 : 16 + length - 1]
    return data[:16] + name[::-1] + data[16 + length - 1 :]


def with_nan(data: bytes, shape: Shape) -> bytes:
    """The message with one of its numbers not a number.

    Raises:
        InputError: messages of that shape have no numbers to spoil.
    """
    if shape in _DOUBLES:
        at, value = len(data) - 8 * _DOUBLES[shape], _NAN64
    elif shape == "plan":
        at, value = len(data) - 4, _NAN32
    elif shape == "markers":
        at, value = len(data) - 5, _NAN32
    else:
        raise InputError(
            f"a message of shape '{shape}' holds no numbers to spoil; they are in: pose, wrench, plan, markers"
        )
    return data[:at] + value + data[at + len(value) :]


def doubles_of(data: bytes, shape: Shape) -> tuple[float, ...]:
    """The numbers of a pose (7) or of a wrench or twist (6)."""
    count = _DOUBLES[shape]
    return struct.unpack_from(f"<{count}d", data, len(data) - 8 * count)


def with_doubles(data: bytes, values: tuple[float, ...]) -> bytes:
    """The message with other numbers at its end."""
    return data[: len(data) - 8 * len(values)] + struct.pack(f"<{len(values)}d", *values)
