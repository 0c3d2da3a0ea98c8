"""Compiles everything that the safety loop calls, before it matters."""

import numpy as np

from touchloop.control.standstill import standstill_pose
from touchloop.geometry.pose import rotate
from touchloop.safety.bounds import pose_fault, wrench_fault
from touchloop.safety.command_guard import CommandGuard
from touchloop.safety.measured_limits import MeasuredGuard
from touchloop.touch.wrench import wrench_at_tcp
from touchloop_nodes.safety_parameters import LoopSettings

_POSE = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])
_AXIS = np.array([0.0, 0.0, 1.0])


def warm_up(settings: LoopSettings) -> None:
    """Moves, brakes and measures once; takes seconds on the first use ever."""
    guard, measured = CommandGuard(settings.commanded), MeasuredGuard(settings.measured)
    guard.reset(_POSE)
    far = _POSE.copy()
    far[:3] += 0.1
    pose_fault(far)
    for _ in range(5):
        guard.step(far)
    guard.brake(3)
    standstill_pose(guard.pose, _POSE, _AXIS)
    wrench = np.zeros(6)
    wrench_fault(wrench)
    wrench_at_tcp(np.zeros(6), np.zeros(6), wrench)
    rotate(_POSE[3:], wrench[:3])
    measured.observe(_POSE, np.zeros(6), wrench, 0.004)
