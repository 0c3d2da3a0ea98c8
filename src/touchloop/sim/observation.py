"""What the robot senses at one instant."""

from dataclasses import dataclass

import numpy as np


@dataclass(slots=True)
class Observation:
    """One control tick's measurements; slower streams are ``None`` on ticks where they have no new sample.

    Poses are ``[x, y, z, qx, qy, qz, qw]`` in metres, quaternions xyzw.
    """

    stamp_ns: int
    """Time of measurement, nanoseconds."""
    joint_positions: np.ndarray
    """(7,) [rad]"""
    joint_velocities: np.ndarray
    """(7,) [rad/s]"""
    joint_efforts: np.ndarray
    """(7,) [N m]"""
    tcp_in_base: np.ndarray
    """(7,) pose of the tool centre point in the robot's base frame."""
    tcp_twist_in_base: np.ndarray
    """(6,) linear [m/s] then angular [rad/s]."""
    wrench_at_sensor: np.ndarray
    """(6,) force [N] and torque [N m] of the environment and the tool's weight on the tool, sensor frame, not tared."""
    markers: np.ndarray | None = None
    """(63, 4) float32 ``x, y, dx, dy`` of the 7x9 marker field [m]."""
    wrist_rgb: np.ndarray | None = None
    """(128, 128, 3) uint8"""
    scene_rgb: np.ndarray | None = None
    """(H, W, 3) uint8"""
