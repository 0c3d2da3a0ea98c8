"""What the monitor publishes: verdicts, the program, events with their evidence, questions."""

import time

from builtin_interfaces.msg import Duration
from rclpy.node import Node
from std_msgs.msg import String
from touchloop_msgs.msg import RunEvent, Verdict

from touchloop.monitor.run.run_events import RunEvent as LibraryEvent
from touchloop.monitor.verdict import Verdict as LibraryVerdict
from touchloop_nodes import qos
from touchloop_nodes.cdr import NS_PER_S
from touchloop_nodes.conversions import WORLD_FRAME, header

PERIOD_S = 0.1
STATUS = {"unknown": Verdict.UNKNOWN, "running": Verdict.RUNNING, "ok": Verdict.SUCCEEDED, "failed": Verdict.FAILED}


def verdict_message(stamp_ns: int, verdict: LibraryVerdict, step: str) -> Verdict:
    """A verdict about a step, as '2: press(right, switch)'; empty where none is named."""
    latency_ns = round(verdict.latency_s * NS_PER_S)
    evidence = list(verdict.evidence)
    if verdict.reason and verdict.reason not in evidence:
        evidence.append(verdict.reason)
    return Verdict(
        header=header(stamp_ns, WORLD_FRAME),
        status=STATUS[verdict.status],
        step=step,
        cause=verdict.cause or "",
        confidence=verdict.confidence,
        evidence=evidence,
        latency=Duration(sec=latency_ns // NS_PER_S, nanosec=latency_ns % NS_PER_S),
    )


class MonitorOutputs:
    """Publishers of one monitor.

    Attributes:
        verdict: published last; None before the first.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._verdicts = node.create_publisher(Verdict, "verdict", qos.stream(False))
        self._programs = node.create_publisher(String, "program", qos.latched())
        self._events = node.create_publisher(RunEvent, "evidence", qos.stream(False))
        self._questions = node.create_publisher(String, "question", qos.latched())
        self._waiting: Verdict | None = None
        self._sent_s = -1e9
        self.verdict: Verdict | None = None

    def close(self) -> None:
        """Ends the publishers."""
        for publisher in (self._verdicts, self._programs, self._events, self._questions):
            self._node.destroy_publisher(publisher)

    def tell(self, verdict: Verdict) -> bool:
        """Publishes a verdict that is new, at most ten times a second; failures and unknowns at once."""
        last = self._waiting or self.verdict
        if last is not None and _essence(last) == _essence(verdict):
            return self.flush()
        self._waiting = verdict
        return self.flush(verdict.status in (Verdict.FAILED, Verdict.UNKNOWN))

    def flush(self, at_once: bool = False) -> bool:
        """Publishes what waits, if its time has come."""
        if self._waiting is None or (not at_once and time.monotonic() - self._sent_s < PERIOD_S):
            return False
        self.verdict, self._waiting, self._sent_s = self._waiting, None, time.monotonic()
        self._verdicts.publish(self.verdict)
        return True

    def program(self, text: str) -> None:
        """The program as it is now."""
        self._programs.publish(String(data=text))

    def event(self, stamp_ns: int, run: int, event: LibraryEvent, step: str) -> None:
        """Something happened."""
        message = RunEvent(header=header(stamp_ns, WORLD_FRAME), run=run, kind=event.kind, text=event.text)
        if event.verdict is not None:
            message.verdict = verdict_message(stamp_ns, event.verdict, step)
        if event.repair is not None:
            message.repair = event.repair.kind
        self._events.publish(message)
        if event.kind == "ask":
            self._questions.publish(String(data=event.text))

    def note(self, stamp_ns: int, run: int, kind: str, text: str) -> None:
        """Something that no program does: plan, approval, pause."""
        self._events.publish(RunEvent(header=header(stamp_ns, WORLD_FRAME), run=run, kind=kind, text=text))


def _essence(verdict: Verdict) -> tuple[int, str, str]:
    return verdict.status, verdict.step, verdict.cause
