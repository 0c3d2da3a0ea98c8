"""Between ROS messages and the library's values: what planner and controller exchange with each other and the world.

Quaternions are xyzw on both sides. What only the world sends is in ``world_messages.py``.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from builtin_interfaces.msg import Duration, Time
from geometry_msgs.msg import Point, Pose, PoseStamped, Quaternion, WrenchStamped
from rclpy.impl.implementation_singleton import rclpy_implementation
from rclpy.serialization import deserialize_message
from std_msgs.msg import Header
from touchloop_msgs.msg import ControllerState, Episode, LatentPlan

from touchloop.arm_names import in_arm
from touchloop.control.fast_controller import FastCommand
from touchloop.errors import InputError
from touchloop.policy.plan import LatentPlan as LibraryPlan
from touchloop_nodes.cdr import NS_PER_S, DoublesTemplate, StampedDoubles, encode

WORLD_FRAME = "world"


@dataclass(frozen=True, slots=True)
class ArmFrames:
    """Names of one arm's frames."""

    base: str
    sensor: str
    tcp: str
    wrist_camera: str

    @classmethod
    def of(cls, arm: str) -> "ArmFrames":
        """Those of an arm; an only arm has no name."""
        return cls(*(in_arm(arm, name) for name in ("base_link", "ft_sensor", "tcp", "wrist_camera")))


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


def pose_template(frame: str) -> DoublesTemplate:
    """PoseStamped in a frame, filled with a pose (7,)."""
    return DoublesTemplate(PoseStamped(header=Header(frame_id=frame)), 7)


def wrench_template(frame: str) -> DoublesTemplate:
    """WrenchStamped in a frame, filled with a wrench (6,)."""
    return DoublesTemplate(WrenchStamped(header=Header(frame_id=frame)), 6)


def plan_bytes(plan: LibraryPlan, frame: str) -> bytes:
    """A plan in an arm's base frame as a serialised LatentPlan."""
    steps, dim = plan.latent.shape
    period_ns = round(plan.action_period_s * NS_PER_S)
    message = LatentPlan(
        header=header(plan.stamp_ns, frame),
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


def decoded(data: bytes, kind: type) -> Any:
    """A serialised message as an object of its class.

    Raises:
        InputError: the bytes are none of that kind, as a damaged message's.
    """
    try:
        return deserialize_message(data, kind)
    except rclpy_implementation.RMWError as error:
        raise InputError(f"{len(data)} bytes are no {kind.__name__}") from error


def read_plan(data: bytes, frame: str) -> LibraryPlan:
    """A serialised LatentPlan in an arm's base frame as a plan.

    Raises:
        InputError: damaged bytes, wrong frame, or sizes that do not fit together.
    """
    message: LatentPlan = decoded(data, LatentPlan)
    if message.header.frame_id != frame:
        raise InputError(f"plan is in frame '{message.header.frame_id}', expected '{frame}'")
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
    message: Episode = decoded(data, Episode)
    return from_time(message.header.stamp), message


def controller_state(
    stamp_ns: int, frame: str, command: FastCommand, reason: str, tick: int, lateness_s: float, missed: int
) -> bytes:
    """One tick's outcome as a serialised ControllerState; ages of what never came are -1."""
    message = ControllerState(
        header=header(stamp_ns, frame),
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
