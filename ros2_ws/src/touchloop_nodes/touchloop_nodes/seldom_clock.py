"""A node's simulated clock that is set a few times a second instead of by every message."""

from rclpy.clock import Clock, ClockType, ROSClock
from rclpy.node import Node
from rclpy.time import Time
from rosgraph_msgs.msg import Clock as ClockMessage

from touchloop_nodes import qos
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.polled_input import PolledInput

TOPIC = "/clock"
PERIOD_S = 0.1


class SeldomClock:
    """For nodes that need the time for their diagnostics only: rclpy's own callback costs two percent of a core.

    Args:
        node: one that uses simulated time; nothing is done for any other.
    """

    def __init__(self, node: Node) -> None:
        self._clock = node.get_clock()
        own = [subscription for subscription in node.subscriptions if subscription.topic_name == TOPIC]
        if not own or not isinstance(self._clock, ROSClock):
            return
        for subscription in own:
            node.destroy_subscription(subscription)
        self._input = PolledInput(node, ClockMessage, TOPIC, qos.stream_input(lockstep=False, depth=1))
        self._timer = node.create_timer(PERIOD_S, self._set, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _set(self) -> None:
        for data in self._input.take():
            self._clock.set_ros_time_override(Time(nanoseconds=stamp_of(data), clock_type=ClockType.ROS_TIME))
