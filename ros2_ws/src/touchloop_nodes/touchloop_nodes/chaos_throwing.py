"""Throws faults: tells the line, strikes processes, and notes in the books when each began and ended."""

import json
import time

from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from touchloop.chaos.catalogue import Fault
from touchloop.chaos.judge import Finding
from touchloop.chaos.ledger import Ledger
from touchloop.chaos.process_faults import ProcessFault
from touchloop.chaos.schedule import Schedule, Situation
from touchloop.chaos.topics import MANAGER, RECORDER
from touchloop.errors import InputError
from touchloop_nodes.chaos_people import Nodes
from touchloop_nodes.chaos_relay import FAULTS, REPORTS
from touchloop_nodes.chaos_witness import Witness

DEPTH = 200
RECOVERY_S = 60.0
"""A node that was killed is back after so long, or hangs."""
ANSWERS_S = 10.0
"""A node that was stopped speaks again after so long, or hangs."""
FOLLOW_S = 1.5
"""After a node is back its return explains states for so long."""


class Throwing:
    """Knows which faults act.

    Args:
        node: that speaks to the line.
        schedule: what may be thrown.
        ledger: the books.
        witness, nodes: what is known of arm and processes.
    """

    def __init__(self, node: Node, schedule: Schedule, ledger: Ledger, witness: Witness, nodes: Nodes) -> None:
        self._node, self._schedule, self._ledger, self._witness, self._nodes = node, schedule, ledger, witness, nodes
        self._told = node.create_publisher(String, FAULTS, QoSProfile(depth=DEPTH))
        node.create_subscription(String, REPORTS, self._hear, QoSProfile(depth=DEPTH))
        self._acting: dict[int, ProcessFault] = {}
        self._pids: dict[int, int] = {}
        self._restarted: dict[int, float] = {}

    def situation(self, now_s: float, contact: bool, running: bool, moving: bool) -> Situation:
        """What counts for the next fault."""
        faults = [thrown.fault for thrown in self._ledger.open.values()]
        briefs = sum(fault.group == "brief" for fault in faults)
        machine = sum(fault.group == "machine" for fault in faults)
        busy = frozenset(fault.target for fault in faults)
        return Situation(
            now_s, contact, running, moving, self._nodes.whole, busy, briefs, len(faults) - briefs - machine
        )

    def throw(self, fault: Fault) -> None:
        """Begins it."""
        now_s = time.monotonic()
        self._ledger.throw(fault, now_s)
        if fault.strikes_messages:
            told = {
                name: getattr(fault, name)
                for name in ("number", "kind", "lasts_s", "share", "delay_s", "shift_s", "seed")
            }
            self._told.publish(String(data=json.dumps({**told, "topic": fault.target})))
            return
        pid = self._nodes.pids.get(fault.target, 0)
        self._ledger.look(self._witness.look())
        try:
            self._acting[fault.number] = ProcessFault(fault, pid)
        except InputError:
            self._take_back(fault.number)
            return
        self._pids[fault.number] = pid
        if fault.target == RECORDER and fault.kind in ("kill", "disk full"):
            self._ledger.recorder_ends.append({"kind": fault.kind, "stamp_ns": self._witness.newest_ns})
        self._ledger.began(fault.number, now_s, self._now_at())

    def look(self, now_s: float) -> None:
        """Notes which ones have ended."""
        for number, acting in list(self._acting.items()):
            if acting.over.is_set() and self._is_back(acting, now_s):
                del self._acting[number]
                thrown = self._ledger.open.get(number)
                if thrown is None:
                    continue
                thrown.tail_s = FOLLOW_S
                lasted_s = acting.ended_s - thrown.began_s
                if acting.fault.group in ("death", "machine"):
                    lasted_s = now_s - thrown.began_s
                self._ledger.ended(number, thrown.began_s + lasted_s)

    def _is_back(self, acting: ProcessFault, now_s: float) -> bool:
        fault, number = acting.fault, acting.fault.number
        since_s = now_s - acting.ended_s
        if fault.kind == "load":
            return True
        if fault.group == "process":
            answered = self._nodes.heard_s.get(fault.target, -1e9) > acting.ended_s
            return answered or self._gives_up(fault, since_s, ANSWERS_S)
        if fault.kind == "disk full" and number not in self._restarted:
            # A recorder whose disk was full has closed its bag; a person starts it again.
            self._restarted[number] = now_s
            self._nodes.interrupt(RECORDER)
        new = self._nodes.pids.get(fault.target) != self._pids[number]
        back = new and (fault.target == MANAGER or self._nodes.is_active(fault.target))
        return (back and self._nodes.heard_s[fault.target] > acting.ended_s) or self._gives_up(
            fault, since_s, RECOVERY_S
        )

    def _gives_up(self, fault: Fault, since_s: float, patience_s: float) -> bool:
        if since_s <= patience_s:
            return False
        text = f"{fault.target} did not come back within {patience_s:g} s of fault {fault.number}, {fault.kind}"
        self._ledger.find(Finding("hang", text, self._now_at()))
        return True

    def _hear(self, message: String) -> None:
        told = json.loads(message.data)
        number = told["number"]
        if told["event"] == "met nothing":
            self._take_back(number)
        elif told["event"] == "began":
            self._ledger.began(number, told["began_s"], self._witness.track.second(told["began_ns"]))
        else:
            thrown = self._ledger.open.get(number)
            if thrown is None:
                return
            if thrown.began_s < 0.0:
                self._ledger.began(number, told["began_s"], self._witness.track.second(told["began_ns"]))
            self._ledger.ended(number, told["ended_s"], told["messages"])

    def _take_back(self, number: int) -> None:
        fault = self._ledger.met_nothing(number)
        if fault is not None:
            self._schedule.put_back(fault)

    def _now_at(self) -> float:
        newest = self._witness.track.newest
        return float(newest[0]) if newest is not None else 0.0
