"""Gives the execution monitor one instruction, tells what becomes of it, and ends."""

import json
import sys
import time
from enum import Enum, auto
from pathlib import Path

from rclpy.action import ActionClient
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger
from touchloop_msgs.action import RunInstruction
from touchloop_msgs.srv import ResetBench

from touchloop.errors import InputError
from touchloop.tasks.workbench.failures import MODES
from touchloop_nodes import spinning
from touchloop_nodes.monitor_planning import APPROVALS, PLANNERS
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.run_page import RunPage

CHECK_PERIOD_S = 0.05
ANSWER_TIMEOUT_S = 20.0
LAST_EVENT_S = 2.0
IS_ACTIVE, RESET = "lifecycle_manager/is_active", "bench_world/reset"


class Phase(Enum):
    """What the runner is doing."""

    GATHERING = auto()
    """Waiting until all nodes are active."""
    RESETTING = auto()
    ASKING = auto()
    RUNNING = auto()
    WRITING = auto()
    """The result is there; the last event may still come."""


class InstructionRunner(Node):
    """A plain node that ends by itself: 0 when the instruction is done, 1 when not, 2 for bad input."""

    def __init__(self) -> None:
        super().__init__("instruction_runner")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare = self.parameters.declare
        self._instruction = declare("instruction", "", "What is to be done, in English.", read_only=True)
        program = declare("program", "", "File of a program to be run instead.", read_only=True)
        seed = declare("seed", 0, "Of the bench.", minimum=0, read_only=True)
        failure = declare("failure", "", "What to inject.", choices=("", *MODES), read_only=True)
        step = declare("failure_step", 1, "In this step of the program.", minimum=1, read_only=True)
        self._approve = declare("approve", "", "auto or ask.", choices=("", *APPROVALS), read_only=True)
        self._planner = declare("planner", "", "Who plans.", choices=("", *PLANNERS), read_only=True)
        run_dir = declare("run_dir", "runs/task", "Folder for result.json.", read_only=True)
        limits = {"minimum": 0.1, "maximum": 86400.0, "read_only": True}
        self._start_timeout_s = declare("start_timeout_s", 90.0, "Time for all nodes to become active.", **limits)
        self._run_timeout_s = declare("run_timeout_s", 1200.0, "Wall time for the instruction.", **limits)
        self.parameters.refuse_unknown()
        self._run_dir = Path(run_dir).expanduser()
        self._program = _text_of(program)
        if not self._instruction.strip() and not self._program:
            raise InputError('instruction is empty; expected what is to be done, as instruction:="press the switch"')
        self._reset = ResetBench.Request(seed=seed, failure=failure, failure_step=step if failure else 0)
        self._manager = self.create_client(Trigger, IS_ACTIVE)
        self._bench = self.create_client(ResetBench, RESET)
        self._monitor = ActionClient(self, RunInstruction, "run_instruction")
        self._page = RunPage(self)
        self._status, self._shown = "lifecycle_manager does not answer", ("", "")
        self._enter(Phase.GATHERING)
        self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Listens no more."""
        self._page.close()

    def _enter(self, phase: Phase, asked: Future | None = None) -> None:
        self._phase, self._since_s, self._asked, self._asked_at_s = phase, time.monotonic(), asked, time.monotonic()

    def _check(self) -> None:
        passed_s = time.monotonic() - self._since_s
        if self._phase is Phase.GATHERING:
            answer = self._answer(self._manager, Trigger.Request())
            self._status = self._status if answer is None else answer.message
            if answer is not None and answer.success:
                self._enter(Phase.RESETTING)
            elif self._status.startswith("failed") or passed_s > self._start_timeout_s:
                self._give_up(f"not all nodes became active within {passed_s:.0f} s: {self._status}")
        elif self._phase is Phase.RESETTING:
            answer = self._answer(self._bench, self._reset)
            if answer is not None and answer.success:
                self._ask()
            elif answer is not None or passed_s > self._start_timeout_s:
                self._give_up(f"bench_world does not reset: {answer.message if answer else 'no answer'}")
        elif self._phase is Phase.WRITING:
            if self._page.over or not self._result.program or passed_s > LAST_EVENT_S:
                self._end()
        elif passed_s > self._run_timeout_s:
            self._give_up(f"the instruction did not end within {self._run_timeout_s:g} s")

    def _answer(self, client, request):
        """The answer to a request sent now or before, once it is there; it is asked again after a while."""
        if self._asked is not None and self._asked.done():
            answer, self._asked = self._asked.result(), None
            return answer
        again = self._asked is None or time.monotonic() - self._asked_at_s > ANSWER_TIMEOUT_S
        if again and client.service_is_ready():
            self._asked, self._asked_at_s = client.call_async(request), time.monotonic()
        return None

    def _ask(self) -> None:
        goal = RunInstruction.Goal(instruction=self._instruction, program=self._program)
        goal.approve, goal.planner = self._approve, self._planner
        self._enter(Phase.ASKING)
        self._monitor.send_goal_async(goal, self._on_feedback).add_done_callback(self._on_accepted)

    def _on_accepted(self, future: Future) -> None:
        handle = future.result()
        if not handle.accepted:
            self._give_up("execution_monitor does not take the instruction")
            return
        self._enter(Phase.RUNNING)
        handle.get_result_async().add_done_callback(self._on_result)

    def _on_feedback(self, message) -> None:
        feedback = message.feedback
        if feedback.program != self._shown[0]:
            self.get_logger().info(f"program:\n{feedback.program}")
        if feedback.reason and feedback.reason != self._shown[1]:
            self.get_logger().info(f"{feedback.status}: {feedback.reason}")
        self._shown = feedback.program, feedback.reason or self._shown[1]

    def _on_result(self, future: Future) -> None:
        result = future.result().result
        told = {name: getattr(result, name) for name in ("success", "status", "reason", "repairs", "duration_s")}
        content = {"instruction": self._instruction, **told, "program": result.program}
        self._run_dir.mkdir(parents=True, exist_ok=True)
        (self._run_dir / "result.json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        self._result = result
        self._enter(Phase.WRITING)

    def _end(self) -> None:
        result = self._result
        page = self._page.write(self._run_dir, self._instruction, result.success, result.status)
        log = self.get_logger().info if result.success else self.get_logger().error
        told = f"{result.status}: {result.reason} ({result.repairs} repairs, {result.duration_s:.1f} s)"
        log(f"{told}; {page}" if page else told)
        self.stop.request(0 if result.success else 2 if result.status == "not_understood" else 1)

    def _give_up(self, reason: str) -> None:
        self.get_logger().error(reason)
        self.stop.request(1)


def _text_of(file: str) -> str:
    if not file:
        return ""
    try:
        return Path(file).expanduser().read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"program {file}: cannot be read ({error}); expected a file as docs/programs.md tells"
        ) from error


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(InstructionRunner))


if __name__ == "__main__":
    main()
