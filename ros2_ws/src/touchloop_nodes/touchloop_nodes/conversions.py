"""Between ROS messages and the library's values: what planner and controller exchange with each other and the world.

Quaternions are xyzw on both sides. What only the world sends is in ``world_messages.py``.
"""

import math

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion, WrenchStamped
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import Image, PointCloud2, PointField
from std_msgs.msg import Header
from touchloop_msgs.msg import ControllerState, Episode, LatentPlan

from touchloop.control.fast_controller import FastCommand
from touchloop.errors import InputError
from touchloop.policy.plan import LatentPlan as LibraryPlan
from touchloop_nodes.cdr import NS_PER_S, DoublesTemplate, StampedDoubles, Template, encode

BASE_FRAME = "base_link"
SENSOR_FRAME = "ft_sensor"
TCP_FRAME = "tcp"
WRIST_CAMERA_FRAME = "wrist_camera"
MARKERS = 63
MARKER_FIELDS = ("x", "y", "dx", "dy")

read_pose = StampedDoubles(7).stamp_and_values
"""Stamp [ns] and pose (7,) of a serialised PoseStamped."""
read_wrench = StampedDoubles(6).stamp_and_values
"""Stamp [ns] and wrench (6,) of a serialised WrenchStamped."""


def to_time(stamp_ns: int) -> Time:
    """Nanoseconds as a message."""
    seconds, nanoseconds = divmod(stamp_ns, NS_PER_S)
    return Time(sec=seconds, nanosec=nanoseconds)


def from_time(time: Time) -> int:
    """Nanoseconds of a message."""
    return time.sec * NS_PER_S + time.nanosec


def header(stamp_ns: int, frame: str) -> Header:
    """A header."""
    return Header(stamp=to_time(stamp_ns), frame_id=frame)


def to_pose(pose: np.ndarray) -> Pose:
    """A pose (7,) as a message."""
    x, y, z, qx, qy, qz, qw = pose.tolist()
    return Pose(position=Point(x=x, y=y, z=z), orientation=Quaternion(x=qx, y=qy, z=qz, w=qw))


def from_pose(pose: Pose) -> np.ndarray:
    """A message as a pose (7,)."""
    p, q = pose.position, pose.orientation
    return np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w])


def pose_template() -> DoublesTemplate:
    """PoseStamped in base, filled with a pose (7,)."""
    return DoublesTemplate(PoseStamped(header=Header(frame_id=BASE_FRAME)), 7)


def wrench_template(frame: str) -> DoublesTemplate:
    """WrenchStamped in a frame, filled with a wrench (6,)."""
    return DoublesTemplate(WrenchStamped(header=Header(frame_id=frame)), 6)


def marker_cloud() -> PointCloud2:
    """The message of a marker field, with empty data."""
    fields = [
        PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1)
        for i, name in enumerate(MARKER_FIELDS)
    ]
    step = 4 * len(fields)
    return PointCloud2(
        header=Header(frame_id=TCP_FRAME),
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


_MARKER_READER = FixedLayoutReader(
    f"{MARKERS} points of float32 {', '.join(MARKER_FIELDS)} in frame {TCP_FRAME}", marker_cloud(), 16 * MARKERS, 1
)
_WRIST_READER = FixedLayoutReader(
    f"rgb8 128 x 128 in frame {WRIST_CAMERA_FRAME}", picture_message(WRIST_CAMERA_FRAME, 128, 128), 3 * 128 * 128, 0
)


def read_marker_displacements(data: bytes) -> np.ndarray:
    """(63, 2) float32 [m] of a serialised marker field; InputError for another layout."""
    _MARKER_READER.check(data)
    field = np.frombuffer(data, "<f4", 4 * MARKERS, _MARKER_READER.data_offset).reshape(MARKERS, 4)
    return np.ascontiguousarray(field[:, 2:])


def read_wrist_picture(data: bytes) -> np.ndarray:
    """(128, 128, 3) uint8 of a serialised picture; InputError for another layout."""
    _WRIST_READER.check(data)
    return np.frombuffer(data, np.uint8, 3 * 128 * 128, _WRIST_READER.data_offset).reshape(128, 128, 3)


def plan_bytes(plan: LibraryPlan) -> bytes:
    """A plan as a serialised LatentPlan."""
    steps, dim = plan.latent.shape
    period_ns = round(plan.action_period_s * NS_PER_S)
    message = LatentPlan(
        header=header(plan.stamp_ns, BASE_FRAME),
        sequence=plan.sequence,
        weights_id=plan.weights_id,
        base_pose=to_pose(plan.base_pose),
        action_period=Duration(sec=period_ns // NS_PER_S, nanosec=period_ns % NS_PER_S),
        horizon=plan.horizon,
        latent_steps=steps,
        latent_dim=dim,
        latent=plan.latent.ravel().tolist(),
    )
    return encode(message)


def read_plan(data: bytes) -> LibraryPlan:
    """A serialised LatentPlan as a plan.

    Raises:
        InputError: wrong frame, or sizes that do not fit together.
    """
    message: LatentPlan = deserialize_message(data, LatentPlan)
    if message.header.frame_id != BASE_FRAME:
        raise InputError(f"plan is in frame '{message.header.frame_id}', expected '{BASE_FRAME}'")
    size = message.latent_steps * message.latent_dim
    if len(message.latent) != size:
        raise InputError(f"plan's latent has {len(message.latent)} numbers, expected {size}")
    period = message.action_period
    return LibraryPlan(
        stamp_ns=from_time(message.header.stamp),
        sequence=message.sequence,
        weights_id=message.weights_id,
        base_pose=from_pose(message.base_pose),
        action_period_s=(period.sec * NS_PER_S + period.nanosec) * 1e-9,
        horizon=message.horizon,
        latent=np.array(message.latent, np.float32).reshape(message.latent_steps, message.latent_dim),
    )


def read_episode(data: bytes) -> tuple[int, Episode]:
    """First instant [ns] of a serialised Episode, and the message."""
    message: Episode = deserialize_message(data, Episode)
    return from_time(message.header.stamp), message


def controller_state(
    stamp_ns: int, command: FastCommand, reason: str, tick: int, lateness_s: float, missed: int
) -> bytes:
    """One tick's outcome as a serialised ControllerState; ages of what never came are -1."""
    message = ControllerState(
        header=header(stamp_ns, BASE_FRAME),
        mode=int(command.mode),
        reason=reason,
        tick=tick,
        plan_sequence=command.plan_sequence,
        plan_age_s=_age(command.plan_age_s),
        wrench_age_s=_age(command.wrench_age_s),
        tcp_pose_age_s=_age(command.tcp_age_s),
        tactile_age_s=_age(command.markers_age_s),
        planned_force_n=command.planned_force_n,
        force_n=command.force_n,
        correction_m=command.correction_m,
        lateness_s=lateness_s,
        missed_ticks=missed,
    )
    return encode(message)


def _age(age_s: float) -> float:
    return age_s if math.isfinite(age_s) else -1.0
