"""One episode in process, in the order of events that lock-step has between the nodes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from touchloop.bench.protocol import Rates
from touchloop.bench.results import EpisodeResult
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastCommand, FastController
from touchloop.policy.observation_buffer import ObservationBuffer
from touchloop.policy.plan import LatentPlan
from touchloop.policy.planner import Planner
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS, PERIOD_NS
from touchloop.tasks.environment import Environment
from touchloop.tasks.task import Task

Observer = Callable[[Environment, Sequence[FastCommand]], None]
"""Told of every tick when it is over, with the command of each arm; it must not change what it is shown."""


@dataclass(slots=True)
class Policy:
    """A planner for all arms and a controller for each."""

    planner: Planner
    controllers: tuple[FastController, ...]

    @classmethod
    def make(cls, planner: Planner, decoders: Sequence[FastDecoder], task: Task, rates: Rates) -> "Policy":
        """With the controllers that task and rates ask for; the decoders keep no memory, but scratch: one an arm."""
        config = replace(task.controller, decision_period_s=rates.decision_period_s)
        return cls(planner, tuple(FastController(decoder, config) for decoder in decoders))

    @classmethod
    def load(cls, weights: Path, task: Task, rates: Rates) -> "Policy":
        """From a folder of weights.

        Raises:
            InputError: the weights are missing, damaged or made for another task.
        """
        decoders = [FastDecoder.load(weights, task.name) for _ in task.arms]
        return cls.make(Planner(weights, task.name), decoders, task, rates)


def rollout(
    environment: Environment,
    policy: Policy,
    seed: int,
    perturbation: str,
    rates: Rates | None = None,
    observer: Observer | None = None,
) -> EpisodeResult:
    """Runs one episode to its end."""
    rates = rates or Rates()
    buffers = [ObservationBuffer() for _ in policy.controllers]
    observations = environment.reset(seed, perturbation)
    start_ns = observations[0].stamp_ns
    for controller in policy.controllers:
        controller.reset(in_air=True)
    pending: list[tuple[LatentPlan, ...]] = []
    sequence = 0
    while not environment.state.done:
        now_ns = observations[0].stamp_ns
        since_ns = now_ns - start_ns
        if _picture_is_wanted(since_ns, rates.plan_period_ns):
            for arm, observation in enumerate(observations):
                observation.wrist_rgb = environment.render(arm)
        for controller, buffer, observation in zip(policy.controllers, buffers, observations, strict=True):
            observe(controller, buffer, observation)
        if since_ns > 0 and since_ns % rates.plan_period_ns == 0:
            seen = [
                buffer.observation(now_ns, controller.wrench_bias.copy())
                for buffer, controller in zip(buffers, policy.controllers, strict=True)
            ]
            pending.append(policy.planner.plan(seen, sequence, seed))
            sequence += 1
        if pending and now_ns >= pending[0][0].stamp_ns + rates.plan_latency_ns:
            for controller, plan in zip(policy.controllers, pending.pop(0), strict=True):
                late = plan if rates.compensate_latency else replace(plan, stamp_ns=now_ns)
                controller.accept_plan(late, now_ns)
        commands = [controller.step(now_ns) for controller in policy.controllers]
        observations = environment.step([command.target_in_base for command in commands])
        if observer is not None:
            observer(environment, commands)
    state = environment.state
    return EpisodeResult(
        seed=seed,
        perturbation=perturbation,
        variant=environment.variant,
        success=bool(state.success),
        score=float(state.score),
        progress=float(state.progress),
        in_band_ratio=float(state.in_band_ratio),
        peak_force_n=float(state.peak_force_n),
        duration_s=(observations[0].stamp_ns - start_ns) / 1e9,
    )


def _picture_is_wanted(since_ns: int, plan_period_ns: int) -> bool:
    """Whether a plan is made from the picture of this camera tick: before the next one there is a plan's instant."""
    camera_ns = CAMERA_TICKS * PERIOD_NS
    if since_ns % camera_ns:
        return False
    next_plan_ns = max(-(-since_ns // plan_period_ns), 1) * plan_period_ns
    return next_plan_ns < since_ns + camera_ns


def observe(controller: FastController, buffer: ObservationBuffer, observation: Observation) -> None:
    """Hands one tick's measurements of an arm to both loops."""
    stamp = observation.stamp_ns
    controller.observe_wrench(stamp, observation.wrench_at_sensor)
    controller.observe_tcp_pose(stamp, observation.tcp_in_base)
    buffer.add_wrench(stamp, observation.wrench_at_sensor)
    buffer.add_tcp_pose(stamp, observation.tcp_in_base)
    if observation.markers is not None:
        displacements = np.ascontiguousarray(observation.markers[:, 2:])
        controller.observe_markers(stamp, displacements)
        buffer.add_markers(stamp, displacements)
    if observation.wrist_rgb is not None:
        buffer.add_wrist_picture(stamp, observation.wrist_rgb)
