"""A controller of a real arm, as its documentation says it behaves, that drives the simulated arm instead."""

from rclpy.clock import Clock, ClockType
from std_msgs.msg import String

from touchloop.errors import InputError
from touchloop.robots.stand_ins.link import LinkFaults
from touchloop.robots.stand_ins.make import make_stand_in
from touchloop.robots.stand_ins.stand_in import StandIn
from touchloop_nodes import qos
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.robot_parameters import declare_robot, robot_of
from touchloop_nodes.stand_in_streams import StandInStreams

CHECK_PERIOD_S = 0.2


class StandInNode(ManagedNode):
    """Thin shell around ``touchloop.robots.stand_ins``; see docs/robots.md for the manners of each family."""

    def __init__(self) -> None:
        super().__init__("stand_in")
        declare = self.parameters.declare
        declare_robot(self.parameters)
        declare("latency_s", 0.0, "Every message of arm and controller takes this long.", minimum=0.0, maximum=10.0)
        declare("jitter_s", 0.0, "And up to this much longer.", minimum=0.0, maximum=10.0)
        declare("loss", 0.0, "Share of messages that are lost.", minimum=0.0, maximum=1.0)
        declare("seed", 0, "Of jitter and loss.", minimum=0)
        self._stand_in: StandIn | None = None
        self._streams: StandInStreams | None = None
        self._description = self._timer = None
        self._said = ""

    def on_configure_checked(self) -> None:
        """Read the robot's file; its description may still be to come."""
        self._config, urdf = robot_of(self.parameters, self.arm)
        if urdf:
            self._stand_in = make_stand_in(self._config, urdf)
        else:
            self._description = self.create_subscription(String, "robot_description", self._describe, qos.latched())

    def on_activate_checked(self) -> None:
        """Switch the controller on."""
        if self._stand_in is not None:
            self._connect()
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Switch the controller off."""
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
        self._description = self._stand_in = None

    def diagnose(self) -> Diagnosis:
        """Why the arm does not follow."""
        if not self.active or self._stand_in is None:
            return Diagnosis(OK, "not active")
        problem = self._problem()
        return Diagnosis(WARN if problem else OK, problem or "following")

    def _describe(self, message: String) -> None:
        if self._stand_in is None:
            try:
                self._stand_in = make_stand_in(self._config, message.data)
            except InputError as error:
                self.get_logger().error(f"robot_description is of no use: {error}")
                return
            if self.active:
                self._connect()

    def _connect(self) -> None:
        get = self.parameters
        faults = LinkFaults(get["latency_s"], get["jitter_s"], get["loss"])
        self._streams = StandInStreams(self, self._config, self._stand_in, faults, get["seed"], self.lockstep)

    def _problem(self) -> str:
        ignored = self._streams.ignored if self._streams else {}
        several = [f"{name} is ignored: it has several publishers, {nodes}" for name, nodes in ignored.items()]
        return "; ".join(text for text in (self._stand_in.problem, *several) if text)

    def _check(self) -> None:
        if self._streams is None:
            return
        self._streams.check()
        problem = self._problem()
        if problem and problem != self._said:
            self.get_logger().warning(problem)
        self._said = problem


def main() -> None:
    """Run the node."""
    run_node(StandInNode)


if __name__ == "__main__":
    main()
