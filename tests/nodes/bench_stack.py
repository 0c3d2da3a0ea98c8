"""bench_world and execution_monitor as real processes, and a client of both."""

import subprocess
from typing import Any

from node_processes import Observer, Processes
from nodes_under_test import READY, bring_up, start
from rclpy.action import ActionClient
from std_srvs.srv import Trigger
from touchloop_msgs.action import RunInstruction
from touchloop_msgs.msg import BenchState, RunEvent, Verdict
from touchloop_msgs.srv import ResetBench

PATIENCE_S = 60.0
ALLOWED = "allowed_skills:=[home, grasp, release, place, move, wipe, press]"
"""No insert and no lift."""


class Goal:
    """An instruction that was sent."""

    def __init__(self, stack: "BenchStack", request: RunInstruction.Goal) -> None:
        self._observer = stack.observer
        self.feedback: list[Any] = []
        client = stack.client
        stack.observer.until(client.server_is_ready, PATIENCE_S, "the action server")
        sent = client.send_goal_async(request, lambda message: self.feedback.append(message.feedback))
        stack.observer.until(sent.done, PATIENCE_S, "the goal's acceptance")
        self.handle = sent.result()
        assert self.handle.accepted
        self._result = self.handle.get_result_async()

    def until(self, status: str) -> None:
        self._observer.until(lambda: any(f.status == status for f in self.feedback), PATIENCE_S, status)

    @property
    def over(self) -> bool:
        return self._result.done()

    def result(self) -> RunInstruction.Result:
        self._observer.until(self._result.done, PATIENCE_S, "the result")
        return self._result.result().result


class BenchStack:
    """The processes, started once for several tests; a monitor that a test has killed is started again.

    Args:
        processes: starts them.
        observer: talks to them.
        parameters: of the bench.
        monitor: parameters of the monitor.
    """

    def __init__(
        self, processes: Processes, observer: Observer, *parameters: str, monitor: tuple[str, ...] = ()
    ) -> None:
        self.processes, self.observer, self._words = processes, observer, monitor
        self.bench = start(processes, "bench_world", "real_time_factor:=2.5", *parameters)
        self.monitor = start(processes, "execution_monitor", *monitor)
        self.client = ActionClient(observer.node, RunInstruction, "run_instruction")
        self.states = observer.listen(BenchState, "bench_state")
        self.verdicts = observer.listen(Verdict, "verdict")
        self.events = observer.listen(RunEvent, "evidence")
        # The monitor first: a bench that runs leaves a busy machine little time for what a monitor loads.
        bring_up(observer, "execution_monitor", self.monitor)
        bring_up(observer, "bench_world", self.bench)

    def ready(self, seed: int = 0, failure: str = "", step: int = 0) -> None:
        """A new episode, nothing running."""
        if self.monitor.poll() is not None:
            self.restart_monitor()
        request = ResetBench.Request(seed=seed, failure=failure, failure_step=step)
        answer = self.observer.call(ResetBench, "bench_world/reset", request, patience_s=20.0)
        assert answer.success, answer.message
        self.observer.until(
            lambda: self.states and self.states[-1][1].episode == answer.episode, PATIENCE_S, "the new episode"
        )
        for kept in (self.states, self.verdicts, self.events):
            kept.clear()

    def restart_monitor(self) -> None:
        """A new process in the place of one that is dead, once it is told from it: a killed one stays in the graph."""
        known = self._monitors()
        self.monitor = start(self.processes, "execution_monitor", *self._words)
        self.observer.until(lambda: self._monitors() - known, PATIENCE_S, "the new monitor")
        for transition in READY:
            assert self.observer.change("execution_monitor", transition), logs(self.monitor)

    def _monitors(self) -> set[bytes]:
        topic = "execution_monitor/transition_event"
        return {bytes(end.endpoint_gid) for end in self.observer.node.get_publishers_info_by_topic(topic)}

    def run(self, instruction: str = "", **words: str) -> Goal:
        return Goal(self, RunInstruction.Goal(instruction=instruction, **words))

    def trigger(self, name: str) -> Trigger.Response:
        return self.observer.call(Trigger, f"execution_monitor/{name}", Trigger.Request(), patience_s=20.0)

    @property
    def state(self) -> BenchState:
        return self.states[-1][1]


def logs(child: "subprocess.Popen[bytes]") -> str:
    return child.log.read_text()  # type: ignore[attr-defined]
