"""The monitor's link to the bench: what is sensed comes in, skills are started and stopped."""

import time
from collections.abc import Callable
from typing import Any

import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from touchloop_msgs.msg import BenchScene, BenchState
from touchloop_msgs.srv import BeginRun, StartSkill, StopSkill

from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.run.bench_listener import BenchListener
from touchloop.monitor.run.run_events import StartSkill as Start
from touchloop_nodes import qos

ANSWER_TIMEOUT_S, FOUND_TIMEOUT_S = 3.0, 10.0
SERVICES = {"begin_run": BeginRun, "start_skill": StartSkill, "stop_skill": StopSkill}


class BenchLink:
    """Of one monitor.

    Args:
        node: the monitor.
        on_sensed: called with each state and the time since the last one [s].

    Attributes:
        run: whose skills are told; 0 for none.
        heard: what has been heard of the bench.
    """

    def __init__(self, node: Node, on_sensed: Callable[[Sensed, float], None]) -> None:
        self._node, self._on_sensed = node, on_sensed
        self.run, self.heard = 0, BenchListener()
        self._heard_s = -1e9
        self._clients_of = {name: node.create_client(kind, f"bench_world/{name}") for name, kind in SERVICES.items()}
        self._asked: list[tuple[float, rclpy.Future]] = []
        self._stop: rclpy.Future | None = None
        # The bench may be heard before its services are found.
        self._begins = (0.0, rclpy.Future())
        self._begins[1].set_result(None)
        self._inputs = [
            node.create_subscription(BenchScene, "bench_scene", self.heard.scene, qos.latched()),
            node.create_subscription(BenchState, "bench_state", self._on_state, qos.stream(False)),
            node.create_subscription(Image, "camera/back/image_raw", self.heard.picture, qos.stream_input(False, 1)),
        ]

    def close(self) -> None:
        """Ends subscriptions and clients."""
        for subscription in self._inputs:
            self._node.destroy_subscription(subscription)
        for client in self._clients_of.values():
            self._node.destroy_client(client)

    @property
    def age_s(self) -> float:
        """Since the last usable state; wall time."""
        return time.monotonic() - self._heard_s

    def begin(self, run: int, program: str) -> rclpy.Future:
        """Asks for the arms, once the bench's services are there; the answer is None when none comes in time."""
        request = BeginRun.Request(run=run, node=self._node.get_name(), program=program)
        ready = rclpy.Future(executor=self._node.executor)
        self._begins = (time.monotonic() + FOUND_TIMEOUT_S, ready)
        answer = rclpy.Future(executor=self._node.executor)

        def go_on(_: rclpy.Future) -> None:
            self._ask("begin_run", request).add_done_callback(lambda taken: answer.set_result(taken.result()))

        ready.add_done_callback(go_on)
        self.check()
        return answer

    def start(self, command: Start) -> rclpy.Future:
        """Starts a skill, once the last stop is answered: the order of calls to two services is nobody's promise."""
        request = StartSkill.Request(run=self.run, number=command.number, name=command.name)
        request.arg_names, request.arg_values = list(command.args), list(command.args.values())
        request.speed_m_s, request.force_n = command.speed_m_s or 0.0, command.force_n or 0.0
        if self._stop is not None and self._stop.done() and self._stop.result() is None:
            # The bench may still have it in its queue; this one comes after it.
            self.stop()
        stop = self._stop
        if stop is None or stop.done():
            return self._ask("start_skill", request)
        answer = rclpy.Future(executor=self._node.executor)

        def go_on(_: rclpy.Future) -> None:
            # A stop that was asked for since ends this start too.
            if self._stop is stop:
                self._ask("start_skill", request).add_done_callback(lambda taken: answer.set_result(taken.result()))

        stop.add_done_callback(go_on)
        return answer

    def stop(self) -> rclpy.Future:
        """Stops what runs."""
        self._stop = self._ask("stop_skill", StopSkill.Request(run=self.run))
        return self._stop

    def check(self) -> None:
        """Gives up on answers that do not come; asks for the arms when all services are there."""
        now_s = time.monotonic()
        until_s, ready = self._begins
        all_there = all(client.service_is_ready() for client in self._clients_of.values())
        if not ready.done() and (all_there or now_s > until_s):
            ready.set_result(None)
        for deadline_s, future in self._asked:
            if now_s > deadline_s and not future.done():
                future.set_result(None)
        self._asked = [asked for asked in self._asked if not asked[1].done()]

    def _ask(self, name: str, request: Any) -> rclpy.Future:
        answer = rclpy.Future(executor=self._node.executor)
        client = self._clients_of[name]
        if not client.service_is_ready():
            answer.set_result(None)
            return answer

        def take(future: rclpy.Future) -> None:
            if not answer.done():
                answer.set_result(future.result())

        client.call_async(request).add_done_callback(take)
        self._asked.append((time.monotonic() + ANSWER_TIMEOUT_S, answer))
        return answer

    def _on_state(self, state: BenchState) -> None:
        told = self.heard.state(state, self.run)
        if told is not None:
            self._heard_s = time.monotonic()
            self._on_sensed(*told)
