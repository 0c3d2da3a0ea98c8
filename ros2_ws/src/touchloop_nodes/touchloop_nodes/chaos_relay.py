"""The line of a chaos run: takes messages that were sent, and passes them on with the faults that it is told."""

import json
import sys
import threading
import time
from functools import partial

import rclpy
from rclpy.node import Node
from rclpy.qos import QoSProfile
from std_msgs.msg import String

from touchloop.chaos.forgery import forged
from touchloop.chaos.line import Line, LineFault, Struck
from touchloop.chaos.topics import TOPICS, Topic, stamp_of
from touchloop.control.deadline import DeadlineLoop, prefer_all_threads, prefer_this_thread
from touchloop.errors import InputError
from touchloop_nodes import qos, spinning
from touchloop_nodes.bag_topics import message_class
from touchloop_nodes.cdr import encode
from touchloop_nodes.polled_input import PolledInput

FAULTS, REPORTS = "chaos/line", "chaos/line_report"
SENDERS = "/line"
"""Namespace of the nodes in whose name the line sends."""
STRANGER = "stranger"
PRIORITY = 12
"""Above the controller's and below the supervisor's: the line itself must not be late."""
POLL_PERIOD_S, CHECK_TICKS = 0.0015, 7
FAST_HZ = 200.0
"""Faster topics are looked at each period: a callback for each message costs three times as much."""
WAITS_S = 3.0
"""A fault that meets no message for so long is given up."""
DEPTH = 200


class ChaosRelay(Node):
    """One process that sends in the name of several nodes, since the supervisor looks at who sends."""

    def __init__(self) -> None:
        super().__init__("chaos_relay")
        self.stop = spinning.Stop()
        self._lines = {name: Line(topic) for name, topic in TOPICS.items()}
        self._senders: dict[str, Node] = {}
        self._outputs = {name: self._output(topic, topic.sender) for name, topic in TOPICS.items()}
        self._reports = self.create_publisher(String, REPORTS, QoSProfile(depth=DEPTH))
        self._strange: dict[str, list] = {}
        self._fast: dict[str, PolledInput] = {}
        for name, topic in TOPICS.items():
            kind, profile = message_class(topic.type), _input_qos(topic)
            if topic.rate_hz >= FAST_HZ:
                self._fast[name] = PolledInput(self, kind, topic.sent, profile)
            else:
                self.create_subscription(kind, topic.sent, partial(self._take, name), profile, raw=True)
        self.create_subscription(String, FAULTS, self._hear, QoSProfile(depth=DEPTH))
        self._began_waiting_s: dict[str, float] = {}
        self._now_ns = 0
        # Between the thread that polls and the executor's.
        self._lock = threading.Lock()
        self._ended = threading.Event()
        prefer_all_threads(PRIORITY)
        self._thread = threading.Thread(target=self._poll, name="line", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Ends the nodes in whose name it sends."""
        self._ended.set()
        self._thread.join(timeout=2.0)
        for source in self._fast.values():
            source.close()
        for node in self._senders.values():
            node.destroy_node()

    def _output(self, topic: Topic, sender: str, name: str = ""):
        if sender not in self._senders:
            space = SENDERS if sender != STRANGER else "/"
            self._senders[sender] = rclpy.create_node(
                sender,
                namespace=space,
                use_global_arguments=False,
                start_parameter_services=False,
                enable_rosout=False,
                context=self.context,
            )
        where = name or f"/{topic.name.lstrip('/')}"
        return self._senders[sender].create_publisher(message_class(topic.type), where, _output_qos(topic))

    def _poll(self) -> None:
        prefer_this_thread(PRIORITY)
        loop = DeadlineLoop(POLL_PERIOD_S)
        while not self._ended.is_set():
            loop.wait()
            with self._lock:
                for name, source in self._fast.items():
                    for data in source.take():
                        self._pass_on(name, bytes(data))
                if loop.ticks % CHECK_TICKS == 0:
                    self._check()

    def _take(self, name: str, data: bytes) -> None:
        with self._lock:
            self._pass_on(name, data)

    def _pass_on(self, name: str, data: bytes) -> None:
        line, publish, now_s = self._lines[name], self._outputs[name].publish, time.monotonic()
        begins = line.waiting is not None
        if name == "/clock":
            self._now_ns = stamp_of(data)
        for out in line.feed(data, now_s):
            publish(out)
        if begins and line.struck is not None:
            self._report("began", name, line.struck)
        if name in self._strange:
            self._strange[name][0].publish(forged(line.topic, data))

    def _hear(self, message: String) -> None:
        with self._lock:
            self._begin(json.loads(message.data))

    def _begin(self, told: dict) -> None:
        name = told.pop("topic")
        try:
            fault = LineFault(**told)
            if fault.kind == "foreign":
                self._lines[name].begin_now(fault, time.monotonic(), self._now_ns)
            else:
                self._lines[name].begin(fault)
        except InputError as error:
            self.get_logger().error(f"fault {told.get('number')}: {error}")
            return
        self._began_waiting_s[name] = time.monotonic()
        if fault.kind == "foreign":
            topic = TOPICS[name]
            # The supervisor sends before the line, so there it looks who else does.
            beside = [self._output(topic, STRANGER, topic.sent)] if name == "safe/target_pose" else []
            self._strange[name] = [self._output(topic, STRANGER), *beside]
            if topic.qos == "latched":
                # Nobody sends one now beside which a stranger could send.
                self._strange[name][0].publish(forged(topic, encode(message_class(topic.type)())))

    def _check(self) -> None:
        now_s = time.monotonic()
        for name, line in self._lines.items():
            for out in line.due(now_s):
                self._outputs[name].publish(out)
            struck = line.end(now_s)
            if struck is not None:
                for out in line.rest():
                    self._outputs[name].publish(out)
                self._report("ended", name, struck)
                self._send_away(name)
            elif line.waiting is not None and now_s - self._began_waiting_s[name] > WAITS_S:
                fault = line.give_up()
                self._send_away(name)
                self._reports.publish(String(data=json.dumps({"number": fault.number, "event": "met nothing"})))

    def _report(self, event: str, name: str, struck: Struck) -> None:
        told = {"number": struck.fault.number, "event": event, "topic": name, "messages": struck.messages}
        told |= {
            "began_ns": struck.began_ns,
            "began_s": struck.began_s,
            "ended_s": struck.began_s + struck.fault.lasts_s,
        }
        self._reports.publish(String(data=json.dumps(told)))

    def _send_away(self, name: str) -> None:
        for publisher in self._strange.pop(name, ()):
            self._senders[STRANGER].destroy_publisher(publisher)


def _output_qos(topic: Topic) -> QoSProfile:
    profiles = {"command": qos.command(False), "latched": qos.latched()}
    return profiles.get(topic.qos, qos.stream(False))


def _input_qos(topic: Topic) -> QoSProfile:
    if topic.qos == "latched":
        return qos.latched()
    return QoSProfile(depth=DEPTH) if topic.qos == "command" else qos.stream_input(False, DEPTH)


def main() -> None:
    """Run the node."""
    sys.exit(spinning.run(ChaosRelay))


if __name__ == "__main__":
    main()
