"""Real tactile sensors, gel pictures or marker fields, to tactile/markers as the policy was trained on."""

import time

import numpy as np
from geometry_msgs.msg import WrenchStamped
from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import CompressedImage, Image, PointCloud2
from std_srvs.srv import Trigger

from touchloop.errors import InputError
from touchloop.robots.tactile_feed import TactileFeed
from touchloop.sim.tactile import rest_positions
from touchloop.touch.marker_cloud import CloudField, read_marker_cloud
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import Template
from touchloop_nodes.conversions import ArmFrames, from_time
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.layouts import MARKERS, marker_cloud
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.picture_messages import kind_of, pixels_of
from touchloop_nodes.robot_parameters import declare_robot, robot_of

CHECK_PERIOD_S = 0.5
SILENCE_S = 0.5
TARED_S = 1.0
"""A taring this young was in free air just now."""


class TactileAdapter(ManagedNode):
    """Thin shell around ``touchloop.robots.tactile_feed``.

    Displacements count from the gel's picture at rest. It is taken whenever the fast controller tares, since that is in
    free air, and by ~/rest; before, nothing goes on.
    """

    def __init__(self) -> None:
        super().__init__("tactile_adapter")
        declare_robot(self.parameters)
        self._config = None
        self._feed: TactileFeed | None = None
        self._problem = self._said = ""

    def on_configure_checked(self) -> None:
        """Read the robot's file."""
        self._config = robot_of(self.parameters, self.arm)[0].tactile
        if self._config is None:
            self.get_logger().info("the robot's file names no tactile sensor: nothing to do")

    def on_activate_checked(self) -> None:
        """Begin to translate."""
        config = self._config
        if config is None:
            return
        self._feed, self._problem = TactileFeed(config), ""
        self._newest_ns, self._heard_at_s, self._count, self._seen = -1, time.monotonic(), 0, MARKERS
        self._cloud = Template(marker_cloud(ArmFrames.of(self.arm).tcp))
        self._field = self._cloud.view("<f4", 4 * MARKERS, end=1).reshape(MARKERS, 4)
        self._field[:, :2] = rest_positions()
        self._output = self.create_publisher(PointCloud2, "tactile/markers", qos.stream(self.lockstep))
        by_pictures = config.kind == "pictures"
        self._kind = kind_of(config.compressed) if by_pictures else PointCloud2
        hear, profile = (self._see if by_pictures else self._feel), qos.stream_input(self.lockstep, 2)
        self._inputs = [self.create_subscription(self._kind, config.topic, hear, profile)]
        self._inputs.append(self.create_subscription(WrenchStamped, "wrench_bias", self._tared, qos.latched()))
        self._service = self.create_service(Trigger, "~/rest", self._rest)
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Stop translating."""
        if self._feed is None:
            return
        self.destroy_timer(self._timer)
        self.destroy_service(self._service)
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._output)
        self._feed = None

    def on_cleanup_checked(self) -> None:
        """Forget the robot."""
        self.on_deactivate_checked()
        self._config = None

    def diagnose(self) -> Diagnosis:
        """What is refused and why, and how many markers are seen."""
        if self._feed is None:
            return Diagnosis(OK, "no tactile sensor" if self.active else "not active")
        values = {"fields": self._count, "markers_seen": self._seen}
        return Diagnosis(WARN if self._problem else OK, self._problem or "markers go on", values)

    def _see(self, message: Image | CompressedImage) -> None:
        if self._feed is None:
            return
        self._heard_at_s = time.monotonic()
        try:
            self._send(from_time(message.header.stamp), self._feed.of_picture(pixels_of(message)))
            self._seen = int(self._feed.frame.seen.sum()) if self._feed.frame is not None else 0
        except InputError as error:
            self._problem = f"{self._config.topic}: {error}"

    def _feel(self, message: PointCloud2) -> None:
        if self._feed is None:
            return
        self._heard_at_s = time.monotonic()
        fields = [CloudField(field.name, field.offset, field.datatype) for field in message.fields]
        data = memoryview(message.data)
        try:
            field = read_marker_cloud(fields, message.point_step, message.is_bigendian, data)
            self._send(from_time(message.header.stamp), self._feed.of_field(field))
            self._seen = len(field)
        except InputError as error:
            self._problem = f"{self._config.topic}: {error}"

    def _send(self, stamp_ns: int, moved: np.ndarray) -> None:
        if stamp_ns <= self._newest_ns:
            raise InputError(f"stamp goes back by {(self._newest_ns - stamp_ns) * 1e-9:.3f} s")
        self._newest_ns = stamp_ns
        self._field[:, 2:] = moved
        self._output.publish(self._cloud.stamped(stamp_ns - round(self._config.latency_s * 1e9)))
        self._count, self._problem = self._count + 1, ""

    def _tared(self, message: WrenchStamped) -> None:
        # The bias is latched: an old one does not say that nothing is touched now.
        age_s = (self.get_clock().now().nanoseconds - from_time(message.header.stamp)) * 1e-9
        if self._feed is not None and abs(age_s) <= TARED_S:
            self._feed.rest()

    def _rest(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        self._feed.rest()
        response.success, response.message = True, "the next picture is the one at rest"
        return response

    def _check(self) -> None:
        name = f"sensor_msgs/msg/{self._kind.__name__}"
        wrong = matching.wrong_types(self, {self._config.topic: name})
        if wrong:
            self._problem = "; ".join(wrong.values())
        elif time.monotonic() - self._heard_at_s > SILENCE_S:
            self._problem, self._newest_ns = f"nothing comes on {self._config.topic}", -1
        if self._problem and self._problem != self._said:
            self.get_logger().error(self._problem)
        self._said = self._problem


def main() -> None:
    """Run the node."""
    run_node(TactileAdapter)


if __name__ == "__main__":
    main()
