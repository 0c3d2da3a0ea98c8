"""Episodes spread over a Ray cluster: the same jobs, the same results, as many machines as there are."""

import logging
from collections.abc import Iterator, Sequence

from touchloop.bench.evaluate import Job, run_job
from touchloop.bench.results import EpisodeResult
from touchloop.errors import InputError

CHUNK = 8
"""Jobs of a task that a worker takes at once: neighbours share environment and weights."""
AHEAD = 4
"""Chunks in flight for each processor of the cluster."""


def evaluate_on_ray(jobs: Sequence[Job], address: str | None = None) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``jobs``.

    Uses the cluster that is running (``RAY_ADDRESS`` or ``address``), or starts a local one. Every machine needs
    touchloop and the weights under the same path.

    Raises:
        InputError: Ray is not installed, there is no cluster at the address, or a worker raised it.
    """
    try:
        import ray
        from ray.exceptions import RayTaskError
    except ImportError as error:
        raise InputError("--ray needs Ray; install it with: pip install 'touchloop[scale]'") from error
    started = not ray.is_initialized()
    if started:
        try:
            ray.init(address=address, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
        except (ConnectionError, ValueError) as error:
            raise InputError(f"no Ray cluster at {address or 'RAY_ADDRESS'} ({error})") from error
    # A worker keeps its environment and weights from one task to the next.
    remote = ray.remote(num_cpus=1)(_run_all)
    chunks = [list(jobs[i : i + CHUNK]) for i in range(0, len(jobs), CHUNK)]
    ahead = AHEAD * max(int(ray.cluster_resources().get("CPU", 1)), 1)
    waiting = []
    try:
        for index in range(len(chunks)):
            while len(waiting) < ahead and index + len(waiting) < len(chunks):
                waiting.append(remote.remote(chunks[index + len(waiting)]))
            try:
                results = ray.get(waiting.pop(0))
            except RayTaskError as error:
                # Ray's own message is the worker's traceback.
                if isinstance(error.cause, InputError):
                    raise error.cause from error
                raise
            yield from results
    finally:
        if started:
            ray.shutdown()


def _run_all(jobs: list[Job]) -> list[EpisodeResult]:
    return [run_job(job) for job in jobs]
