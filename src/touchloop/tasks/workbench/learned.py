"""Task policies from weights: the slow planner and the fast controllers, run in the task's frame."""

from dataclasses import replace

import numpy as np

from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.policy.observation_buffer import ObservationBuffer
from touchloop.policy.plan import LatentPlan
from touchloop.policy.planner import Planner
from touchloop.policy.weights import default_weights
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS, PERIOD_NS, TACTILE_TICKS
from touchloop.tasks.registry import TASKS
from touchloop.tasks.workbench.contact import TaskPolicy
from touchloop.tasks.workbench.view import View

PLAN_TICKS = 125
"""Two plans a second, ..."""
LATENCY_TICKS = 25
"""... each taken into use so many ticks after its observation."""


class LearnedPolicy:
    """One run of a task's policy; ticks count from its first step, where taring begins, in free air."""

    def __init__(
        self, planner: Planner, controllers: tuple[FastController, ...], arms: tuple[int, ...], seed: int
    ) -> None:
        self._planner, self._controllers, self._arms, self._seed = planner, controllers, arms, seed
        self._buffers = tuple(ObservationBuffer() for _ in controllers)
        self._pending: list[tuple[LatentPlan, ...]] = []
        self._tick = self._sequence = 0
        self._markers: list[np.ndarray | None] = [None for _ in controllers]
        for controller in controllers:
            controller.reset(in_air=True)

    def step(self, observations: tuple[Observation, ...], view: View) -> list[np.ndarray | None]:
        """See ``TaskPolicy``."""
        now_ns = observations[0].stamp_ns
        next_plan = max(-(-self._tick // PLAN_TICKS), 1) * PLAN_TICKS
        pictured = self._tick % CAMERA_TICKS == 0 and next_plan < self._tick + CAMERA_TICKS
        for index, observation in enumerate(observations):
            picture = view.wrist(self._arms[index]) if pictured else None
            self._observe(index, replace(observation, wrist_rgb=picture))
        if self._tick > 0 and self._tick % PLAN_TICKS == 0:
            seen = [
                buffer.observation(now_ns, controller.wrench_bias.copy())
                for buffer, controller in zip(self._buffers, self._controllers, strict=True)
            ]
            self._pending.append(self._planner.plan(seen, self._sequence, self._seed))
            self._sequence += 1
        if self._pending and now_ns >= self._pending[0][0].stamp_ns + LATENCY_TICKS * PERIOD_NS:
            for controller, plan in zip(self._controllers, self._pending.pop(0), strict=True):
                controller.accept_plan(plan, now_ns)
        self._tick += 1
        return [controller.step(now_ns).target_in_base for controller in self._controllers]

    def _observe(self, index: int, observation: Observation) -> None:
        controller, buffer, stamp = self._controllers[index], self._buffers[index], observation.stamp_ns
        controller.observe_wrench(stamp, observation.wrench_at_sensor)
        controller.observe_tcp_pose(stamp, observation.tcp_in_base)
        buffer.add_wrench(stamp, observation.wrench_at_sensor)
        buffer.add_tcp_pose(stamp, observation.tcp_in_base)
        if observation.markers is not None:
            self._markers[index] = np.ascontiguousarray(observation.markers[:, 2:])
        # A run may begin between two samples of the slower stream; the first is then given when it comes.
        markers = self._markers[index]
        if markers is not None and (observation.markers is not None or self._tick % TACTILE_TICKS == 0):
            controller.observe_markers(stamp, markers)
            buffer.add_markers(stamp, markers)
        if observation.wrist_rgb is not None:
            buffer.add_wrist_picture(stamp, observation.wrist_rgb)


class LearnedPolicies:
    """Makes runs of the policies that ship with the project; weights are read once.

    Args:
        seed: draws the sampler's noise.
        policy: which of the policies.
    """

    def __init__(self, seed: int, policy: str = "touchloop") -> None:
        self._seed, self._policy, self._count = seed, policy, 0
        self._planners: dict[str, Planner] = {}

    def __call__(
        self,
        task: str,
        target: str,  # noqa: ARG002 the frame says it
        arms: tuple[int, ...],
        frames_in_world: tuple[np.ndarray, ...],  # noqa: ARG002 observations come in it
        view: View,  # noqa: ARG002 it sees pictures
    ) -> TaskPolicy:
        """One run.

        Raises:
            InputError: the weights are missing, damaged or made for another task.
        """
        weights = default_weights(task, self._policy)
        if task not in self._planners:
            self._planners[task] = Planner(weights, task)
        config = TASKS[task].controller
        controllers = tuple(FastController(FastDecoder.load(weights, task), config) for _ in arms)
        self._count += 1
        return LearnedPolicy(self._planners[task], controllers, arms, 1000 * self._seed + self._count)
