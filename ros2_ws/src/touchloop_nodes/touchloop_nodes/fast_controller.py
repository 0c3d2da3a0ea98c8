"""The fast controller as a node: feels 250 times a second and commands one target pose. No torch in this process."""

import gc
import sys

from rclpy.clock import Clock, ClockType

from touchloop.control.clock import ClockEstimate
from touchloop.control.deadline import prefer_all_threads
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController as Law
from touchloop.control.warm_up import warm_up
from touchloop.errors import InputError
from touchloop_nodes import matching, real_time
from touchloop_nodes.controller_free import PRIORITY, FreeRunningController
from touchloop_nodes.controller_inputs import ControllerInputs
from touchloop_nodes.controller_lockstep import LockstepController
from touchloop_nodes.controller_outputs import ControllerOutputs
from touchloop_nodes.controller_parameters import (
    controller_config,
    declare_parameters,
    lockstep_rates,
    refuse_other_arms,
    weights_folder,
)
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.seldom_clock import SeldomClock

CHECK_PERIOD_S = 0.5
LOCKSTEP_CHECK_PERIOD_S = 0.02
SWITCH_INTERVAL_S = 0.0001
"""The control thread waits at most this long for the thread that takes messages."""


class FastController(ManagedNode):
    """Thin shell around ``touchloop.control.fast_controller``; see ARCHITECTURE.md for topics, time and the ladder."""

    def __init__(self) -> None:
        super().__init__("fast_controller")
        declare_parameters(self.parameters)
        self._seldom_clock = SeldomClock(self)
        self._decoder: FastDecoder | None = None
        self._inputs: ControllerInputs | None = None
        self._outputs: ControllerOutputs | None = None
        self._driver: FreeRunningController | LockstepController | None = None
        self._check_timer = None

    def on_configure_checked(self) -> None:
        """Load the decoder and compile what the loop calls."""
        folder = weights_folder(self.parameters)
        self._decoder = FastDecoder.load(folder, self.parameters["task"])
        refuse_other_arms(folder, self.arm)
        self._config = controller_config(self.parameters)
        warm_up(self._decoder)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        # What is loaded stays; without it a later collection takes microseconds instead of a tenth of a second.
        gc.collect()
        gc.freeze()
        self._frames = ArmFrames.of(self.arm)
        self._outputs = ControllerOutputs(self, self.lockstep, self._frames)

    def on_activate_checked(self) -> None:
        """Begin to feel and to command."""
        others = matching.other_publishers(self, "target_pose")
        if others:
            raise InputError(f"{', '.join(others)} already publishes target_pose; only one node may command the arm")
        law = Law(self._decoder, self._config)
        self._inputs = ControllerInputs(
            self,
            self.lockstep,
            self.shared,
            self._frames,
            lambda topic, data: self._driver.receive(topic, data),
            self._full_name(self.parameters["planner"]),
        )
        if self.lockstep:
            rates = lockstep_rates(self.parameters)
            self._driver = LockstepController(law, self._inputs, self._outputs, rates)
        else:
            self._driver = self._free_running(law)
        period_s = LOCKSTEP_CHECK_PERIOD_S if self.lockstep else CHECK_PERIOD_S
        self._check_timer = self.create_timer(period_s, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Stop commanding; the arm keeps its last target."""
        if self._check_timer is not None:
            self.destroy_timer(self._check_timer)
            self._check_timer = None
        # First the loop, which takes plans from the inputs.
        if self._driver is not None:
            self._driver.close()
            self._driver = None
        if self._inputs is not None:
            self._inputs.close()
            self._inputs = None

    def on_cleanup_checked(self) -> None:
        """Forget the weights."""
        self.on_deactivate_checked()
        if self._outputs is not None:
            self._outputs.close()
        self._outputs = self._decoder = None

    def diagnose(self) -> Diagnosis:
        """Rate, lateness, ages, refused plans."""
        driver = self._driver
        if not isinstance(driver, FreeRunningController):
            return Diagnosis(OK, "not active")
        values = driver.figures()
        problem = "; ".join(
            text for text in (driver.extra_reason, *self._inputs.faults.values(), driver.refusal) if text
        )
        command = driver.command
        level = ERROR if problem else WARN if command is None or command.reason else OK
        return Diagnosis(level, problem or (command.reason if command else "no pose yet") or "following", values)

    def _free_running(self, law: Law) -> FreeRunningController:
        clock = None
        if self.get_parameter("use_sim_time").value:
            self._inputs.follow_clock()
            clock = ClockEstimate()
        driver = FreeRunningController(
            law, self._inputs, self._outputs, clock, self.parameters["require_manager"], self._fail
        )
        self._inputs.follow_hold(driver.orders.hear_hold)
        self._inputs.follow_safety(driver.orders.hear_safety)
        real_time.prepare(self, PRIORITY)
        prefer_all_threads(PRIORITY - 1)
        return driver

    def _check(self) -> None:
        if isinstance(self._driver, LockstepController):
            self._driver.check()
            return
        problems = list(self._inputs.check_graph().values())
        others = matching.other_publishers(self, "target_pose")
        if others:
            problems.append(f"{', '.join(others)} also publishes target_pose")
        problems += filter(None, [self._inputs.strangers()])
        reason = "; ".join(problems)
        if reason and reason != self._driver.extra_reason:
            self.get_logger().error(reason)
        self._driver.extra_reason = reason

    def _full_name(self, planner: str) -> str:
        if not planner or planner.startswith("/"):
            return planner
        name = self.shared(planner)
        return name if name.startswith("/") else f"{self.get_namespace().rstrip('/')}/{name}"

    def _fail(self, reason: str) -> None:
        self.get_logger().fatal(reason)
        self.stop.request(1)


def main() -> None:
    """Run the node."""
    run_node(FastController)


if __name__ == "__main__":
    main()
