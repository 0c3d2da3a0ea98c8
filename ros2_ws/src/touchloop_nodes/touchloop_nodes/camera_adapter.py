"""Real cameras' pictures, of any size and encoding, to camera/NAME/image_raw as the planner was trained on."""

from rclpy.clock import Clock, ClockType

from touchloop.robots.config_sensors import Camera
from touchloop_nodes.camera_stream import CameraStream
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.robot_parameters import declare_robot, robot_of

CHECK_PERIOD_S = 0.5


class CameraAdapter(ManagedNode):
    """Thin shell around ``touchloop.robots.camera_feed``; one node for all cameras of a robot's file."""

    def __init__(self) -> None:
        super().__init__("camera_adapter")
        declare_robot(self.parameters)
        self._cameras: dict[str, Camera] = {}
        self._streams: dict[str, CameraStream] = {}
        self._said = ""

    def on_configure_checked(self) -> None:
        """Read the robot's file."""
        self._cameras = robot_of(self.parameters, self.arm)[0].cameras
        if not self._cameras:
            self.get_logger().info("the robot's file names no cameras: nothing to do")

    def on_activate_checked(self) -> None:
        """Begin to translate."""
        self._streams = {name: CameraStream(self, name, config) for name, config in self._cameras.items()}
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=steady)

    def on_deactivate_checked(self) -> None:
        """Stop translating."""
        if self._streams:
            self.destroy_timer(self._timer)
        for stream in self._streams.values():
            stream.close()
        self._streams = {}

    def on_cleanup_checked(self) -> None:
        """Forget the robot."""
        self.on_deactivate_checked()
        self._cameras = {}

    def diagnose(self) -> Diagnosis:
        """Rates, and which pictures are refused and why."""
        if not self._streams:
            return Diagnosis(OK, "no cameras" if self.active else "not active")
        values = {f"{name}_rate_hz": stream.rate_hz for name, stream in self._streams.items()}
        problem = self._problem()
        return Diagnosis(WARN if problem else OK, problem or "pictures go on", values)

    def _problem(self) -> str:
        return "; ".join(stream.problem for stream in self._streams.values() if stream.problem)

    def _check(self) -> None:
        for stream in self._streams.values():
            stream.check()
        problem = self._problem()
        if problem and problem != self._said:
            self.get_logger().error(problem)
        self._said = problem


def main() -> None:
    """Run the node."""
    run_node(CameraAdapter)


if __name__ == "__main__":
    main()
