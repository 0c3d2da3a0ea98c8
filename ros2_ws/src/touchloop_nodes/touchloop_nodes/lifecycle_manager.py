"""Brings the managed nodes up in order, watches their heartbeats and orders a safe hold when one is missing."""

import sys
import time

from lifecycle_msgs.msg import State
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_srvs.srv import Trigger
from touchloop_msgs.msg import Heartbeat, Hold

from touchloop.control import supervision
from touchloop.control.deadline import prefer_all_threads
from touchloop.control.process_life import ProcessName
from touchloop.control.supervision import Observation, Outcome, Settings
from touchloop.errors import InputError
from touchloop_nodes import shared_memory, spinning
from touchloop_nodes.conversions import decoded
from touchloop_nodes.diagnostics import ERROR, OK, WARN, Diagnosis, Diagnostics
from touchloop_nodes.lifecycle_clients import LifecycleClients
from touchloop_nodes.parameters import Parameters

PRIORITY = 8
"""It must see a death in time on a machine that has too much to do."""
CHECK_PERIOD_S = 0.01
HOLD_PERIOD_S = 0.05
LOOK_CHECKS = 100
"""So many checks between two looks at the shared memory."""
LONGEST_STEP_S = 2 * CHECK_PERIOD_S
"""A manager that was kept from running must not take its own silence for the others'."""
DEAF_REQUESTS = 6
"""So many in a row, over more than 20 s, and a node counts as deaf."""
LOCKSTEP_TIMEOUT_S = 5.0
"""In lock-step nobody sends heartbeats; states are polled, and a busy node may answer late."""


class LifecycleManager(Node):
    """A plain node, so that it needs no manager itself; see touchloop.control.supervision for its decisions."""

    def __init__(self) -> None:
        super().__init__("lifecycle_manager")
        self.stop = spinning.Stop()
        self.parameters = Parameters(self)
        declare = self.parameters.declare
        nodes = ["bag_recorder", "fast_controller", "slow_planner", "pybullet_world"]
        self.lockstep = declare("lockstep", False, "Poll states; no heartbeats, no hold.", read_only=True)
        timeout_s = declare(
            "heartbeat_timeout_s", 0.12, "Silence that means death.", minimum=0.06, maximum=10.0, read_only=True
        )
        self.settings = Settings(
            nodes=tuple(declare("managed_nodes", nodes, "Names, in bring-up order.", read_only=True)),
            timeout_s=LOCKSTEP_TIMEOUT_S if self.lockstep else timeout_s,
            start_timeout_s=declare(
                "start_timeout_s", 60.0, "Time to appear.", minimum=0.1, maximum=3600.0, read_only=True
            ),
            max_attempts=declare(
                "max_attempts", 3, "Failures before giving up.", minimum=1, maximum=100, read_only=True
            ),
        )
        self.parameters.refuse_unknown()
        self._supervision = supervision.begin(self.settings)
        self._command = supervision.step(self._supervision, Observation(), 0.0, self.settings)[1]
        self._states: dict[str, int] = {}
        self._processes: dict[str, ProcessName] = {}
        self._own_process = ProcessName.own()
        self._services_of_nodes = LifecycleClients(self, self.settings.nodes)
        self._wall_clock = Clock(clock_type=ClockType.SYSTEM_TIME)
        self._hearing = shared_memory.Hearing(LOOK_CHECKS)
        self._stepped_at_s = self._hold_sent_at_s = time.monotonic()
        if not self.lockstep:
            self._hold_publisher = self.create_publisher(Hold, "hold", 1)
            depth = QoSProfile(depth=10 * len(self.settings.nodes))
            self.create_subscription(Heartbeat, "heartbeat", self._on_heartbeat, depth, raw=True)
            self._diagnostics = Diagnostics(self, self._diagnose)
        self.create_service(Trigger, "~/is_active", self._on_is_active)
        if not self.lockstep:
            prefer_all_threads(PRIORITY)
        self._timer = self.create_timer(CHECK_PERIOD_S, self._check, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Deactivate the nodes, the last one up first; watching them ends, and so ``hold`` falls silent."""
        self.destroy_timer(self._timer)
        members = self._supervision.members
        alive = [name for name in self.settings.nodes if members[name].state == State.PRIMARY_STATE_ACTIVE]
        for name in supervision.shutdown_order(alive):
            process = self._processes.get(name, ProcessName(0, ""))
            self._services_of_nodes.deactivate_and_wait(name, process.runs)

    def _on_heartbeat(self, data: bytes) -> None:
        try:
            message: Heartbeat = decoded(data, Heartbeat)
        except InputError:
            return  # A damaged one is none.
        if message.node not in self.settings.nodes:
            return  # Not managed here, or a damaged name: its process may end without anybody missing it.
        self._states[message.node] = message.lifecycle_state
        self._processes[message.node] = ProcessName(message.process_id, message.machine)

    def _check(self) -> None:
        now_s = time.monotonic()
        if fault := self._hearing.fault():
            self.get_logger().fatal(f"hears no more: {fault}; ends, to be started again")
            self.stop.request(1)
        dt_s, self._stepped_at_s = min(now_s - self._stepped_at_s, LONGEST_STEP_S), now_s
        if self.lockstep:
            self._states = self._services_of_nodes.poll()
        outcome = self._services_of_nodes.take_outcome(self._states)
        if outcome is Outcome.UNANSWERED and self._supervision.in_flight is not None:
            self._end_if_deaf(self._supervision.in_flight[0])
        observation = Observation(self._states | self._busy(), outcome, self._running())
        self._states = {}
        self._supervision, command = supervision.step(self._supervision, observation, dt_s, self.settings)
        if command.request is not None:
            self._services_of_nodes.request(*command.request)
        elif self._supervision.in_flight is None:
            self._services_of_nodes.forget_request()
        before, self._command = self._command, command
        changed = command.reason != before.reason
        if not self.lockstep and (changed or now_s - self._hold_sent_at_s >= HOLD_PERIOD_S - CHECK_PERIOD_S / 2):
            self._hold_sent_at_s = now_s
            stamp = self._wall_clock.now().to_msg()
            process_id, machine = self._own_process.process_id, self._own_process.machine
            near = {name: one.process_id for name, one in self._processes.items() if one.machine == machine}
            hold = Hold(stamp=stamp, hold=command.hold, reason=command.reason, process_id=process_id, machine=machine)
            hold.nodes, hold.process_ids = list(near), list(near.values())
            self._hold_publisher.publish(hold)
        self._log_change(before, command)

    def _end_if_deaf(self, name: str) -> None:
        """A node that speaks but hears no request, however often a new client asks, is of no use until it is new."""
        clients = self._services_of_nodes
        if clients.unheard(name) < DEAF_REQUESTS or name not in self._processes:
            return
        clients.begin_anew(name)
        if self._processes[name].end("touchloop_nodes", name.rpartition("/")[2]):
            self.get_logger().error(f"{name} heard none of {DEAF_REQUESTS} requests; it is ended, to be started again")

    def _running(self) -> dict[str, bool]:
        """Of each node on this machine whether its process runs."""
        known = {name: self._processes[name].runs() for name in self.settings.nodes if name in self._processes}
        return {name: runs for name, runs in known.items() if runs is not None}

    def _busy(self) -> dict[str, int]:
        """A polled node cannot answer during its transition; it counts as alive."""
        if not self.lockstep or self._supervision.in_flight is None:
            return {}
        name = self._supervision.in_flight[0]
        return {name: self._supervision.members[name].state} if self._services_of_nodes.is_there(name) else {}

    def _log_change(self, before: supervision.Command, command: supervision.Command) -> None:
        if command.request is not None:
            name, transition = command.request
            self.get_logger().info(f"{name}: {transition.name.lower()}")
        if set(command.failed) - set(before.failed):
            self.get_logger().error(f"gave up: {self._status(command)}")
        elif set(command.missing) - set(before.missing):
            self.get_logger().warning(f"hold: {command.reason}")
        elif command.hold and not before.hold:
            self.get_logger().info(f"hold: {command.reason}")
        elif before.hold and not command.hold:
            self.get_logger().info("all nodes are active")

    def _status(self, command: supervision.Command) -> str:
        return f"failed: {command.reason}" if command.failed else command.reason or "all nodes are active"

    def _on_is_active(self, _: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = not self._command.hold
        response.message = self._status(self._command)
        return response

    def _diagnose(self) -> Diagnosis:
        level = ERROR if self._command.missing or self._command.failed else WARN if self._command.hold else OK
        states = {
            name: "missing" if member.missing else supervision.STATE_NAMES.get(member.state, str(member.state))
            for name, member in self._supervision.members.items()
        }
        return Diagnosis(level, self._status(self._command), states)


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(LifecycleManager))
