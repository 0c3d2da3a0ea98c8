"""What the nodes of a real arm share: a robot's file, a description that may still be to come, and a regular check."""

from abc import ABC, abstractmethod
from typing import Any

from rclpy.clock import Clock, ClockType
from std_msgs.msg import String

from touchloop.errors import InputError
from touchloop_nodes import qos
from touchloop_nodes.managed_node import ManagedNode
from touchloop_nodes.robot_parameters import declare_robot, robot_of


class RobotNode(ManagedNode, ABC):
    """Has its core once the robot's description is known, and its streams while it is active, too.

    Args:
        name: of the node.
        check_period_s: between two calls of ``check``; wall time.
    """

    def __init__(self, name: str, check_period_s: float) -> None:
        super().__init__(name)
        declare_robot(self.parameters)
        self._check_period_s = check_period_s
        self._core: Any = None
        self._streams: Any = None
        self._description = self._timer = None
        self._said = ""

    @abstractmethod
    def make_core(self, urdf: str) -> Any:
        """What works for the robot in ``self._config`` with this description."""

    @abstractmethod
    def connect(self) -> Any:
        """Its streams, which begin at once."""

    @abstractmethod
    def check(self) -> None:
        """Called regularly while there are streams."""

    def on_configure_checked(self) -> None:
        """Read the robot's file; its description may still be to come."""
        self._config, urdf = robot_of(self.parameters, self.arm)
        if urdf:
            self._core = self.make_core(urdf)
        else:
            self._description = self.create_subscription(String, "robot_description", self._describe, qos.latched())

    def on_activate_checked(self) -> None:
        """Begin."""
        if self._core is not None:
            self._streams = self.connect()
        clock = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(self._check_period_s, self._check, clock=clock)

    def on_deactivate_checked(self) -> None:
        """Stop; the arm is where its last target was."""
        if self._timer is not None:
            self.destroy_timer(self._timer)
            self._timer = None
        if self._streams is not None:
            self._streams.close()
            self._streams = None

    def on_cleanup_checked(self) -> None:
        """Forget the robot."""
        self.on_deactivate_checked()
        if self._description is not None:
            self.destroy_subscription(self._description)
        self._description = self._core = None

    def _describe(self, message: String) -> None:
        if self._core is not None:
            return
        try:
            self._core = self.make_core(message.data)
        except InputError as error:
            self.get_logger().error(f"robot_description is of no use: {error}")
            return
        if self.active:
            self._streams = self.connect()

    def _check(self) -> None:
        if self._streams is not None:
            self.check()
