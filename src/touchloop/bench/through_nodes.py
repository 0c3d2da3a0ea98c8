"""The same episodes through the real nodes, in lock-step."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from touchloop.bench.evaluate import Job
from touchloop.bench.results import EpisodeResult
from touchloop.bench.run_result import NAME
from touchloop.errors import InputError
from touchloop.launching.own_command import launch_command

SHOWN_LINES = 15


def evaluate_through_nodes(jobs: Iterable[Job]) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``jobs``; those of one launch come when all of it is done.

    Raises:
        InputError: the nodes did not get through (shows the end of their output), or they cannot do what a job asks.
    """
    for run in consecutive(jobs):
        yield from _launch(run[0], len(run))


def consecutive(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Jobs that follow each other and differ only in a seed that counts up by one: a launch runs them together."""
    run: list[Job] = []
    for job in jobs:
        if run and job != replace(run[-1], seed=run[-1].seed + 1):
            yield run
            run = []
        run.append(job)
    if run:
        yield run


def _launch(first: Job, episodes: int) -> list[EpisodeResult]:
    rates = first.rates
    if not rates.compensate_latency:
        raise InputError("the nodes use a plan from its own time on; without compensation of latency run in process")
    with tempfile.TemporaryDirectory() as folder:
        values = {
            "task": first.task,
            "lockstep": True,
            "record": False,
            "episodes": episodes,
            "seed": first.seed,
            "perturb": first.perturbation,
            # Both are rounded to whole nanoseconds again by the nodes.
            "plan_rate_hz": 1e9 / rates.plan_period_ns,
            "plan_latency_s": rates.plan_latency_ns * 1e-9,
            "fast_rate_hz": rates.fast_rate_hz,
            "weights": first.weights.absolute(),
            "run_dir": folder,
        }
        # A graph of its own: whatever else runs on this machine must not be driven, nor answer.
        domain = str(1 + os.getpid() % 100)
        environment = {**os.environ, "ROS_DOMAIN_ID": domain}
        ended = subprocess.run(
            launch_command("sim.launch.xml", values), env=environment, capture_output=True, text=True, check=False
        )
        result = Path(folder) / NAME
        if ended.returncode != 0 or not result.is_file():
            last = "\n".join((ended.stdout + ended.stderr).splitlines()[-SHOWN_LINES:])
            raise InputError(f"the nodes ended with exit code {ended.returncode}:\n{last}")
        return [EpisodeResult(**row) for row in json.loads(result.read_text())["rows"]]
