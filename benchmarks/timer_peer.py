"""The fast loop as most would write it: subscriptions and a 250 Hz timer on rclpy's single-threaded executor.

Started by fast_loop.py beside the real nodes; on SIGINT it writes the times of its ticks to the file that it was told.
"""

import json
import sys
import time
from pathlib import Path

import numpy as np
import rclpy
from geometry_msgs.msg import PoseStamped, WrenchStamped
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node
from rclpy.qos import qos_profile_sensor_data
from touchloop_msgs.msg import LatentPlan as LatentPlanMessage

from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.policy.plan import LatentPlan
from touchloop.policy.weights import default_weights


class TimerPeer(Node):
    """Same controller, plain timer."""

    def __init__(self) -> None:
        super().__init__("timer_peer")
        self.controller = FastController(FastDecoder.load(default_weights("wipe")))
        self.ticks_s: list[float] = []
        self.create_subscription(WrenchStamped, "wrench", self.on_wrench, qos_profile_sensor_data)
        self.create_subscription(PoseStamped, "tcp_pose", self.on_tcp_pose, qos_profile_sensor_data)
        self.create_subscription(LatentPlanMessage, "plan", self.on_plan, 1)
        self.publisher = self.create_publisher(PoseStamped, "timer_peer/target_pose", 1)
        self.stamp_ns = -1
        self.create_timer(self.controller.config.period_s, self.on_timer)

    def on_wrench(self, message: WrenchStamped) -> None:
        f, t = message.wrench.force, message.wrench.torque
        self.controller.observe_wrench(stamp_ns(message), np.array([f.x, f.y, f.z, t.x, t.y, t.z]))

    def on_tcp_pose(self, message: PoseStamped) -> None:
        p, q = message.pose.position, message.pose.orientation
        self.stamp_ns = stamp_ns(message)
        self.controller.observe_tcp_pose(self.stamp_ns, np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w]))

    def on_plan(self, message: LatentPlanMessage) -> None:
        p, q = message.base_pose.position, message.base_pose.orientation
        plan = LatentPlan(
            stamp_ns(message),
            message.sequence,
            message.weights_id,
            np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w]),
            message.action_period.sec + 1e-9 * message.action_period.nanosec,
            message.horizon,
            np.array(message.latent, np.float32).reshape(message.latent_steps, message.latent_dim),
        )
        self.controller.accept_plan(plan, self.stamp_ns)

    def on_timer(self) -> None:
        self.ticks_s.append(time.monotonic())
        if self.stamp_ns < 0:
            return
        command = self.controller.step(self.stamp_ns)
        if command.target_in_base is None:
            return
        message = PoseStamped()
        message.header.stamp = self.get_clock().now().to_msg()
        message.header.frame_id = "base_link"
        x, y, z, qx, qy, qz, qw = command.target_in_base.tolist()
        position, orientation = message.pose.position, message.pose.orientation
        position.x, position.y, position.z = x, y, z
        orientation.x, orientation.y, orientation.z, orientation.w = qx, qy, qz, qw
        self.publisher.publish(message)


def stamp_ns(message: WrenchStamped | PoseStamped | LatentPlanMessage) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def main(out: Path) -> None:
    rclpy.init()
    node = TimerPeer()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        out.write_text(json.dumps(node.ticks_s))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
