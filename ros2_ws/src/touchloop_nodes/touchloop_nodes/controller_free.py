"""The fast controller on wall-clock deadlines, in a thread of its own."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable

from touchloop.control.clock import ClockEstimate
from touchloop.control.deadline import DeadlineLoop, prefer_this_thread
from touchloop.control.fast_controller import FastCommand, FastController
from touchloop.control.ladder import Mode
from touchloop_nodes.controller_hold import HoldOrders
from touchloop_nodes.controller_inputs import (
    CLOCK,
    EPISODE,
    MARKERS,
    PLAN,
    TCP_POSE,
    WRENCH,
    ControllerInputs,
    Sample,
)
from touchloop_nodes.controller_outputs import ControllerOutputs

PRIORITY = 10
"""Of the control thread; the process's other threads come right behind it."""
STATE_TICKS = 5
SELDOM_TICKS = 2
BIAS_PERIOD_NS = 1_000_000_000
STANDSTILL_S = 0.1
NEW_EPISODE_NS = 300_000_000
"""An episode that began longer ago than this is one that the controller comes into the middle of."""
JUMP_NS = 500_000_000
JUMP_WAIT_S = 0.2
PHASE_S = 0.0006
"""How long after the wrench's arrival to tick: late enough that the pose is there too."""
PHASE_GAIN = 0.01
RATE_TOLERANCE = 0.0005
"""Above this the period follows the clock; what is left the phase makes up for, half a percent at most."""


class FreeRunningController:
    """Ticks ``controller`` each period, on the newest inputs.

    Args:
        simulated_clock: the clock to follow; None for the wall clock.
        require_manager: hold unless the lifecycle manager keeps saying that all is well.

    Attributes:
        orders: who tells it to hold.
    """

    def __init__(
        self,
        controller: FastController,
        inputs: ControllerInputs,
        outputs: ControllerOutputs,
        simulated_clock: ClockEstimate | None,
        require_manager: bool,
        on_failure: Callable[[str], None],
    ) -> None:
        self._controller, self._inputs, self._outputs = controller, inputs, outputs
        self._clock = simulated_clock
        self.orders = HoldOrders(require_manager)
        self._on_failure = on_failure
        self._period_s = controller.config.period_s
        self._loop = DeadlineLoop(self._period_s)
        self._arrived: deque[tuple[str, bytes]] = deque(maxlen=4096)
        self._wrench_arrival_ns = 0
        self._now_ns = -1
        self._moved_s = time.monotonic()
        self._newest_tcp_ns = self._episode_ns = -1
        self._jump_until_s = 0.0
        self._bias_due_ns = 0
        self._command: FastCommand | None = None
        self._state_due = self._seldom_due = 0
        self.refusal = ""
        self.extra_reason = ""
        self.scheduling = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="control", daemon=True)
        controller.reset(in_air=False)
        self._thread.start()

    def close(self) -> None:
        """Ends the loop; the last target stays."""
        self._ended.set()
        self._thread.join(timeout=2.0)

    @property
    def command(self) -> FastCommand | None:
        """The last tick's result."""
        return self._command

    def figures(self) -> dict[str, object]:
        """For diagnostics: how well the deadlines are kept, and ages."""
        timing, command = self._loop.timing(), self._command
        figures: dict[str, object] = {
            "ticks": timing.ticks,
            "missed_ticks": timing.missed_ticks,
            "kept_ratio": timing.kept_ratio,
            "lateness_p50_s": timing.lateness_p50_s,
            "lateness_p99_s": timing.lateness_p99_s,
            "lateness_max_s": timing.lateness_max_s,
            "scheduling": self.scheduling,
            "refused_plan": self.refusal,
        }
        if command is not None:
            ages = {"plan": command.plan_age_s, "wrench": command.wrench_age_s, "tcp_pose": command.tcp_age_s}
            figures |= {f"{name}_age_s": age for name, age in ages.items()}
        return figures

    def receive(self, topic: str, data: bytes) -> None:
        """A rare message arrived; called from the executor's thread."""
        self._arrived.append((topic, data))

    def _run(self) -> None:
        self.scheduling = prefer_this_thread(PRIORITY)
        self._loop.restart(self._period_s)
        try:
            while not self._ended.is_set():
                lateness_s = self._loop.wait()
                self._keep_phase()
                self._tick(lateness_s)
        except Exception as error:  # noqa: BLE001 whatever it is, the node must say so and end, so that the arm holds
            self._on_failure(f"the control loop failed: {type(error).__name__}: {error}\n{traceback.format_exc()}")

    def _tick(self, lateness_s: float) -> None:
        self._take_arrived()
        clock_ns = time.time_ns() if self._clock is None else self._clock.now_ns()
        if clock_ns < self._now_ns - JUMP_NS:
            self._now_ns, self._bias_due_ns = -1, 0
            self._controller.reset(in_air=False)
        if clock_ns <= self._now_ns or clock_ns < 0 or time.monotonic() < self._jump_until_s:
            self._stand_still(lateness_s)
            return
        self._now_ns, self._moved_s = clock_ns, time.monotonic()
        controller = self._controller
        orders = self.orders
        controller.hold(orders.reason(), followed=not orders.stopped, released=orders.released)
        if controller.tared and self._bias_due_ns <= clock_ns:
            # Again and again: who starts later may miss what is latched.
            self._bias_due_ns = clock_ns + BIAS_PERIOD_NS
            self._outputs.bias(clock_ns, controller.wrench_bias)
        command = controller.step(clock_ns)
        self._outputs.target(clock_ns, command)
        changed = self._command is not None and self._command.mode != command.mode
        self._command = command
        self._report(clock_ns, command, command.reason, lateness_s, changed)

    def _take_arrived(self) -> None:
        while self._arrived:
            self._parse(*self._arrived.popleft())
        inputs = self._inputs
        if self._clock is not None:
            for data in inputs.take(CLOCK):
                self._parse(CLOCK, data)
        for data in inputs.take(TCP_POSE):
            self._parse(TCP_POSE, data)
        for data in inputs.take(WRENCH):
            self._wrench_arrival_ns = inputs.arrival_ns(WRENCH)
            self._parse(WRENCH, data)
        # What comes a few times a second need not be looked for at each tick.
        self._seldom_due -= 1
        if self._seldom_due <= 0:
            self._seldom_due = SELDOM_TICKS
            for topic in (MARKERS, PLAN):
                for data in inputs.take(topic):
                    self._parse(topic, data)
        if not self._controller.tared:
            self._bias_due_ns = 0

    def _parse(self, topic: str, data: bytes) -> None:
        sample = self._inputs.parse(topic, data)
        if sample is not None:
            self._take(sample)

    def _take(self, sample: Sample) -> None:
        controller, (topic, stamp_ns, value) = self._controller, sample
        if topic == CLOCK and self._clock is not None:
            self._clock.hear(stamp_ns, self._inputs.arrival_ns(CLOCK))
        elif topic == WRENCH:
            controller.observe_wrench(stamp_ns, value)
        elif topic == TCP_POSE:
            self._note_time(stamp_ns)
            controller.observe_tcp_pose(stamp_ns, value)
        elif topic == MARKERS:
            controller.observe_markers(stamp_ns, value)
        elif topic == PLAN and stamp_ns >= self._episode_ns:
            self.refusal = controller.accept_plan(value, max(self._now_ns, self._newest_tcp_ns))
        elif topic == EPISODE:
            self._episode_ns, self._jump_until_s = stamp_ns, 0.0
            if self._newest_tcp_ns >= 0:
                controller.reset(in_air=self._newest_tcp_ns < stamp_ns + NEW_EPISODE_NS)

    def _note_time(self, stamp_ns: int) -> None:
        """Tells by a pose's stamp where in an episode the arm is."""
        begins = 0 <= stamp_ns - self._episode_ns < NEW_EPISODE_NS
        if self._newest_tcp_ns < 0 and begins:
            self._controller.reset(in_air=True)
        elif self._newest_tcp_ns >= 0 and abs(stamp_ns - self._newest_tcp_ns) > JUMP_NS and not begins:
            # The pose may be a new episode's, of which the news is still on its way.
            self._jump_until_s = time.monotonic() + JUMP_WAIT_S
        self._newest_tcp_ns = stamp_ns

    def _stand_still(self, lateness_s: float) -> None:
        """Time does not go on: the world is paused or gone, so there is nothing to command."""
        stood_s = time.monotonic() - self._moved_s
        if self._command is None or stood_s < STANDSTILL_S:
            return
        reason = "; ".join(text for text in (f"time stands still for {stood_s:.1f} s", self.orders.reason()) if text)
        self._command.mode = Mode.STOP
        self._report(self._now_ns, self._command, reason, lateness_s, False)

    def _report(self, now_ns: int, command: FastCommand, reason: str, lateness_s: float, at_once: bool) -> None:
        self._state_due -= 1
        if self._state_due > 0 and not at_once:
            return
        self._state_due = STATE_TICKS
        if reason:
            more = [self.refusal, *self._inputs.faults.values(), self.extra_reason]
            reason = "; ".join([reason, *(text for text in more if text)])
        loop = self._loop
        self._outputs.state(now_ns, command, reason, loop.ticks, lateness_s, loop.missed_ticks)

    def _keep_phase(self) -> None:
        """Nudges the deadlines so that ticks come shortly after the wrench, as fast as the clock that feeds it runs."""
        period_s = self._loop.period_s
        if self._clock is not None and abs(self._period_s / self._clock.rate / period_s - 1.0) > RATE_TOLERANCE:
            self._loop.change_period(self._period_s / self._clock.rate)
        age_s = (time.monotonic_ns() - self._wrench_arrival_ns) * 1e-9
        if 0.0 <= age_s < period_s:
            error_s = age_s - PHASE_S
            self._loop.shift(-PHASE_GAIN * (error_s - period_s if error_s > 0.5 * period_s else error_s))
