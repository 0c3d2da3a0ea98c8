"""A controller of a real arm, as its documentation says it behaves, that drives the simulated arm instead."""

from touchloop.robots.stand_ins.link import LinkFaults
from touchloop.robots.stand_ins.make import make_stand_in
from touchloop.robots.stand_ins.stand_in import StandIn
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.managed_node import run_node
from touchloop_nodes.robot_node import RobotNode
from touchloop_nodes.stand_in_streams import StandInStreams

CHECK_PERIOD_S = 0.2


class StandInNode(RobotNode):
    """Thin shell around ``touchloop.robots.stand_ins``; see docs/robots.md for the manners of each family."""

    def __init__(self) -> None:
        super().__init__("stand_in", CHECK_PERIOD_S)
        declare = self.parameters.declare
        declare("latency_s", 0.0, "Every message of arm and controller takes this long.", minimum=0.0, maximum=10.0)
        declare("jitter_s", 0.0, "And up to this much longer.", minimum=0.0, maximum=10.0)
        declare("loss", 0.0, "Share of messages that are lost.", minimum=0.0, maximum=1.0)
        declare("seed", 0, "Of jitter and loss.", minimum=0)

    def make_core(self, urdf: str) -> StandIn:
        """The controller."""
        return make_stand_in(self._config, urdf)

    def connect(self) -> StandInStreams:
        """Switch the controller on."""
        get = self.parameters
        faults = LinkFaults(get["latency_s"], get["jitter_s"], get["loss"])
        return StandInStreams(self, self._config, self._core, faults, get["seed"], self.lockstep)

    def diagnose(self) -> Diagnosis:
        """Why the arm does not follow."""
        if not self.active or self._core is None:
            return Diagnosis(OK, "not active")
        problem = self._problem()
        return Diagnosis(WARN if problem else OK, problem or "following")

    def _problem(self) -> str:
        ignored = self._streams.ignored if self._streams else {}
        several = [f"{name} is ignored: it has several publishers, {nodes}" for name, nodes in ignored.items()]
        return "; ".join(text for text in (self._core.problem, *several) if text)

    def check(self) -> None:
        """Say what is new."""
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
