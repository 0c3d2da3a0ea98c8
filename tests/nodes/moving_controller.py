"""Stands in for the fast controller: moves its target in a circle, and misbehaves when told to.

It listens on ``misbehave`` for a word: nan, jump, silent, flood, ahead, or good; it says on
``misbehaves`` from which instant of the arm's clock on it does.
"""

import math
import time

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.executors import SingleThreadedExecutor
from std_msgs.msg import Header, String
from touchloop_msgs.msg import Heartbeat

from touchloop.control.process_life import ProcessName
from touchloop_nodes import qos
from touchloop_nodes.conversions import from_pose, from_time, to_pose, to_time

PERIOD_S = 0.004
RADIUS_M = 0.05
TURN_RAD_S = 1.1
"""0.055 m/s along the circle, as in wiping."""
FLOOD = 60


class MovingController:
    def __init__(self) -> None:
        self.node = rclpy.create_node("fast_controller")
        self._start: np.ndarray | None = None
        self._heard = (0, 0.0)
        self._angle, self._word, self._answered = 0.0, "good", ""
        self._answers = self.node.create_publisher(Header, "misbehaves", 1)
        self._targets = self.node.create_publisher(PoseStamped, "target_pose", 1)
        self._beats = self.node.create_publisher(Heartbeat, "heartbeat", 1)
        self._biases = self.node.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
        self._tared = False
        self.node.create_subscription(PoseStamped, "tcp_pose", self._hear, 1)
        self.node.create_subscription(WrenchStamped, "wrench", self._tare, 1)
        self.node.create_subscription(String, "misbehave", lambda message: setattr(self, "_word", message.data), 1)
        self.node.create_timer(0.05, self._beat)
        self.node.create_timer(PERIOD_S, self._send)

    def _hear(self, message: PoseStamped) -> None:
        self._heard = (from_time(message.header.stamp), time.monotonic())
        if self._start is None:
            self._start = from_pose(message.pose)

    def _tare(self, message: WrenchStamped) -> None:
        if not self._tared:
            self._tared = True
            self._biases.publish(message)

    def _beat(self) -> None:
        own = ProcessName.own()
        stamp = to_time(time.time_ns())
        name = self.node.get_name()
        self._beats.publish(Heartbeat(stamp=stamp, node=name, process_id=own.process_id, machine=own.machine))

    def _send(self) -> None:
        if self._start is None:
            return
        stamp_ns = self._heard[0] + round((time.monotonic() - self._heard[1]) * 1e9)
        if self._word != self._answered:
            self._answered = self._word
            self._answers.publish(Header(stamp=to_time(stamp_ns), frame_id=self._word))
        if self._word == "silent":
            return
        self._angle += TURN_RAD_S * PERIOD_S
        pose = self._start.copy()
        pose[0] += RADIUS_M * (math.cos(self._angle) - 1.0)
        pose[1] += RADIUS_M * math.sin(self._angle)
        if self._word == "nan":
            pose[0] = math.nan
        if self._word == "jump":
            pose[1] += 0.2 * (-1) ** int(self._angle / 0.1)
        if self._word == "ahead":
            stamp_ns += 10**9
        message = PoseStamped(header=Header(stamp=to_time(stamp_ns), frame_id="base_link"), pose=to_pose(pose))
        for _ in range(FLOOD if self._word == "flood" else 1):
            self._targets.publish(message)


def main() -> None:
    rclpy.init()
    controller = MovingController()
    executor = SingleThreadedExecutor()
    executor.add_node(controller.node)
    try:
        executor.spin()
    finally:
        controller.node.destroy_node()


if __name__ == "__main__":
    main()
