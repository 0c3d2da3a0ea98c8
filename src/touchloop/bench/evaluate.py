"""Many episodes in process, spread over processes."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import TypeVar

from touchloop.bench.protocol import Rates
from touchloop.bench.results import EpisodeResult
from touchloop.bench.rollout import Policy, rollout
from touchloop.tasks.environment import Environment

KEPT_POLICIES = 8
J = TypeVar("J")


@dataclass(frozen=True, slots=True)
class Job:
    """One episode to run."""

    task: str
    weights: Path
    seed: int
    perturbation: str
    rates: Rates


def evaluate(jobs: Iterable[Job], workers: int) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``jobs``."""
    return spread(run_job, jobs, workers)


def spread(run: Callable[[J], EpisodeResult], jobs: Iterable[J], workers: int) -> Iterator[EpisodeResult]:
    """What ``run`` makes of each of the jobs, in their order; with one worker in this process."""
    if workers == 1:
        yield from map(run, jobs)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(run, jobs)


_environments: dict[str, Environment] = {}
_policies: dict[tuple[Path, Rates], Policy] = {}


def run_job(job: Job) -> EpisodeResult:
    """One episode; what it needs is kept for the next one in this process."""
    if job.task not in _environments:
        _environments[job.task] = Environment(job.task)
    environment, key = _environments[job.task], (job.weights, job.rates)
    if key not in _policies:
        if len(_policies) == KEPT_POLICIES:
            del _policies[next(iter(_policies))]
        _policies[key] = Policy.load(job.weights, environment.task, job.rates)
    return rollout(environment, _policies[key], job.seed, job.perturbation, job.rates)
