"""The safety supervisor's loop: looks at the inputs, takes one step of the state machine, sends what may go on."""

import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from touchloop.control.deadline import DeadlineLoop, prefer_all_threads, prefer_this_thread
from touchloop.control.standstill import standstill_pose
from touchloop.geometry.pose import rotate
from touchloop.safety.command_guard import MAX_TICKS, CommandGuard
from touchloop.safety.partner import Partner
from touchloop.safety.states import Behaviour, Memory, Observation, Preflight, State
from touchloop.safety.supervisor import step
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
TOOL_AXIS = np.array([0.0, 0.0, 1.0])
STATE_PERIOD_S = 0.1
PROCESS_PERIOD_S = 0.01
STOPPING_NS = 400_000_000
"""After so long in a stop nothing is sent any more."""
RUN_ON_S = 0.05
"""For so long an arm goes on at its speed while its target is taken back within the limits."""
CATCH_UP_M_S, CATCH_UP_M_S2 = 0.12, 0.1
"""How fast a target is caught up with after a start or a hold; faster as time goes on."""


class SafetyLoop:
    """Runs in a thread of its own; requests come from the executor's thread.

    Attributes:
        memory: the state machine's.
        preflight: set by the node, when the checks have run.
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
        self._guard, self.measuring = CommandGuard(settings.commanded), Measuring(settings.measured, inputs)
        self._period_ns = round(settings.commanded.period_s * 1e9)
        self.memory, self.preflight = Memory(), Preflight.PENDING
        self.refusal, self.limited, self.scheduling, self.deadlines = (
            "",
            False,
            "",
            DeadlineLoop(1.0 / settings.rate_hz),
        )
        self._asked: deque[tuple[str, threading.Event]] = deque()
        self._behaviour, self._out_ns = Behaviour.SILENT, -1
        self._goal, self._asked_pose, self._planned = np.zeros(7), np.zeros(7), np.zeros(6)
        self._target_fault, self._watch_problem, self._clear = "", "", False
        self._entered_ns, self._blind, self._catching_s = -1, True, 0.0
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
        self._judge_target(now_s)
        partner, own = self._partner, self._hold_reason(now_s)
        clear = not own and not violation
        seen = Observation(
            e_stop="a person asked for it" if "e_stop" in asked else partner.emergency() if partner else "",
            streams_ready=self.measuring.missing(now_s, self._settings.stream_timeout_s) == "",
            preflight=self.preflight,
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
        self._act(command.behaviour, self.measuring.clock_ns(now_s))
        if self.memory.state != before.state or clear != self._clear or now_s >= self._state_due_s:
            self._clear = clear
            self._state_due_s = now_s + STATE_PERIOD_S
            self._report(now_s)

    def _judge_target(self, now_s: float) -> None:
        """Whether the newest target may be followed; what is wrong stays said until a good one comes."""
        target, tcp = self._inputs.channels[TARGET], self._inputs.channels[TCP]
        if not target.new:
            return
        settings, pose = self._settings, target.value
        late_ns = self.measuring.clock_ns(now_s) - target.stamp_ns
        jump_m = _distance(pose, self._asked_pose)
        lead_m = _distance(pose, tcp.value)
        self._asked_pose = pose
        if not -settings.target_ahead_s * 1e9 <= late_ns <= settings.target_timeout_s * 1e9:
            way = "behind" if late_ns > 0 else "ahead of"
            self._target_fault = f"target_pose's stamp is {abs(late_ns) * 1e-9:.3f} s {way} the measurements"
        elif jump_m > settings.pose_jump_m:
            self._target_fault = f"target_pose jumps by {jump_m:.3f} m, at most {settings.pose_jump_m:g} are allowed"
        elif lead_m > settings.target_lead_m:
            self._target_fault = (
                f"target_pose is {lead_m:.3f} m from the arm, at most {settings.target_lead_m:g} are allowed"
            )
        else:
            self._target_fault = ""

    def _hold_reason(self, now_s: float) -> str:
        settings, inputs = self._settings, self._inputs
        target = inputs.channels[TARGET]
        if settings.require_heartbeat and now_s >= self._watch_due_s:
            self._watch_due_s = now_s + PROCESS_PERIOD_S
            self._watch_problem = self._watch.problem(now_s)
        age_s = target.age_s(now_s)
        silent = ""
        if age_s > settings.target_timeout_s:
            silent = f"target_pose is silent for {age_s:.2f} s" if age_s < 1e6 else "no target_pose yet"
        return (
            self._watch_problem
            or target.fault
            or silent
            or self._target_fault
            or inputs.rival
            or self.measuring.missing(now_s, settings.stream_timeout_s)
            or self.measuring.fault
            or (self._collisions.fault if self._collisions else "")
        )

    def _act(self, behaviour: Behaviour, now_ns: int) -> None:
        if self.measuring.fault:
            # Time jumped: where the arm is, and what was sent to it before, says nothing about now.
            self._out_ns = -1
            return
        entered = behaviour is not self._behaviour or self._out_ns < 0
        if behaviour is not Behaviour.SILENT and (self._behaviour is Behaviour.SILENT or self._out_ns < 0):
            self._begin(now_ns)
        if entered:
            self._enter(behaviour, now_ns)
        self._behaviour = behaviour
        if behaviour is Behaviour.SILENT or self._out_ns < 0:
            return
        if behaviour is Behaviour.PASS:
            self._pass_on()
            return
        ticks = min((now_ns - self._out_ns) // self._period_ns, MAX_TICKS)
        if ticks < 1 or (behaviour is Behaviour.STOP and now_ns - self._entered_ns > STOPPING_NS):
            return
        self._out_ns = max(self._out_ns + ticks * self._period_ns, now_ns - self._period_ns)
        pose = self._guard.brake(ticks) if self._blind else self._guard.step(self._goal, ticks)
        self._outputs.target(self._out_ns, pose, self._planned)

    def _begin(self, now_ns: int) -> None:
        """Motion begins where the arm is."""
        tcp = self._inputs.channels[TCP]
        if tcp.stamp_ns < 0:
            return
        self._guard.reset(tcp.value)
        self._out_ns = now_ns - self._period_ns

    def _enter(self, behaviour: Behaviour, now_ns: int) -> None:
        tcp, guard = self._inputs.channels[TCP], self._guard
        self._entered_ns, self._blind = now_ns, tcp.stamp_ns < 0 or bool(tcp.fault)
        if behaviour in (Behaviour.SILENT, Behaviour.PASS):
            self._catching_s = 0.0
            return
        # Along the surface the target goes to where the arm comes to rest.
        goal, axis = standstill_pose(guard.pose, tcp.value, TOOL_AXIS, 0.0), rotate(guard.pose[3:], TOOL_AXIS)
        velocity = self._inputs.channels[TWIST].value[:3]
        goal[:3] += RUN_ON_S * (velocity - float(velocity @ axis) * axis)
        if behaviour is not Behaviour.HOLD:
            # Along the tool's axis too it goes back to the arm, so that it presses on nothing.
            goal[:3] += float((tcp.value[:3] - goal[:3]) @ axis) * axis
            goal[3:] = tcp.value[3:]
            self._planned[:] = 0.0
        self._goal = goal

    def _pass_on(self) -> None:
        target, force = self._inputs.channels[TARGET], self._inputs.channels[FORCE]
        ticks = round((target.stamp_ns - self._out_ns) / self._period_ns)
        if not target.new or ticks < 1:
            return
        if force.new:
            np.clip(force.value, -self._settings.target_force_n, self._settings.target_force_n, out=self._planned)
        pose = self._guard.step(self._caught_up(target.value, ticks), ticks)
        self.limited = not self._guard.passed
        self._out_ns = target.stamp_ns
        self._outputs.target(self._out_ns, pose, self._planned)

    def _caught_up(self, target: np.ndarray, ticks: int) -> np.ndarray:
        """The target; after a start or a hold, on the way to it, a pose that is reached gently."""
        if self._catching_s < 0.0:
            return target
        dt_s = ticks * self._period_ns * 1e-9
        self._catching_s += dt_s
        # The speed grows, so that a target that moves on is caught in the end.
        reach_m = (CATCH_UP_M_S + CATCH_UP_M_S2 * self._catching_s) * dt_s
        way_m = _distance(target, self._guard.pose)
        if way_m <= reach_m:
            self._catching_s = -1.0
            return target
        np.copyto(self._goal, target)
        self._goal[:3] = self._guard.pose[:3] + (reach_m / way_m) * (target[:3] - self._guard.pose[:3])
        return self._goal

    def _report(self, now_s: float) -> None:
        inputs, figures = self._inputs, self.measuring.figures
        age_s = inputs.channels[TARGET].age_s(now_s)
        self._outputs.state(
            max(self.measuring.clock_ns(now_s), 0),
            state=int(self.memory.state),
            reason=self.memory.reason,
            foreign=inputs.others,
            clear=self._clear,
            limited=self.limited and self.memory.state is State.RUNNING,
            dry_run=self._settings.dry_run,
            speed=self._settings.speed,
            target_age_s=age_s if age_s < 1e6 else -1.0,
            force_n=float(figures[0]),
            power_w=float(figures[2]),
            energy_j=float(figures[3]),
        )


def _distance(first: np.ndarray, second: np.ndarray) -> float:
    x, y, z = first[0] - second[0], first[1] - second[1], first[2] - second[2]
    return float((x * x + y * y + z * z) ** 0.5)
