"""The bench's services: each checks its request and answers with what it did or why not."""

from collections.abc import Callable
from typing import Protocol

from rclpy.node import Node
from std_srvs.srv import SetBool
from touchloop_msgs.srv import BeginRun, ResetBench, StartSkill, StopSkill

from touchloop.errors import InputError
from touchloop.monitor.run.skill_server import SkillServer
from touchloop_nodes.conversions import to_time


class ServedBench(Protocol):
    """What the services act on; each of these runs between two ticks."""

    def with_server(self, function: Callable[[SkillServer], str]) -> str:
        """Its result; InputError while the node is not active."""

    def reset(self, seed: int, failure: str, failure_step: int) -> tuple[int, int]:
        """Episode and its first instant [ns]."""

    def watch(self, node: str) -> None:
        """Whose heartbeat counts from now on."""

    def light(self, on: bool) -> None:
        """Switches it."""


class BenchServices:
    """Offers ~/reset, ~/light, ~/begin_run, ~/start_skill and ~/stop_skill on a node."""

    def __init__(self, node: Node, bench: ServedBench) -> None:
        self._node, self._bench = node, bench
        node.create_service(ResetBench, "~/reset", _answering(self._reset))
        node.create_service(SetBool, "~/light", _answering(self._light))
        node.create_service(BeginRun, "~/begin_run", _answering(self._begin))
        node.create_service(StartSkill, "~/start_skill", _answering(self._start))
        node.create_service(StopSkill, "~/stop_skill", _answering(self._stop))

    def _reset(self, request: ResetBench.Request, response: ResetBench.Response) -> str:
        episode, start_ns = self._bench.reset(request.seed, request.failure, request.failure_step)
        response.episode, response.start = episode, to_time(start_ns)
        failure = f", {request.failure} in step {request.failure_step}" if request.failure else ""
        return self._told(f"episode {episode}: seed {request.seed}{failure}")

    def _light(self, request: SetBool.Request, _: SetBool.Response) -> str:
        self._bench.light(request.data)
        return self._told("light on" if request.data else "light off")

    def _begin(self, request: BeginRun.Request, _: BeginRun.Response) -> str:
        told = self._bench.with_server(lambda server: server.begin(request.run, request.program))
        self._bench.watch(request.node)
        return self._told(f"run {request.run} of {request.node} has the arms{told and f'; {told}'}")

    def _start(self, request: StartSkill.Request, response: StartSkill.Response) -> str:
        if len(request.arg_names) != len(request.arg_values):
            raise InputError(f"{len(request.arg_names)} arg_names and {len(request.arg_values)} arg_values")
        args = dict(zip(request.arg_names, request.arg_values, strict=True))

        def start(server: SkillServer) -> str:
            wishes = (request.speed_m_s or None, request.force_n or None)
            taken = server.start(request.run, request.number, request.name, args, *wishes)
            response.speed_m_s, response.force_n = taken
            return f"{request.number}: {request.name}({', '.join(args.values())})"

        return self._told(self._bench.with_server(start))

    def _stop(self, request: StopSkill.Request, _: StopSkill.Response) -> str:
        def stop(server: SkillServer) -> str:
            server.stop(request.run)
            return "stopped"

        return self._bench.with_server(stop)

    def _told(self, text: str) -> str:
        self._node.get_logger().info(text)
        return text


def _answering(serve: Callable) -> Callable:
    def answer(request, response):
        try:
            response.message = serve(request, response)
            response.success = True
        except InputError as error:
            response.success, response.message = False, str(error)
        return response

    return answer
