"""The fast controller as a node: feels 250 times a second and commands one target pose. No torch in this process."""

import gc
import sys
import time
from dataclasses import fields, replace
from pathlib import Path

from rclpy.clock import Clock, ClockType
from rosgraph_msgs.msg import Clock as ClockMessage
from touchloop_msgs.msg import Hold

from touchloop.control.clock import ClockEstimate
from touchloop.control.config import ControllerConfig
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController as Law
from touchloop.control.lockstep import LockstepRates
from touchloop.control.warm_up import warm_up
from touchloop.errors import InputError
from touchloop.policy.weights import default_weights
from touchloop_nodes import matching, qos
from touchloop_nodes.cdr import stamp_of
from touchloop_nodes.controller_free import FreeRunningController
from touchloop_nodes.controller_inputs import ControllerInputs
from touchloop_nodes.controller_lockstep import LockstepController
from touchloop_nodes.controller_outputs import ControllerOutputs
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis
from touchloop_nodes.managed_node import ManagedNode, run_node

CHECK_PERIOD_S = 0.5
LOCKSTEP_CHECK_PERIOD_S = 0.02
SWITCH_INTERVAL_S = 0.0005
"""The control thread waits at most this long for the thread that takes messages."""
_SETTINGS = {field.name: field.default for field in fields(ControllerConfig) if isinstance(field.default, float)}
_DESCRIPTIONS = {
    "plan_timeout_s": "A plan older than this is not followed on.",
    "stream_timeout_s": "Wrench and pose must be younger than this.",
    "comply_force_n": "Above this contact force it yields.",
    "comply_until_n": "It yields until the force is below this.",
    "retract_force_n": "Above this contact force it lifts off.",
    "retract_after_s": "It lifts off after holding in contact for so long.",
    "retract_m": "How far it lifts off.",
    "retract_speed_m_s": "How fast it lifts off.",
    "hold_reach_m": "How far it follows a surface that moves away while it holds.",
    "seam_s": "Time constant with which the step between two plans fades.",
    "correction_fade_s": "Time constant with which the correction gives way to the decoded motion.",
}


class FastController(ManagedNode):
    """Thin shell around ``touchloop.control.fast_controller``; see ARCHITECTURE.md for topics, time and the ladder."""

    def __init__(self) -> None:
        super().__init__("fast_controller")
        declare = self.parameters.declare
        declare("task", "wipe", "The task that the weights must be for.")
        declare("weights", "", "Folder of trained weights; empty: the ones that come with touchloop.")
        declare("control_rate_hz", 250.0, "Ticks a second.", minimum=50.0, maximum=1000.0)
        declare("plan_rate_hz", 2.0, "Plans a second, for lock-step.", minimum=0.5, maximum=10.0)
        declare("plan_latency_s", 0.1, "Time from a plan's stamp to its use in lock-step.", minimum=0.004, maximum=1.0)
        declare("tactile_rate_hz", 50.0, "Marker fields a second, for lock-step.", minimum=1.0, maximum=250.0)
        declare("require_manager", True, "Hold unless the lifecycle manager says that all is well.")
        for name, text in _DESCRIPTIONS.items():
            declare(name, _SETTINGS[name], text, minimum=1e-3, maximum=100.0)
        self._decoder: FastDecoder | None = None
        self._inputs: ControllerInputs | None = None
        self._outputs: ControllerOutputs | None = None
        self._driver: FreeRunningController | LockstepController | None = None
        self._extra: list = []
        self._check_timer = None

    def on_configure_checked(self) -> None:
        """Load the decoder and compile what the loop calls."""
        get = self.parameters
        weights = Path(get["weights"]).expanduser() if get["weights"] else default_weights(get["task"])
        self._decoder = FastDecoder.load(weights, get["task"])
        settings = {name: get[name] for name in _DESCRIPTIONS}
        self._config = replace(ControllerConfig(), period_s=1.0 / get["control_rate_hz"], **settings)
        self._rates = self._lockstep_rates()
        warm_up(self._decoder)
        self._outputs = ControllerOutputs(self, self.lockstep)

    def on_activate_checked(self) -> None:
        """Begin to feel and to command."""
        others = matching.other_publishers(self, "target_pose")
        if others:
            raise InputError(f"{', '.join(others)} already publishes target_pose; only one node may command the arm")
        law = Law(self._decoder, self._config)
        self._inputs = ControllerInputs(self, self.lockstep, lambda topic, data: self._driver.receive(topic, data))
        if self.lockstep:
            self._driver = LockstepController(law, self._inputs, self._outputs, self._rates)
        else:
            self._driver = self._free_running(law)
        period_s = LOCKSTEP_CHECK_PERIOD_S if self.lockstep else CHECK_PERIOD_S
        self._check_timer = self.create_timer(period_s, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))
        sys.setswitchinterval(SWITCH_INTERVAL_S)
        gc.collect()
        gc.freeze()

    def on_deactivate_checked(self) -> None:
        """Stop commanding; the arm keeps its last target."""
        if self._check_timer is not None:
            self.destroy_timer(self._check_timer)
            self._check_timer = None
        for subscription in self._extra:
            self.destroy_subscription(subscription)
        self._extra = []
        if self._inputs is not None:
            self._inputs.close()
            self._inputs = None
        if self._driver is not None:
            self._driver.close()
            self._driver = None

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
        timing, command = driver.timing, driver.command
        values: dict[str, object] = {
            "ticks": timing.ticks,
            "missed_ticks": timing.missed_ticks,
            "kept_ratio": timing.kept_ratio,
            "lateness_p50_s": timing.lateness_p50_s,
            "lateness_p99_s": timing.lateness_p99_s,
            "lateness_max_s": timing.lateness_max_s,
            "scheduling": driver.scheduling,
            "refused_plan": driver.refusal,
        }
        if command is not None:
            ages = {"plan": command.plan_age_s, "wrench": command.wrench_age_s, "tcp_pose": command.tcp_age_s}
            values |= {f"{name}_age_s": age for name, age in ages.items()}
        problem = driver.extra_reason or "; ".join(self._inputs.faults.values()) or driver.refusal
        level = ERROR if problem else WARN if command is None or command.reason else OK
        return Diagnosis(level, problem or (command.reason if command else "no pose yet") or "following", values)

    def _free_running(self, law: Law) -> FreeRunningController:
        clock = None
        if self.get_parameter("use_sim_time").value:
            clock = ClockEstimate()
            self._extra.append(
                self.create_subscription(
                    ClockMessage,
                    "/clock",
                    lambda data: clock.hear(stamp_of(data), time.monotonic_ns()),
                    qos.stream_input(lockstep=False, depth=1),
                    raw=True,
                )
            )
        driver = FreeRunningController(
            law, self._inputs, self._outputs, clock, self.parameters["require_manager"], self._fail
        )
        self._extra.append(
            self.create_subscription(Hold, "hold", lambda message: driver.hear_hold(message.hold, message.reason), 1)
        )
        return driver

    def _lockstep_rates(self) -> LockstepRates:
        get, period_ns = self.parameters, round(1e9 * self._config.period_s)
        rates = LockstepRates(
            period_ns,
            round(1e9 / get["tactile_rate_hz"]),
            round(1e9 / get["plan_rate_hz"]),
            round(1e9 * get["plan_latency_s"]),
        )
        if self.lockstep:
            for name in ("tactile_period_ns", "plan_period_ns", "plan_latency_ns"):
                if getattr(rates, name) % period_ns:
                    raise InputError(f"{name} is {getattr(rates, name)}; lock-step needs a multiple of {period_ns}")
        return rates

    def _check(self) -> None:
        if isinstance(self._driver, LockstepController):
            self._driver.check()
            return
        problems = list(self._inputs.check_graph().values())
        others = matching.other_publishers(self, "target_pose")
        if others:
            problems.append(f"{', '.join(others)} also publishes target_pose")
        reason = "; ".join(problems)
        if reason and reason != self._driver.extra_reason:
            self.get_logger().error(reason)
        self._driver.extra_reason = reason

    def _fail(self, reason: str) -> None:
        self.get_logger().fatal(reason)
        self.stop.request(1)


def main() -> None:
    """Run the node."""
    run_node(FastController)
