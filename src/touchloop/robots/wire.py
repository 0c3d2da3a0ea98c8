"""What adapters and controllers say to each other: the content of the ROS messages, without ROS.

Each class has the content of one message type; the nodes hold the table. Quaternions are xyzw, units SI.
"""

from dataclasses import dataclass, field

import numpy as np


@dataclass(slots=True)
class PoseSample:
    """geometry_msgs/PoseStamped: pose (7,) in ``frame``."""

    stamp_ns: int
    frame: str
    pose: np.ndarray


@dataclass(slots=True)
class TwistSample:
    """geometry_msgs/TwistStamped: linear [m/s], then angular [rad/s] (6,) in ``frame``."""

    stamp_ns: int
    frame: str
    twist: np.ndarray


@dataclass(slots=True)
class WrenchSample:
    """geometry_msgs/WrenchStamped: force [N], then torque [N m] (6,) in ``frame``."""

    stamp_ns: int
    frame: str
    wrench: np.ndarray


@dataclass(slots=True)
class JointSample:
    """sensor_msgs/JointState: positions [rad], velocities [rad/s] and efforts [N m] of named joints, or empty."""

    stamp_ns: int
    names: tuple[str, ...]
    positions: np.ndarray
    velocities: np.ndarray = field(default_factory=lambda: np.empty(0))
    efforts: np.ndarray = field(default_factory=lambda: np.empty(0))


@dataclass(slots=True)
class JointPath:
    """trajectory_msgs/JointTrajectory: positions (points, joints) [rad], each due ``times_s`` after the stamp.

    A stamp of 0 means on arrival; ``velocities`` (points, joints) [rad/s] may be empty.
    """

    stamp_ns: int
    names: tuple[str, ...]
    times_s: tuple[float, ...]
    positions: np.ndarray
    velocities: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))


@dataclass(slots=True)
class Numbers:
    """std_msgs/Float64MultiArray: bare numbers (n,); the message has no stamp."""

    values: np.ndarray


Wire = PoseSample | TwistSample | WrenchSample | JointSample | JointPath | Numbers
Command = tuple[str, Wire]
"""Name of a command, as in the robot's ``topics.commands``, and what is sent there."""
