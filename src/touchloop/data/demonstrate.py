"""Scripted demonstrations, seeded and resumable."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

import numpy as np

from touchloop.data.episode import EpisodeRecorder
from touchloop.data.store import EpisodeStore
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment

PERTURBATIONS = ("none", "before", "after", "push", "both")
JITTER_M = 0.0004
"""Size of the slow noise on the expert's commands, so that the policy sees how to come back."""
AFTER_DONE_S = 1.4
"""Recorded beyond the end, so that the last chunks have a future."""
SEED_OFFSET = 1_000_000
"""Demonstrations and evaluations never share a seed."""


def demonstrate(folder: Path, task: str, index: int, seed: int) -> bool:
    """Records the demonstration with that index and returns whether it succeeded. Failures are kept, marked."""
    perturbation = PERTURBATIONS[index % len(PERTURBATIONS)]
    episode_seed = SEED_OFFSET * (seed + 1) + index
    with Environment(task, pictures=True) as environment:
        observations = environment.reset(episode_seed, perturbation)
        rng = np.random.default_rng([episode_seed, 9])
        expert = environment.task.expert(environment.world.scene, rng, JITTER_M)
        recorder, variant = EpisodeRecorder(), environment.variant
        left_s = AFTER_DONE_S
        result = None
        while left_s > 0.0:
            commands = expert.step(observations)
            recorder.add(observations, commands)
            observations = environment.step([command.target_in_base for command in commands])
            if environment.state.done:
                result = result or environment.state
                left_s -= PERIOD_S
    success = result is not None and result.success
    attributes = {
        "task": task,
        "variant": variant,
        "seed": episode_seed,
        "perturbation": perturbation,
        "success": bool(success),
    }
    EpisodeStore(folder).write(index, recorder.finish(), attributes)
    return bool(success)


def demonstrate_all(folder: Path, task: str, episodes: int, seed: int, workers: int) -> Iterator[tuple[int, bool]]:
    """Records the missing ones of ``episodes`` demonstrations and yields (index, success) as they end."""
    store = EpisodeStore(folder)
    missing = [index for index in range(episodes) if not store.has(index)]
    with ProcessPoolExecutor(max_workers=workers, mp_context=get_context("spawn")) as pool:
        futures = {pool.submit(demonstrate, folder, task, index, seed): index for index in missing}
        for future in as_completed(futures):
            yield futures[future], future.result()
