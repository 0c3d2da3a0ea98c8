"""The same episodes through the real nodes, in lock-step."""

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from touchloop.bench.results import EpisodeResult
from touchloop.bench.run_result import NAME
from touchloop.errors import InputError
from touchloop.launching.own_command import launch_command

SHOWN_LINES = 15


def evaluate_through_nodes(
    task: str, weights: Path, seeds: Sequence[int], perturbation: str, plan_rate_hz: float, plan_latency_s: float
) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``seeds``, which must count up by one; they come when all are done.

    Raises:
        InputError: the nodes did not get through; shows the end of their output.
    """
    with tempfile.TemporaryDirectory() as folder:
        values = {
            "task": task,
            "lockstep": True,
            "record": False,
            "episodes": len(seeds),
            "seed": seeds[0],
            "perturb": perturbation,
            "plan_rate_hz": plan_rate_hz,
            "plan_latency_s": plan_latency_s,
            "weights": weights.absolute(),
            "run_dir": folder,
        }
        # A graph of its own: whatever else runs on this machine must not be driven, nor answer.
        domain = str(1 + os.getpid() % 100)
        environment = {**os.environ, "ROS_DOMAIN_ID": domain, "ROS_AUTOMATIC_DISCOVERY_RANGE": "LOCALHOST"}
        ended = subprocess.run(
            launch_command("sim.launch.xml", values), env=environment, capture_output=True, text=True, check=False
        )
        result = Path(folder) / NAME
        if ended.returncode != 0 or not result.is_file():
            last = "\n".join((ended.stdout + ended.stderr).splitlines()[-SHOWN_LINES:])
            raise InputError(f"the nodes ended with exit code {ended.returncode}:\n{last}")
        yield from (EpisodeResult(**row) for row in json.loads(result.read_text())["rows"])
