"""The safety supervisor's loop: looks at the inputs, takes one step of the state machine, sends what may go on."""

import threading
import time
from collections import deque
from collections.abc import Callable

from touchloop.control.deadline import DeadlineLoop, prefer_all_threads, prefer_this_thread
from touchloop.safety.command_guard import CommandGuard
from touchloop.safety.motion import SafeMotion, Seen
from touchloop.safety.partner import Partner
from touchloop.safety.states import Behaviour, Memory, Observation, Preflight, State
from touchloop.safety.supervisor import step
from touchloop.safety.target_judge import TargetJudge
from touchloop_nodes.safety_collisions import CollisionWatch
from touchloop_nodes.safety_controller_watch import ControllerWatch
from touchloop_nodes.safety_inputs import FORCE, TARGET, TCP, TWIST, SafetyInputs
from touchloop_nodes.safety_measuring import Measuring
from touchloop_nodes.safety_outputs import SafetyOutputs
from touchloop_nodes.safety_parameters import LoopSettings

PRIORITY = 20
"""Of this thread: above the controller's."""
OTHERS_PRIORITY = 9
"""Of the process's other threads, those that receive among them: as the controller's."""
STATE_PERIOD_S = 0.1
PROCESS_PERIOD_S = 0.01


class SafetyLoop:
    """Runs in a thread of its own; requests come from the executor's thread.

    Attributes:
        memory: the state machine's.
        preflight, refused: set by the node, when the checks have run.
        measuring: what is known of the measured arm.
    """

    def __init__(
        self,
        settings: LoopSettings,
        inputs: SafetyInputs,
        outputs: SafetyOutputs,
        watch: ControllerWatch,
        collisions: CollisionWatch | None,
        partner: Partner | None,
        on_failure: Callable[[str], None],
    ) -> None:
        self._settings, self._inputs, self._outputs, self._watch = settings, inputs, outputs, watch
        self._collisions, self._partner, self._on_failure = collisions, partner, on_failure
        self.measuring, self._judge = Measuring(settings.measured, inputs), TargetJudge(settings.target)
        period_ns = round(settings.commanded.period_s * 1e9)
        self._motion, self._seen = SafeMotion(CommandGuard(settings.commanded), period_ns, settings.force_n), Seen()
        self.memory, self.preflight, self.refused = Memory(), Preflight.PENDING, ""
        self.refusal, self.scheduling = "", ""
        self.deadlines = DeadlineLoop(1.0 / settings.rate_hz)
        self._asked: deque[tuple[str, threading.Event]] = deque()
        self._watch_problem, self._clear = "", False
        self._watch_due_s = self._state_due_s = 0.0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="safety", daemon=True)

    def start(self) -> None:
        """Begins. What brings it messages must be as sure of the processor as what looks at them."""
        prefer_all_threads(OTHERS_PRIORITY)
        self._thread.start()

    def close(self) -> None:
        """Ends the loop; nothing is sent any more."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(timeout=2.0)

    def ask(self, what: str, patience_s: float = 0.5) -> str:
        """Asks for ``e_stop``, ``reset`` or ``start`` in the next step; returns why it was refused, or nothing."""
        done = threading.Event()
        self._asked.append((what, done))
        if not done.wait(patience_s):
            return "the supervisor's loop does not answer"
        return self.refusal

    def _run(self) -> None:
        self.scheduling = prefer_this_thread(PRIORITY)
        self.deadlines.restart(1.0 / self._settings.rate_hz)
        before_s = time.monotonic()
        try:
            while not self._ended.is_set():
                self.deadlines.wait()
                now_s = time.monotonic()
                self._tick(now_s, now_s - before_s)
                before_s = now_s
        except Exception as error:  # noqa: BLE001 whatever it is, the node must say so and end, so that the arm stops
            self._on_failure(f"the safety loop failed: {type(error).__name__}: {error}")

    def _tick(self, now_s: float, dt_s: float) -> None:
        inputs = self._inputs
        inputs.poll(now_s)
        asked = {}
        while self._asked:
            what, done = self._asked.popleft()
            asked.setdefault(what, []).append(done)
        violation = self.measuring.observe(now_s) or (self._collisions.violation if self._collisions else "")
        target, now_ns = inputs.channels[TARGET], self.measuring.clock_ns(now_s)
        if target.new:
            self._judge.judge(target.value, (now_ns - target.stamp_ns) * 1e-9, inputs.channels[TCP].value)
        partner, own = self._partner, self._hold_reason(now_s)
        clear = not own and not violation
        seen = Observation(
            e_stop="a person asked for it" if "e_stop" in asked else partner.emergency() if partner else "",
            streams_ready=self.measuring.missing(now_s, self._settings.stream_timeout_s) == "",
            preflight=self.preflight,
            refused=self.refused,
            start="start" in asked,
            reset="reset" in asked,
            hold=own or (partner.problem(self.memory.state, now_s) if partner else ""),
            violation=violation,
        )
        before = self.memory
        self.memory, command = step(before, seen, dt_s, self._settings.supervisor)
        if asked:
            self.refusal = command.refusal
            for done in (done for waiting in asked.values() for done in waiting):
                done.set()
        self._act(command.behaviour, now_ns)
        if self.memory.state != before.state or clear != self._clear or now_s >= self._state_due_s:
            self._clear = clear
            self._state_due_s = now_s + STATE_PERIOD_S
            self._report(now_s)

    def _hold_reason(self, now_s: float) -> str:
        settings, inputs = self._settings, self._inputs
        target = inputs.channels[TARGET]
        if settings.require_heartbeat and now_s >= self._watch_due_s:
            self._watch_due_s = now_s + PROCESS_PERIOD_S
            self._watch_problem = self._watch.problem(now_s)
        age_s = target.age_s(now_s)
        silent = ""
        if age_s > settings.target.timeout_s:
            silent = f"target_pose is silent for {age_s:.2f} s" if age_s < 1e6 else "no target_pose yet"
        return (
            self._watch_problem
            or target.fault
            or silent
            or self._judge.fault
            or inputs.rival
            or self.measuring.missing(now_s, settings.stream_timeout_s)
            or self.measuring.fault
            or (self._collisions.fault if self._collisions else "")
        )

    def _act(self, behaviour: Behaviour, now_ns: int) -> None:
        motion, seen, channels = self._motion, self._seen, self._inputs.channels
        if self.measuring.fault:
            motion.interrupt()
            return
        target, force, tcp = channels[TARGET], channels[FORCE], channels[TCP]
        seen.now_ns = now_ns
        seen.target_in_base, seen.target_ns, seen.target_is_new = target.value, target.stamp_ns, target.new
        seen.planned, seen.planned_is_new = force.value, force.new
        seen.tcp_in_base, seen.tcp_ns = tcp.value, tcp.stamp_ns
        seen.twist, seen.twist_ns = channels[TWIST].value, channels[TWIST].stamp_ns
        if motion.step(behaviour, seen):
            self._outputs.target(motion.stamp_ns, motion.pose, motion.planned)

    def _report(self, now_s: float) -> None:
        inputs, figures = self._inputs, self.measuring.figures
        age_s = inputs.channels[TARGET].age_s(now_s)
        self._outputs.state(
            max(self.measuring.clock_ns(now_s), 0),
            state=int(self.memory.state),
            reason=self.memory.reason,
            foreign=inputs.others,
            clear=self._clear,
            limited=self._motion.limited and self.memory.state is State.RUNNING,
            dry_run=self._settings.dry_run,
            speed=self._settings.speed,
            target_age_s=age_s if age_s < 1e6 else -1.0,
            force_n=float(figures[0]),
            power_w=float(figures[2]),
            energy_j=float(figures[3]),
        )
