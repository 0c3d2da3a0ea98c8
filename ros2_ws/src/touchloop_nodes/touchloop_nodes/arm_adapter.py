"""Drives a real arm: target_pose and target_wrench to its controller's topics, its streams back to the project's."""

from rclpy.clock import Clock, ClockType
from std_msgs.msg import String

from touchloop.errors import InputError
from touchloop.robots.bridge import ArmBridge
from touchloop_nodes import qos
from touchloop_nodes.adapter_streams import AdapterStreams
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.robot_parameters import declare_robot, robot_of

CHECK_PERIOD_S = 0.02


class ArmAdapter(ManagedNode):
    """Thin shell around ``touchloop.robots.bridge``; see docs/robots.md for the families."""

    def __init__(self) -> None:
        super().__init__("arm_adapter")
        declare_robot(self.parameters)
        self.parameters.declare(
            "command_timeout_s", 0.1, "Age of target_pose that stops the arm.", minimum=0.02, maximum=1.0
        )
        self._bridge: ArmBridge | None = None
        self._streams: AdapterStreams | None = None
        self._description = self._timer = None
        self._said = ""

    def on_configure_checked(self) -> None:
        """Read the robot's file; its description may still be to come."""
        self._config, urdf = robot_of(self.parameters, self.arm)
        self._frames = ArmFrames.of(self.arm)
        if urdf:
            self._make_bridge(urdf)
        else:
            self._description = self.create_subscription(String, "robot_description", self._describe, qos.latched())

    def on_activate_checked(self) -> None:
        """Begin to translate."""
        if self._bridge is not None:
            self._connect()
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Stop commanding; the arm is where its last target was."""
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
        self._description = self._bridge = None

    def diagnose(self) -> Diagnosis:
        """What is refused and why."""
        if not self.active:
            return Diagnosis(OK, "not active")
        streams, bridge = self._streams, self._bridge
        if streams is None or bridge is None:
            return Diagnosis(WARN, "waits for robot_description")
        problem = "; ".join(text for text in (streams.other, bridge.problem, *streams.faults.values()) if text)
        level = ERROR if streams.other else WARN if problem else OK
        return Diagnosis(level, problem or "driving", {"refused_targets": bridge.refused})

    def _describe(self, message: String) -> None:
        if self._bridge is None:
            try:
                self._make_bridge(message.data)
            except InputError as error:
                self.get_logger().error(f"robot_description is of no use: {error}")
                return
            if self.active:
                self._connect()

    def _make_bridge(self, urdf: str) -> None:
        timeout_s = self.parameters["command_timeout_s"]
        self._bridge = ArmBridge(self._config, urdf, self._frames.base, timeout_s)

    def _connect(self) -> None:
        self._streams = AdapterStreams(self, self._config, self._bridge, self._frames, self.lockstep)
        if self._streams.other:
            raise InputError(f"{self._streams.other}; only one node may command the arm")

    def _check(self) -> None:
        if self._streams is None:
            return
        self._streams.check()
        problem = self._streams.other or self._bridge.problem
        if problem and problem.partition(" ")[0] != self._said.partition(" ")[0]:
            self.get_logger().error(problem)
        self._said = problem


def main() -> None:
    """Run the node."""
    run_node(ArmAdapter)


if __name__ == "__main__":
    main()
