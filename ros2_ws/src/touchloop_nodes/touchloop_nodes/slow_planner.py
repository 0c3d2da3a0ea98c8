"""The slow planner as a node: thinks a few times a second and sends each thought as a latent plan."""

import time
from collections import deque

import numpy as np
from rclpy.clock import Clock, ClockType
from touchloop_msgs.msg import LatentPlan

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.policy.plan_schedule import PlanSchedule
from touchloop.policy.planner import Planner
from touchloop.policy.spec import POLICIES
from touchloop.tasks.registry import checked_task
from touchloop_nodes import matching, qos
from touchloop_nodes.background import BackgroundWork
from touchloop_nodes.controller_parameters import POLICY_TEXT, WEIGHTS_TEXT, weights_folder
from touchloop_nodes.conversions import plan_bytes
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.planner_inputs import WAKING_TOPICS, PlannerInputs

CHECK_PERIOD_S = 0.5
LOCKSTEP_CHECK_PERIOD_S = 0.02
TICK_NS = 4_000_000
"""In lock-step each plan's instant must be one of the world's ticks."""
KEPT_MESSAGES = 2048


class SlowPlanner(ManagedNode):
    """Free-running it plans in a thread of its own; in lock-step within the callbacks, so that nothing is in flight."""

    def __init__(self) -> None:
        super().__init__("slow_planner")
        declare = self.parameters.declare
        declare("task", "wipe", "The task that the weights must be for.")
        declare("weights", "", WEIGHTS_TEXT)
        declare("policy", "touchloop", POLICY_TEXT, choices=tuple(POLICIES))
        declare("plan_rate_hz", 2.0, "Plans a second.", minimum=0.5, maximum=10.0)
        self._planner: Planner | None = None
        self._outputs: list = []
        self._inputs: PlannerInputs | None = None
        self._schedule: PlanSchedule | None = None
        self._arrived: deque[tuple[int, str, bytes]] = deque(maxlen=KEPT_MESSAGES)
        self._background: BackgroundWork | None = None
        self._check_timer = None
        self._connected = False
        self._reported = ""

    def on_configure_checked(self) -> None:
        """Load the weights."""
        get = self.parameters
        self._period_ns = round(1e9 / get["plan_rate_hz"])
        if self.lockstep and self._period_ns % TICK_NS:
            raise InputError(
                f"plan_rate_hz is {get['plan_rate_hz']:g}: that is {self._period_ns * 1e-6:.6g} ms, and lock-step "
                f"needs a multiple of {TICK_NS * 1e-6:g} ms"
            )
        self._arms = checked_task(get["task"]).arms
        self._planner = Planner(weights_folder(get), get["task"])
        if self._planner.arms != len(self._arms):
            raise InputError(f"weights for {self._planner.arms} arms; the task '{get['task']}' has {len(self._arms)}")
        self._planner.warm_up()
        profile = qos.command(self.lockstep)
        self._outputs = [self.create_publisher(LatentPlan, in_arm(arm, "plan"), profile) for arm in self._arms]

    def on_activate_checked(self) -> None:
        """Begin to plan."""
        self._schedule = PlanSchedule(self._planner, self._period_ns, self.lockstep, self._arms)
        self._plan_times_s: deque[float] = deque(maxlen=256)
        self._plans = 0
        self._connected = False
        self._arrived.clear()
        if not self.lockstep:
            self._background = BackgroundWork("plan", self._plan_what_is_due, self._fail)
        self._inputs = PlannerInputs(self, self.lockstep, self._arms, self._receive)
        period_s = LOCKSTEP_CHECK_PERIOD_S if self.lockstep else CHECK_PERIOD_S
        self._check_timer = self.create_timer(period_s, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Stop planning."""
        if self._check_timer is not None:
            self.destroy_timer(self._check_timer)
            self._check_timer = None
        if self._inputs is not None:
            self._inputs.close()
        if self._background is not None:
            self._background.close()
            self._background = None
        self._inputs = self._schedule = None

    def on_cleanup_checked(self) -> None:
        """Forget the weights."""
        self.on_deactivate_checked()
        for publisher in self._outputs:
            self.destroy_publisher(publisher)
        self._planner, self._outputs = None, []

    def diagnose(self) -> Diagnosis:
        """Number of plans, planning time, what is missing."""
        if self._schedule is None or self._inputs is None:
            return Diagnosis(OK, "not active")
        times = list(self._plan_times_s) or [0.0]
        values = {
            "plans": self._plans,
            "plan_time_p50_s": float(np.median(times)),
            "plan_time_max_s": max(times),
            "weights_id": self._planner.weights_id,
        }
        if self._reported:
            return Diagnosis(ERROR, self._reported, values)
        problem = self._schedule.problem
        return Diagnosis(WARN if problem else OK, problem or "planning", values)

    def _receive(self, arm: int, topic: str, data: bytes) -> None:
        if self._inputs is None:
            return  # It was already on its way when the node was deactivated.
        self._arrived.append((arm, topic, data))
        if self._background is None:
            self._plan_what_is_due()
        elif topic in WAKING_TOPICS:
            self._background.wake()

    def _plan_what_is_due(self) -> None:
        while self._arrived:
            self._inputs.hand_over(*self._arrived.popleft(), self._schedule)
        if not self._connected:
            self._connected = not self.lockstep or matching.all_matched(self, self._outputs)
        while self._connected:
            began_s = time.perf_counter()
            plans = self._schedule.next_plans()
            if plans is None:
                return
            self._plan_times_s.append(time.perf_counter() - began_s)
            self._plans += 1
            for arm, publisher, plan in zip(self._arms, self._outputs, plans, strict=True):
                publisher.publish(plan_bytes(plan, in_arm(arm, "base_link")))

    def _check(self) -> None:
        if self.lockstep:
            self._plan_what_is_due()
        problems = {**self._inputs.check_graph(), **self._inputs.faults}
        reason = "; ".join(problems.values())
        if reason and reason != self._reported:
            self.get_logger().error(reason)
        self._reported = reason

    def _fail(self, reason: str) -> None:
        self.get_logger().fatal(f"planning failed: {reason}")
        self.stop.request(1)


def main() -> None:
    """Run the node."""
    run_node(SlowPlanner)


if __name__ == "__main__":
    main()
