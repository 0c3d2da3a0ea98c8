"""The world's services: each checks its request and answers with what it did or why not."""

from collections.abc import Callable

import numpy as np
import rclpy
from rclpy.node import Node
from std_srvs.srv import SetBool
from touchloop_msgs.srv import Perturb, ResetWorld, StepWorld

from touchloop.errors import InputError
from touchloop.tasks.session import Session
from touchloop_nodes.conversions import to_time
from touchloop_nodes.world_free import FreeRunningWorld
from touchloop_nodes.world_lockstep import LockstepWorld

MAX_STEPS = 1_000_000

RunningWorld = FreeRunningWorld | LockstepWorld


class WorldServices:
    """Offers ~/reset, ~/perturb, ~/pause and ~/step on a node.

    Args:
        node: the node.
        running: returns the session and what drives it, or raises InputError while the node is not active.
    """

    def __init__(self, node: Node, running: Callable[[], tuple[Session, RunningWorld]]) -> None:
        self._node, self._running = node, running
        self._services = [
            node.create_service(ResetWorld, "~/reset", self._answering(self._reset)),
            node.create_service(Perturb, "~/perturb", self._answering(self._perturb)),
            node.create_service(SetBool, "~/pause", self._answering(self._pause)),
            node.create_service(StepWorld, "~/step", self._step),
        ]

    def close(self) -> None:
        """Ends the services."""
        for service in self._services:
            self._node.destroy_service(service)

    def _answering(self, serve: Callable) -> Callable:
        def answer(request, response):
            try:
                response.message = serve(request, response)
                response.success = True
            except InputError as error:
                response.success, response.message = False, str(error)
            return response

        return answer

    def _reset(self, request: ResetWorld.Request, response: ResetWorld.Response) -> str:
        session, world = self._running()
        world.reset(request.seed, request.perturbation or "none")
        response.episode = session.episode
        response.start = to_time(session.start_ns)
        text = f"episode {session.episode}: seed {session.seed}, perturbation {session.perturbation}"
        self._node.get_logger().info(text)
        return text

    def _perturb(self, request: Perturb.Request, _: Perturb.Response) -> str:
        session, world = self._running()
        vector = np.array([request.vector.x, request.vector.y, request.vector.z])
        return world.call(lambda: session.perturb(request.target, vector, request.duration_s))

    def _pause(self, request: SetBool.Request, _: SetBool.Response) -> str:
        _, world = self._running()
        world.paused = request.data
        return "paused" if request.data else "running"

    async def _step(self, request: StepWorld.Request, response: StepWorld.Response) -> StepWorld.Response:
        try:
            session, world = self._running()
            if session.episode < 0:
                raise InputError("there is no episode to step; reset the world first")
            if not world.paused:
                raise InputError("the world is not paused; call ~/pause with data: true first")
            if not 1 <= request.ticks <= MAX_STEPS:
                raise InputError(f"ticks is {request.ticks}; expected 1 to {MAX_STEPS}")
            # The future wakes the executor even when the world's own thread completes it.
            stepped = rclpy.Future(executor=self._node.executor)
            world.step(request.ticks, lambda: stepped.set_result(session.now_ns))
            response.stamp = to_time(await stepped)
            response.success, response.message = True, f"advanced by {request.ticks} ticks"
        except InputError as error:
            response.success, response.message = False, str(error)
        return response
