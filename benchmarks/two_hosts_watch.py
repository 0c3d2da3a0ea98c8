"""Tells what an arm does, a line of JSON each time its controller reports; two_hosts.py starts it on the robot's host.

Instants are of the monotonic clock, which all virtual hosts of a machine share. Ends with its standard input.
"""

import contextlib
import json
import sys
import threading
import time
from typing import Any

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped, TwistStamped, WrenchStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from touchloop_msgs.msg import ControllerState, SafetyState, TaskState

from touchloop.geometry.pose import rotate
from touchloop_nodes import qos
from touchloop_nodes.cdr import StampedDoubles
from touchloop_nodes.conversions import read_pose, read_wrench

TOOL_AXIS = np.array([0.0, 0.0, 1.0])
read_twist = StampedDoubles(6).stamp_and_values


class Watch(Node):
    """Keeps the extremes between two lines."""

    def __init__(self) -> None:
        super().__init__("two_hosts_watch")
        self._bias, self._pose = np.zeros(6), np.zeros(7)
        self._task = self._safety = None
        self._begin()
        sensor = qos_profile_sensor_data
        self.create_subscription(PoseStamped, "tcp_pose", self._on_pose, sensor, raw=True)
        self.create_subscription(TwistStamped, "tcp_twist", self._on_twist, sensor, raw=True)
        self.create_subscription(WrenchStamped, "wrench", self._on_wrench, sensor, raw=True)
        self.create_subscription(WrenchStamped, "wrench_bias", self._on_bias, qos.latched(), raw=True)
        self.create_subscription(TaskState, "task_state", lambda message: setattr(self, "_task", message), 10)
        self.create_subscription(SafetyState, "safety_state", lambda message: setattr(self, "_safety", message), 10)
        self.create_subscription(ControllerState, "controller_state", self._on_state, 10)

    def _begin(self) -> None:
        self._force_n = self._speed_m_s = 0.0

    def _on_pose(self, data: bytes) -> None:
        self._pose = read_pose(data)[1]

    def _on_twist(self, data: bytes) -> None:
        velocity, axis = read_twist(data)[1][:3], rotate(self._pose[3:], TOOL_AXIS)
        self._speed_m_s = max(self._speed_m_s, float(np.linalg.norm(velocity - float(velocity @ axis) * axis)))

    def _on_wrench(self, data: bytes) -> None:
        self._force_n = max(self._force_n, float(np.linalg.norm((read_wrench(data)[1] - self._bias)[:3])))

    def _on_bias(self, data: bytes) -> None:
        self._bias = read_wrench(data)[1]

    def _on_state(self, state: ControllerState) -> None:
        task: Any = self._task
        safety: Any = self._safety
        line = {
            "t_s": time.monotonic(),
            "mode": state.mode,
            "reason": state.reason,
            "pressed_n": state.force_n,
            "plan_age_s": state.plan_age_s,
            "force_n": self._force_n,
            "speed_m_s": self._speed_m_s,
            "tcp_in_base_m": self._pose[:3].tolist(),
            "phase": task.phase if task else "",
            "progress": task.progress if task else 0.0,
            "episode": task.episode if task else -1,
            "done": bool(task.done) if task else False,
            "safety": safety.state if safety else -1,
        }
        print(json.dumps(line), flush=True)
        self._begin()


def main() -> None:
    """Watch until standard input ends."""
    rclpy.init()
    threading.Thread(target=lambda: (sys.stdin.read(), rclpy.try_shutdown()), daemon=True).start()
    node = Watch()
    with contextlib.suppress(ExternalShutdownException):
        rclpy.spin(node)


if __name__ == "__main__":
    main()
