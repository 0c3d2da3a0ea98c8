"""Conducts a chaos run: throws the drawn faults while the arm is in contact, plays the person, and judges."""

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from diagnostic_msgs.msg import DiagnosticArray
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_srvs.srv import Trigger
from touchloop_msgs.msg import ControllerState, SafetyState
from touchloop_msgs.srv import ResetWorld

from touchloop.chaos.canary import Canary
from touchloop.chaos.catalogue import draw
from touchloop.chaos.explain import MACHINE, PERSON, RESET, Said
from touchloop.chaos.judge import Finding
from touchloop.chaos.ledger import Ledger, is_moving
from touchloop.chaos.limits import Limits
from touchloop.chaos.result import content_of
from touchloop.chaos.schedule import Schedule
from touchloop.chaos.topics import CONTROLLER, SUPERVISOR, WORLD
from touchloop.control.deadline import prefer_all_threads
from touchloop.safety.states import STOPPED, State
from touchloop_nodes import qos, spinning
from touchloop_nodes.chaos_people import Nodes, Services
from touchloop_nodes.chaos_throwing import Throwing
from touchloop_nodes.chaos_witness import Witness
from touchloop_nodes.conversions import decoded
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.polled_input import PolledInput

PERIOD_S = 0.02
PRIORITY = 6
NO_CONTACT_S, NO_TOUCH_S = 2.0, 15.0
"""An episode ends when contact was lost for so long, or did not begin for so long."""
RESET_NEWS_S, PERSON_NEWS_S = 2.5, 3.0
"""A new episode and a person's reset explain states for so long."""
PRESSES, LIFTED_AFTER_S = "are felt before motion", 3.0
HANG_S = 300.0
"""Without contact for so long, whatever a person does, the arm hangs."""
START_S = 300.0
PROGRESS_S = 10.0
MOVING_SAMPLES = 12
SAFETY_DEPTH = 200


class ChaosConductor(Node):
    """A plain node that ends by itself. Exit code 0: all was judged, good or bad; 1: it could not go on."""

    def __init__(self) -> None:
        super().__init__("chaos_conductor")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare = self.parameters.declare
        self._faults = declare("faults", 100, "How many to throw.", minimum=1, maximum=10_000_000, read_only=True)
        self._hours = declare("hours", 0.0, "End after so long; 0: when all are thrown.", minimum=0.0, read_only=True)
        self._seed = declare("seed", 1, "Of the faults.", minimum=0, read_only=True)
        only = declare("only", "", "Kinds, as KIND or KIND:TARGET with commas; empty: all.", read_only=True)
        self._episode_seed = declare("episode_seed", 1000, "Of the first episode.", minimum=0, read_only=True)
        self._run_dir = Path(declare("run_dir", "runs/chaos", "Folder for what is found.", read_only=True)).expanduser()
        config = declare("limits", "", "The supervisor's parameter file.", read_only=True)
        self.parameters.refuse_unknown()
        self._run_dir.mkdir(parents=True, exist_ok=True)
        self._witness, self._nodes, self._helpers = Witness(self), Nodes(self), Services(self)
        self._ledger = Ledger(Limits.read(Path(config)), self._witness.track)
        self._schedule = Schedule(draw(self._seed, only), self._faults)
        self._throwing = Throwing(self, self._schedule, self._ledger, self._witness, self._nodes)
        self._state, self._state_s, self._presses = State.STARTING, 0.0, False
        self._episodes, self._reset_s, self._touched, self._told = 0, -1e9, False, (0, 0)
        self._contact_s = self._progress_s = self._began_s = self._thrown_s = time.monotonic()
        # Polled, since that tells when a message came: on a busy machine a callback hears it a second later.
        self._safety = PolledInput(self, SafetyState, "safety_state", qos.stream_input(False, SAFETY_DEPTH))
        self.create_subscription(ControllerState, "controller_state", self._hear_controller, qos.stream(False))
        self.create_subscription(DiagnosticArray, "/diagnostics", self._hear_diagnostics, 10)
        self.create_timer(PERIOD_S, self._turn, clock=Clock(clock_type=ClockType.STEADY_TIME))
        prefer_all_threads(PRIORITY)
        self._canary = Canary(lambda: [self._nodes.pids.get(name, 0) for name in (WORLD, CONTROLLER, SUPERVISOR)])

    def close(self) -> None:
        """Writes what was found, also when it was broken off."""
        now_s = time.monotonic()
        self._ledger.settle(now_s + 1e3)
        content = content_of(self._ledger, self._seed, now_s - self._began_s, self._episodes)
        content["failed"] = self.stop.code != 0
        (self._run_dir / "judged.json").write_text(json.dumps(content, indent=1))
        rows = "\n".join(json.dumps(asdict(entry)) for entry in self._ledger.entries)
        (self._run_dir / "faults.jsonl").write_text(rows + "\n")

    def _turn(self) -> None:
        now_s = time.monotonic()
        while self._canary.late:
            self._ledger.cause("late", MACHINE, *self._canary.late.popleft())
        self._ledger.look(self._witness.look())
        self._throwing.look(now_s)
        for data in self._safety.take():
            message: SafetyState = decoded(bytes(data), SafetyState)
            self._hear_safety(message, self._safety.arrival_ns() * 1e-9)
        self._ledger.settle(now_s)
        self._tell()
        self._help(now_s)
        contact = self._witness.contact
        self._follow_episode(contact, now_s)
        moving = contact and is_moving(self._witness.track, MOVING_SAMPLES)
        seen = self._throwing.situation(now_s, contact, self._state is State.RUNNING, moving)
        over = self._hours > 0.0 and now_s - self._began_s > 3600.0 * self._hours
        fault = None if over else self._schedule.next(seen)
        if fault is not None:
            self._thrown_s = now_s
            self._throwing.throw(fault)
        elif self._episodes and now_s - self._thrown_s > HANG_S and not self._schedule.empty and not over:
            self._give_up(f"no fault could be thrown for {HANG_S:g} s")
        if self._ledger.quiet and (over or self._schedule.empty):
            self.stop.request(0)
        if now_s - self._progress_s > PROGRESS_S:
            self._progress_s = now_s
            self._say_progress()

    def _follow_episode(self, contact: bool, now_s: float) -> None:
        starting = not self._episodes and now_s - self._began_s < START_S
        if contact or starting:
            self._contact_s, self._touched = now_s, self._touched or contact
        if now_s - self._contact_s > HANG_S:
            self._give_up(f"no contact for {HANG_S:g} s")
        lost = self._touched and now_s - self._contact_s > NO_CONTACT_S
        never = not self._touched and now_s - self._reset_s > NO_TOUCH_S
        pressed = self._presses and now_s - self._state_s > LIFTED_AFTER_S
        if (lost or never or pressed) and self._nodes.whole and self._state not in STOPPED:
            answer = self._helpers.ask(
                f"{WORLD}/reset",
                ResetWorld.Request(seed=self._episode_seed + self._episodes, perturbation="none"),
                now_s,
            )
            self._ledger.note(RESET, now_s, RESET_NEWS_S)
            if answer is not None and answer.success:
                self._episodes, self._reset_s, self._touched = self._episodes + 1, now_s, False

    def _give_up(self, why: str) -> None:
        text = f"{why}: {self._state.name}, {self._nodes.reason}, {self._nodes.missing()}"
        self._ledger.find(Finding("hang", text, 0.0))
        self.get_logger().error(text)
        self.stop.request(1)

    def _help(self, now_s: float) -> None:
        """What a person does when the arm has stopped."""
        waited_s = now_s - self._state_s
        if self._presses:
            # A supervisor that was started again does not begin with a tool that presses; a person moves it away.
            self._ledger.note(PERSON, now_s, PERSON_NEWS_S)
        name = "reset" if self._state in STOPPED else "start" if self._state is State.READY else ""
        if name and waited_s > 0.2 and self._nodes.is_active(SUPERVISOR):
            self._ledger.note(PERSON, now_s, PERSON_NEWS_S)
            answer = self._helpers.ask(f"{SUPERVISOR}/{name}", Trigger.Request(), now_s)
            if answer is not None:
                self._state_s = now_s

    def _hear_safety(self, message: SafetyState, now_s: float) -> None:
        state = State(message.state)
        if state is not self._state:
            self._state, self._state_s = state, now_s
        if self._episodes:  # before the first one the nodes start
            self._ledger.say(Said(state.name, message.reason, now_s))
        self._presses = state is State.PREFLIGHT and PRESSES in message.reason
        self._ledger.hear(list(message.foreign))

    def _hear_controller(self, message: ControllerState) -> None:
        newest = self._witness.track.newest
        self._ledger.hear_plan(message.plan_sequence, 0.0 if newest is None else float(newest[0]))

    def _hear_diagnostics(self, message: DiagnosticArray) -> None:
        self._ledger.hear([status.message for status in message.status])

    def _tell(self) -> None:
        """Each finding when it is made: a run for hours is looked at before its end."""
        unsafe, unexplained = self._ledger.unsafe, self._ledger.unexplained
        for found in unsafe[self._told[0] :]:
            self.get_logger().error(f"unsafe: {found['what']}: {found['text']} {found['acting']}")
        for entry in unexplained[self._told[1] :]:
            self.get_logger().error(f"unexplained: {entry.state}: {entry.reason} {entry.causes}")
        self._told = len(unsafe), len(unexplained)

    def _say_progress(self) -> None:
        ledger = self._ledger
        self.get_logger().info(
            f"{ledger.finished} of {self._faults} faults, {len(ledger.unsafe)} unsafe, {len(ledger.unexplained)} "
            f"unexplained, longest hold {ledger.max_hold_s:.3f} s, greatest force {ledger.max_force_n:.1f} N, "
            f"episode {self._episodes}, {self._state.name}"
        )


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(ChaosConductor))


if __name__ == "__main__":
    main()
