"""From an instruction to a program that is watched, explained and repaired: the action RunInstruction."""

from collections.abc import Callable

from rclpy.action import ActionServer, CancelResponse
from rclpy.clock import Clock, ClockType
from std_srvs.srv import SetBool, Trigger
from touchloop_msgs.action import RunInstruction

from touchloop.errors import InputError
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.monitor_outputs import MonitorOutputs
from touchloop_nodes.monitor_planning import Settings, declare_parameters
from touchloop_nodes.monitor_run import InstructionRun, Result

CHECK_PERIOD_S = 0.05


class ExecutionMonitor(ManagedNode):
    """A lifecycle node; see docs/monitor.md for its topics and services."""

    def __init__(self) -> None:
        super().__init__("execution_monitor")
        declare_parameters(self.parameters)
        self._settings: Settings | None = None
        self._outputs: MonitorOutputs | None = None
        self._instruction: InstructionRun | None = None
        self._timer = None
        # Once and for good: an action server that is destroyed takes waiting clients with it.
        self._server = ActionServer(
            self, RunInstruction, "run_instruction", self._execute, cancel_callback=self._on_cancel
        )
        for name in ("approve", "pause", "resume", "abort"):
            self.create_service(Trigger, f"~/{name}", self._answering(name))
        self.create_service(SetBool, "~/answer", self._answering("answer"))

    def on_configure_checked(self) -> None:
        """Read limits and memory, make publishers."""
        if self.lockstep:
            raise InputError("execution_monitor does not run in lock-step; expected lockstep: false")
        self._settings = Settings.of(self.parameters)
        if self._settings.memory.problem:
            self.get_logger().warning(self._settings.memory.problem)
        self._outputs = MonitorOutputs(self)

    def on_activate_checked(self) -> None:
        """Listen to the bench."""
        self._instruction = InstructionRun(self, self._settings, self._outputs)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = self.create_timer(CHECK_PERIOD_S, self._instruction.check, clock=steady)

    def on_deactivate_checked(self) -> None:
        """Stop what runs."""
        instruction, self._instruction = self._instruction, None
        if instruction is not None:
            instruction.close()
        if self._timer is not None:
            self.destroy_timer(self._timer)
        self._timer = None

    def on_cleanup_checked(self) -> None:
        """Forget settings."""
        self.on_deactivate_checked()
        if self._outputs is not None:
            self._outputs.close()
        self._outputs = self._settings = None

    def diagnose(self) -> Diagnosis:
        """Stage, verdict, and what keeps it from knowing the bench."""
        if self._instruction is None or self._settings is None or self._outputs is None:
            return Diagnosis(OK, "not active")
        verdict = self._outputs.verdict
        values: dict[str, object] = {"stage": self._instruction.stage or "idle"}
        if verdict is not None:
            values |= {"verdict": verdict.status, "step": verdict.step, "cause": verdict.cause}
        if problem := self._instruction.problem():
            stopped = "; the skill is stopped, nothing is known" if self._instruction.stale else ""
            return Diagnosis(ERROR, problem + stopped, values)
        memory = self._settings.memory.problem
        return Diagnosis(WARN if memory else OK, memory or "watching", values)

    async def _execute(self, goal) -> Result:
        if self._instruction is None:
            goal.abort()
            return Result(status="refused", reason=f"{self.get_name()} is not active")
        return await self._instruction.execute(goal)

    def _on_cancel(self, _) -> CancelResponse:
        if self._instruction is None or not self._instruction.stage:
            return CancelResponse.REJECT
        self._instruction.abort()
        return CancelResponse.ACCEPT

    def _answering(self, name: str) -> Callable:
        def answer(request, response):
            try:
                if self._instruction is None:
                    raise InputError(f"{self.get_name()} is not active")
                words = (request.data,) if name == "answer" else ()
                response.message = getattr(self._instruction, name)(*words)
                response.success = True
            except InputError as error:
                response.success, response.message = False, str(error)
            return response

        return answer


def main() -> None:
    """Run the node."""
    run_node(ExecutionMonitor)


if __name__ == "__main__":
    main()
