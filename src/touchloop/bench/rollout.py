"""One episode in process, in the order of events that lock-step has between the nodes."""

from dataclasses import dataclass

import numpy as np

from touchloop.bench.results import EpisodeResult
from touchloop.control.fast_controller import FastCommand, FastController
from touchloop.policy.observation_buffer import ObservationBuffer
from touchloop.policy.planner import Planner
from touchloop.sim.observation import Observation
from touchloop.tasks.environment import Environment


@dataclass(frozen=True, slots=True)
class Rates:
    """The slow rate and the latency that is emulated in simulation time."""

    plan_period_ns: int = 500_000_000
    plan_latency_ns: int = 100_000_000


def rollout(
    environment: Environment,
    controller: FastController,
    planner: Planner,
    seed: int,
    perturbation: str,
    rates: Rates | None = None,
) -> EpisodeResult:
    """Runs one episode to its end."""
    rates = rates or Rates()
    buffer = ObservationBuffer()
    observation = environment.reset(seed, perturbation)
    start_ns = observation.stamp_ns
    controller.reset(in_air=True)
    pending: list = []
    sequence = 0
    while not environment.state.done:
        now_ns = observation.stamp_ns
        observe(controller, buffer, observation)
        if now_ns > start_ns and (now_ns - start_ns) % rates.plan_period_ns == 0:
            seen = buffer.observation(now_ns, controller.wrench_bias.copy())
            pending.append(planner.plan(seen, sequence, seed))
            sequence += 1
        if pending and now_ns >= pending[0].stamp_ns + rates.plan_latency_ns:
            controller.accept_plan(pending.pop(0), now_ns)
        command: FastCommand = controller.step(now_ns)
        observation = environment.step(command.target_in_base)
    state = environment.state
    return EpisodeResult(
        seed,
        perturbation,
        state.success,
        state.score,
        state.coverage,
        state.in_band_ratio,
        state.peak_force_n,
        (observation.stamp_ns - start_ns) / 1e9,
    )


def observe(controller: FastController, buffer: ObservationBuffer, observation: Observation) -> None:
    """Hands one tick's measurements to both loops."""
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
