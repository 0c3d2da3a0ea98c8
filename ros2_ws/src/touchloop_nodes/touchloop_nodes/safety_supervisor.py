"""The safety supervisor as a node: between the controller and the arm, in a process of its own."""

import gc
import sys
from functools import partial

import numpy as np
from rclpy.clock import Clock, ClockType

from touchloop.arm_names import in_arm
from touchloop.errors import InputError
from touchloop.safety.preflight import Check, check_rest, summary
from touchloop.safety.states import Preflight, State
from touchloop_nodes import matching, real_time
from touchloop_nodes.conversions import ArmFrames
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.safety_collisions import watch_collisions
from touchloop_nodes.safety_controller_watch import ControllerWatch
from touchloop_nodes.safety_guided import GuidedChecks
from touchloop_nodes.safety_inputs import SafetyInputs
from touchloop_nodes.safety_loop import PRIORITY, SafetyLoop
from touchloop_nodes.safety_outputs import SAFE_TARGET, SafetyOutputs
from touchloop_nodes.safety_parameters import declare_parameters, loop_settings
from touchloop_nodes.safety_partner import PartnerWatch
from touchloop_nodes.safety_preflight import PreflightChecks
from touchloop_nodes.safety_services import offer
from touchloop_nodes.safety_warm_up import warm_up
from touchloop_nodes.seldom_clock import SeldomClock

LOOK_PERIOD_S, RIVALS_PERIOD_S = 0.2, 0.05
PREFLIGHT_LOOKS = 5
"""Looks for which messages are counted before the checks run."""
COUNT_S = 0.8
SWITCH_INTERVAL_S = 0.0001


class SafetySupervisor(ManagedNode):
    """Thin shell around ``touchloop.safety``; see docs/safety.md for its states and limits."""

    def __init__(self) -> None:
        super().__init__("safety_supervisor")
        declare_parameters(self.parameters)
        self._seldom_clock = SeldomClock(self)
        self._loop: SafetyLoop | None = None
        self._parts: list = []
        self._look_timers: list = []
        asked = {f"~/{name}": partial(self._ask, name) for name in ("reset", "start")}
        shown = {f"~/check_{name}": partial(self._guide, name) for name in ("touch", "tare")}
        offer(self, {"e_stop": partial(self._ask, "e_stop"), **asked, **shown, "~/preflight": self._run_checks})

    def on_configure_checked(self) -> None:
        """Read the limits and compile what the loop calls."""
        if self.lockstep:
            raise InputError("safety_supervisor works in real time only; lock-step needs none")
        self._settings = loop_settings(self.parameters)
        warm_up(self._settings)
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()

    def on_activate_checked(self) -> None:
        """Begin to look; what to send is up to the state machine."""
        others = matching.other_publishers(self, SAFE_TARGET)
        if others:
            raise InputError(f"{', '.join(others)} already publishes {SAFE_TARGET}; only one node may command the arm")
        settings, frames = self._settings, ArmFrames.of(self.arm)
        outputs = SafetyOutputs(self, frames, settings.dry_run)
        self._inputs = SafetyInputs(self, frames, settings.controller, settings.driver, SAFE_TARGET)
        self._watch = ControllerWatch(self, self.shared("heartbeat"), in_arm(self.arm, settings.controller))
        collisions = watch_collisions(self, self.parameters)
        simulated = self.get_parameter("use_sim_time").value
        self._checks = PreflightChecks(self._inputs, self.parameters, collisions, simulated)
        self._said, self._told, self._held_for, self._looks, self._before = "", "", "", 0, State.STARTING
        other = self.parameters["partner"]
        partner = PartnerWatch(self, other, self.shared(f"{other}/safety_state")) if other else None
        self._loop = SafetyLoop(settings, self._inputs, outputs, self._watch, collisions, partner, self._fail)
        push = np.array(self.parameters["push_in_base"])
        self._guided = GuidedChecks(self.parameters["guided"], push, self._loop.measuring.tool)
        self._parts = [self._loop, self._inputs, self._watch, outputs, *filter(None, (collisions, partner))]
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._look_timers = [
            self.create_timer(LOOK_PERIOD_S, self._look, clock=steady),
            self.create_timer(RIVALS_PERIOD_S, self._inputs.look_for_rivals, clock=steady),
        ]
        real_time.prepare(self, PRIORITY)
        self._loop.start()

    def on_deactivate_checked(self) -> None:
        """Send nothing any more: the arm's driver stops it."""
        for timer in self._look_timers:
            self.destroy_timer(timer)
        for part in self._parts:
            part.close()
        self._parts, self._loop, self._look_timers = [], None, []

    def on_cleanup_checked(self) -> None:
        """Nothing is kept."""
        self.on_deactivate_checked()

    def diagnose(self) -> Diagnosis:
        """State, deadlines, who else is there."""
        loop = self._loop
        if loop is None:
            return Diagnosis(OK, "not active")
        timing, memory, inputs = loop.deadlines.timing(), loop.memory, self._inputs
        others = "; ".join(inputs.others)
        values: dict[str, object] = {"state": memory.state.name, "reason": memory.reason, "foreign": others}
        values |= {f"ignored_{topic}": channel.ignored for topic, channel in inputs.channels.items() if channel.ignored}
        values |= {"kept_ratio": timing.kept_ratio, "lateness_p99_s": timing.lateness_p99_s}
        values |= {"scheduling": loop.scheduling, "preflight": self._said}
        level = ERROR if memory.state >= State.PROTECTIVE_STOP else WARN if memory.reason or others else OK
        return Diagnosis(level, "; ".join(filter(None, (memory.state.name, memory.reason, others))), values)

    def _look(self) -> None:
        """The slow part: the graph, the checks, what to log."""
        loop = self._loop
        self._inputs.look(self._watch.died)
        memory = loop.memory
        if memory.state is not self._before:
            said = f"{self._before.name} -> {memory.state.name}" + (f": {memory.reason}" if memory.reason else "")
            self.get_logger().info(said)
            self._before = memory.state
        elif memory.state is State.HOLDING and _topic(memory.reason) != _topic(self._held_for):
            self.get_logger().info(f"still HOLDING: {memory.reason}")
        self._held_for = memory.reason
        if memory.state is State.STARTING:
            loop.preflight, self._looks, self._told = Preflight.PENDING, 0, ""
            self._checks.begin()
        elif memory.state is State.PREFLIGHT:
            self._looks += 1
            if self._looks >= PREFLIGHT_LOOKS:
                self._check()

    def _check(self) -> str:
        checks = [*self._checks.run(), *self._at_rest(), *self._guided.results()]
        self._loop.preflight, reason = summary(checks)
        self._loop.refused = reason
        if reason and reason != self._said:
            self.get_logger().error(f"refuses to start: {reason}")
        self._said, self._looks = reason, 0
        self._checks.begin()
        self._told = "\n".join(f"{'ok' if c.passed else 'FAILED'} {c.name}: {c.reason}" for c in checks)
        return self._told

    def _at_rest(self) -> list[Check]:
        most_n, measuring = self.parameters["rest_force_n"], self._loop.measuring
        return [check_rest(measuring.bias, measuring.tool()[1], most_n)] if most_n > 0.0 else []

    def _running(self) -> SafetyLoop:
        if self._loop is None:
            raise InputError(f"{self.get_name()} is not active")
        return self._loop

    def _ask(self, what: str) -> tuple[bool, str]:
        refusal = self._running().ask(what)
        return not refusal, refusal or f"{what}: done"

    def _guide(self, name: str) -> tuple[bool, str]:
        self._running()
        check = self._guided.touch() if name == "touch" else self._guided.tare()
        return check.passed, check.reason

    def _run_checks(self) -> tuple[bool, str]:
        loop = self._running()
        # What was counted for a moment only says nothing about rates.
        text = self._told if self._told and self._checks.age_s < COUNT_S else self._check()
        return loop.preflight is Preflight.PASSED, text

    def _fail(self, reason: str) -> None:
        self.get_logger().fatal(reason)
        self.stop.request(1)


def _topic(reason: str) -> str:
    """What a reason is about, without its figures."""
    return reason.partition(" ")[0]


def main() -> None:
    """Run the node."""
    run_node(SafetySupervisor)


if __name__ == "__main__":
    main()
