"""Runs the episodes of a task on the other nodes, writes their result and ends."""

import sys
import time
from enum import Enum, auto
from pathlib import Path

from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.task import Future
from std_srvs.srv import Trigger
from touchloop_msgs.msg import Episode, TaskState
from touchloop_msgs.srv import ResetWorld

from touchloop.bench.results import EpisodeResult
from touchloop.bench.run_result import write_result
from touchloop.tasks.perturbation import NAMES, checked_kind
from touchloop.tasks.registry import TASKS
from touchloop_nodes import qos, spinning
from touchloop_nodes.conversions import from_time
from touchloop_nodes.parameters import Parameters

IS_ACTIVE, RESET = "lifecycle_manager/is_active", "pybullet_world/reset"
SERVICES = {IS_ACTIVE: Trigger, RESET: ResetWorld}
CHECK_PERIOD_S = 0.05
ANSWER_TIMEOUT_S = 5.0
MAX_REFUSALS = 5
LOCKSTEP_GOODBYE_S = 1.0
"""The last tick's answers are still on their way to the bag when the result is known."""


class Phase(Enum):
    """What the runner is doing."""

    GATHERING = auto()
    """Waiting until all nodes are active."""
    RESETTING = auto()
    RUNNING = auto()
    ENDING = auto()


class TaskRunner(Node):
    """A plain node that ends by itself: 0 when all episodes ran, 1 when a node stays missing, 2 for bad input."""

    def __init__(self) -> None:
        super().__init__("task_runner")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare = self.parameters.declare
        self.task = declare("task", "wipe", "What to do.", choices=tuple(TASKS), read_only=True)
        self.seed = declare("seed", 1000, "Seed of the first episode.", minimum=0, read_only=True)
        self.perturbation = checked_kind(declare("perturb", "none", "What disturbs.", choices=NAMES, read_only=True))
        self.episodes = declare("episodes", 1, "How many.", minimum=1, maximum=1_000_000, read_only=True)
        self.run_dir = Path(declare("run_dir", "runs/sim", "Folder for result.json.", read_only=True)).expanduser()
        lockstep = declare("lockstep", False, "Simulated time waits for the nodes.", read_only=True)
        limits = {"minimum": 0.1, "maximum": 86400.0, "read_only": True}
        self.start_timeout_s = declare("start_timeout_s", 90.0, "Time for all nodes to become active.", **limits)
        self.episode_timeout_s = declare("episode_timeout_s", 180.0, "Wall time for one episode.", **limits)
        self.parameters.refuse_unknown()
        self._lockstep = lockstep
        self._results: list[EpisodeResult] = []
        self._clients_of = {name: self.create_client(kind, name) for name, kind in SERVICES.items()}
        self.create_subscription(TaskState, "task_state", self._on_state, qos.stream(lockstep))
        self.create_subscription(Episode, "episode", self._on_episode, qos.latched())
        self._asked: Future | None = None
        self._asked_at_s = 0.0
        self._status = "lifecycle_manager does not answer"
        self._world_was_missing = False
        self._refusals = 0
        self._episode, self._start_ns = -1, -1
        self._enter(Phase.GATHERING)
        self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Nothing to leave behind."""

    def _enter(self, phase: Phase) -> None:
        self._phase, self._since_s, self._asked = phase, time.monotonic(), None

    def _check(self) -> None:
        passed_s = time.monotonic() - self._since_s
        if self._phase is Phase.GATHERING:
            self._gather(passed_s)
        elif self._phase is Phase.RESETTING:
            self._reset(passed_s)
        elif self._phase is Phase.RUNNING:
            self._watch(passed_s)
        elif passed_s > (LOCKSTEP_GOODBYE_S if self._lockstep else 0.0):
            self.stop.request(0)

    def _gather(self, passed_s: float) -> None:
        active = self._ask_manager()
        if active:
            self._world_was_missing = False
            self._enter(Phase.RESETTING)
        elif self._status.startswith("failed"):
            self._give_up(self._status)
        elif passed_s > self.start_timeout_s:
            self._give_up(f"not all nodes became active within {self.start_timeout_s:g} s: {self._status}")

    def _ask_manager(self) -> bool | None:
        """Whether all nodes are active; None while there is no answer."""
        answer = self._answer(IS_ACTIVE, Trigger.Request())
        if answer is None:
            return None
        self._status = answer.message
        return answer.success

    def _answer(self, service, request):
        """The answer to a request sent now or before, once it is there; it is asked again after a while."""
        client = self._clients_of[service]
        waited_s = time.monotonic() - self._asked_at_s
        if self._asked is not None and self._asked.done():
            answer, self._asked = self._asked.result(), None
            return answer
        if self._asked is not None and waited_s > ANSWER_TIMEOUT_S:
            # A client may never connect to the service of a process that took the place of a killed one.
            self.destroy_client(client)
            client = self._clients_of[service] = self.create_client(SERVICES[service], service)
            self._asked = None
        if self._asked is None and client.service_is_ready():
            self._asked, self._asked_at_s = client.call_async(request), time.monotonic()
        return None

    def _reset(self, passed_s: float) -> None:
        seed = self.seed + len(self._results)
        answer = self._answer(RESET, ResetWorld.Request(seed=seed, perturbation=self.perturbation))
        if answer is not None and answer.success:
            self._refusals = 0
            self._episode, self._start_ns = answer.episode, from_time(answer.start)
            self.get_logger().info(f"episode {len(self._results) + 1} of {self.episodes}, seed {seed}")
            self._enter(Phase.RUNNING)
        elif answer is not None:
            # A world that died and came back a moment ago may not be active yet.
            self._refusals += 1
            if self._refusals == MAX_REFUSALS:
                self._give_up(f"pybullet_world refuses to reset: {answer.message}")
            else:
                self._enter(Phase.GATHERING)
        elif passed_s > self.start_timeout_s:
            self._give_up(f"pybullet_world/reset does not answer within {self.start_timeout_s:g} s")

    def _watch(self, passed_s: float) -> None:
        active = self._ask_manager()
        if active is False and "pybullet_world" in self._status:
            self._world_was_missing = True
        if active is False and self._status.startswith("failed"):
            self._give_up(self._status)
        elif active and self._world_was_missing:
            self._repeat("pybullet_world was started again")
        elif passed_s > self.episode_timeout_s:
            self._give_up(f"the episode did not end within {self.episode_timeout_s:g} s: {self._status}")

    def _repeat(self, why: str) -> None:
        self.get_logger().warning(f"{why}; the episode begins anew")
        self._enter(Phase.GATHERING)

    def _on_episode(self, message: Episode) -> None:
        if self._phase is Phase.RUNNING and from_time(message.header.stamp) > self._start_ns:
            self._repeat("somebody else reset the world")

    def _on_state(self, message: TaskState) -> None:
        stamp_ns = from_time(message.header.stamp)
        if self._phase is not Phase.RUNNING or not message.done or message.episode != self._episode:
            return
        if stamp_ns < self._start_ns:
            return
        result = EpisodeResult(
            seed=self.seed + len(self._results),
            perturbation=self.perturbation,
            variant=message.variant,
            success=message.success,
            score=message.score,
            progress=message.progress,
            in_band_ratio=message.in_band_ratio,
            peak_force_n=message.peak_force_n,
            duration_s=(stamp_ns - self._start_ns) / 1e9,
        )
        self._results.append(result)
        outcome = "success" if result.success else "no success"
        self.get_logger().info(
            f"{outcome}: score {result.score:g}, progress {result.progress:.2f}, in band {result.in_band_ratio:.2f}, "
            f"peak {result.peak_force_n:.1f} N, {result.duration_s:.1f} s"
        )
        write_result(self.run_dir, self.task, self.perturbation, self._results)
        # A node that died in this episode may still be on its way back.
        self._enter(Phase.GATHERING if len(self._results) < self.episodes else Phase.ENDING)

    def _give_up(self, reason: str) -> None:
        self.get_logger().error(reason)
        self.stop.request(1)


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(TaskRunner))


if __name__ == "__main__":
    main()
