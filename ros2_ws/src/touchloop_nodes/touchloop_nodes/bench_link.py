"""The monitor's link to the bench: what is sensed comes in, skills are started and stopped."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import rclpy
from rclpy.node import Node
from sensor_msgs.msg import Image
from touchloop_msgs.msg import BenchScene, BenchState
from touchloop_msgs.srv import BeginRun, StartSkill, StopSkill

from touchloop.errors import InputError
from touchloop.monitor.evidence.geometry import CLEAN_INK_SHARE, tcp_in_world
from touchloop.monitor.evidence.sensed import Sensed
from touchloop.monitor.program.facts import SceneFacts
from touchloop.monitor.run.ink_watch import InkWatch
from touchloop.monitor.run.monitored_run import StartSkill as Start
from touchloop.monitor.run.seen_facts import seen_facts
from touchloop.sim.world import PERIOD_S
from touchloop_nodes import qos
from touchloop_nodes.bench_inputs import SensedReader
from touchloop_nodes.conversions import from_time

ANSWER_TIMEOUT_S = 3.0
MOST_HELD_S = 1.0
"""A picture comes each 0.3 s, and one when a skill ends."""
SERVICES = {"begin_run": BeginRun, "start_skill": StartSkill, "stop_skill": StopSkill}


class BenchLink:
    """Of one monitor.

    Args:
        node: the monitor.
        on_sensed: called with each state and the time since the last one [s].

    Attributes:
        run: whose skills are told; 0 for none.
        sensed: the newest state; None before the first.
        episode: of it.
        owner: the run that has the arms, in it.
        stamp_ns: of it.
        fault: what is wrong with what comes; empty if nothing.
    """

    def __init__(self, node: Node, on_sensed: Callable[[Sensed, float], None]) -> None:
        self._node, self._on_sensed = node, on_sensed
        self._reader, self._ink = SensedReader(), InkWatch()
        self._box_rest_z, self._heard_s = 0.0, -1e9
        self._wipe, self._wiped_s = (0, 0), 0.0
        self.run, self.owner, self.episode, self.stamp_ns = 0, 0, -1, 0
        self.sensed: Sensed | None = None
        self.fault = ""
        self._clients_of = {name: node.create_client(kind, f"bench_world/{name}") for name, kind in SERVICES.items()}
        self._asked: list[tuple[float, rclpy.Future]] = []
        self._stop: rclpy.Future | None = None
        self._inputs = [
            node.create_subscription(BenchScene, "bench_scene", self._on_scene, qos.latched()),
            node.create_subscription(BenchState, "bench_state", self._on_state, qos.stream(False)),
            node.create_subscription(Image, "camera/back/image_raw", self._on_picture, qos.stream_input(False, 1)),
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

    def facts(self) -> SceneFacts:
        """Of the scene as it is seen now."""
        if self.sensed is None:
            return SceneFacts()
        left, right = (tcp_in_world(o.tcp_in_base, arm) for arm, o in enumerate(self.sensed.observations))
        share = self._ink.share
        return seen_facts(self.sensed, (left, right), self._box_rest_z, share is not None and share <= CLEAN_INK_SHARE)

    def begin(self, run: int, program: str) -> rclpy.Future:
        """Asks for the arms; the answer is None when none comes in time."""
        return self._ask("begin_run", BeginRun.Request(run=run, node=self._node.get_name(), program=program))

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
        """Gives up on answers that do not come."""
        now_s = time.monotonic()
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

    def _on_scene(self, scene: BenchScene) -> None:
        self._reader.scene, self._ink = scene, InkWatch()

    def _on_state(self, state: BenchState) -> None:
        try:
            sensed = self._reader.read(state, self.run, self._ink.share, self._held(state))
        except (InputError, ValueError) as error:
            self.fault = str(error)
            return
        if sensed is None:
            return
        fresh = state.episode != self.episode or self.sensed is None
        dt_s = PERIOD_S if fresh else max(sensed.time_s - self.sensed.time_s, PERIOD_S)
        if fresh:
            self._box_rest_z = float(sensed.view.box[2])
        self.fault, self._heard_s, self.owner = "", time.monotonic(), state.run
        self.sensed, self.episode, self.stamp_ns = sensed, state.episode, from_time(state.header.stamp)
        self._on_sensed(sensed, dt_s)

    def _held(self, state: BenchState) -> bool:
        """A wipe has ended for the program once a camera has looked at the board since, or does not come to it."""
        if state.skill != "wipe" or not state.done or state.run != self.run:
            return False
        if (state.run, state.number) != self._wipe:
            self._wipe, self._wiped_s = (state.run, state.number), state.time_s
            self._ink.wiped(state.time_s)
        return self._ink.looked_s < self._wiped_s - 1e-6 and state.time_s - self._wiped_s < MOST_HELD_S

    def _on_picture(self, message: Image) -> None:
        scene, sensed = self._reader.scene, self.sensed
        if scene is None or sensed is None or scene.episode != self.episode:
            return
        time_s = 1e-9 * (from_time(message.header.stamp) - from_time(scene.header.stamp))
        if message.encoding != "rgb8" or len(message.data) != 3 * message.width * message.height:
            self.fault = f"camera/back/image_raw is {message.encoding}, {len(message.data)} bytes; expected rgb8"
        elif time_s >= 0.0:
            picture = np.frombuffer(message.data, np.uint8).reshape(message.height, message.width, 3)
            self._ink.look(picture, time_s, sensed.view.board, sensed.view.lit)
