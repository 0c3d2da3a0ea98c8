"""Many episodes of one policy under one perturbation, in process."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from touchloop.bench.results import EpisodeResult
from touchloop.bench.rollout import Rates, rollout
from touchloop.control.decoder import FastDecoder
from touchloop.control.fast_controller import FastController
from touchloop.policy.planner import Planner
from touchloop.tasks.environment import Environment


def evaluate(
    task: str, weights: Path, seeds: Sequence[int], perturbation: str, rates: Rates, workers: int
) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``seeds``, spread over ``workers`` processes."""
    arguments = [(task, weights, seed, perturbation, rates) for seed in seeds]
    if workers == 1:
        yield from map(_episode, arguments)
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        yield from pool.map(_episode, arguments)


_cell: dict[tuple[str, Path], tuple[Environment, FastController, Planner]] = {}


def _episode(arguments: tuple[str, Path, int, str, Rates]) -> EpisodeResult:
    task, weights, seed, perturbation, rates = arguments
    if (task, weights) not in _cell:
        controller = FastController(FastDecoder.load(weights, task))
        _cell[task, weights] = Environment(task, pictures=True), controller, Planner(weights, task)
    return rollout(*_cell[task, weights], seed, perturbation, rates)
