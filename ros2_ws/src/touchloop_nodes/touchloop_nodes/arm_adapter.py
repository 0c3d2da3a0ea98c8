"""Drives a real arm: target_pose and target_wrench to its controller's topics, its streams back to the project's."""

from touchloop.errors import InputError
from touchloop.robots.bridge import ArmBridge
from touchloop_nodes.adapter_streams import AdapterStreams
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import run_node
from touchloop_nodes.robot_node import RobotNode
from touchloop_nodes.tare_service import TareService

CHECK_PERIOD_S = 0.02


class ArmAdapter(RobotNode):
    """Thin shell around ``touchloop.robots.bridge``; see docs/robots.md for the families."""

    def __init__(self) -> None:
        super().__init__("arm_adapter", CHECK_PERIOD_S)
        self._tare: TareService | None = None
        self.parameters.declare(
            "command_timeout_s", 0.1, "Age of target_pose that stops the arm.", minimum=0.02, maximum=1.0
        )

        self.parameters.declare("follows", "", "Node whose targets move the arm; empty: the first who sends.")

    def make_core(self, urdf: str) -> ArmBridge:
        """The bridge to the driver."""
        return ArmBridge(self._config, urdf, ArmFrames.of(self.arm).base, self.parameters["command_timeout_s"])

    def connect(self) -> AdapterStreams:
        """Begin to translate."""
        follows = self.parameters["follows"]
        if follows and not follows.startswith("/"):
            follows = f"{self.get_namespace().rstrip('/')}/{follows}"
        streams = AdapterStreams(self, self._config, self._core, ArmFrames.of(self.arm), follows, self.lockstep)
        if streams.other:
            # Kept, so that deactivating closes it.
            self._streams = streams
            raise InputError(f"{streams.other}; only one node may command the arm")
        if self._config.tare is not None:
            self._tare = TareService(self, self._config.tare, self.lockstep)
        return streams

    def on_deactivate_checked(self) -> None:
        """Stop; the arm is where its last target was."""
        super().on_deactivate_checked()
        if self._tare is not None:
            self._tare.close()
            self._tare = None

    def diagnose(self) -> Diagnosis:
        """What is refused and why."""
        if not self.active:
            return Diagnosis(OK, "not active")
        streams, bridge = self._streams, self._core
        if streams is None or bridge is None:
            return Diagnosis(WARN, "waits for robot_description")
        problem = "; ".join(
            text for text in (streams.other, bridge.problem, streams.strangers, *streams.faults.values()) if text
        )
        level = ERROR if streams.other else WARN if problem else OK
        return Diagnosis(level, problem or "driving", {"refused_targets": bridge.refused})

    def check(self) -> None:
        """Say what is new."""
        self._streams.check()
        problem = self._streams.other or self._core.problem or self._streams.strangers
        if problem and problem.partition(" ")[0] != self._said.partition(" ")[0]:
            self.get_logger().error(problem)
        self._said = problem


def main() -> None:
    """Run the node."""
    run_node(ArmAdapter)


if __name__ == "__main__":
    main()
