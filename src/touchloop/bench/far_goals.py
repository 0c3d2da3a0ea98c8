"""Goals outside the training range, with and without guidance."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from torch import Tensor

from touchloop.bench.evaluate import spread
from touchloop.bench.protocol import Rates
from touchloop.bench.results import EpisodeResult, summarise
from touchloop.bench.rollout import Policy, rollout
from touchloop.control.decoder import FastDecoder
from touchloop.errors import InputError
from touchloop.policy.guidance import ReachGoal
from touchloop.policy.guided_planner import GuidedPlanner
from touchloop.policy.planner import Planner
from touchloop.sim.hole_plate import HolePlate
from touchloop.sim.observation import Observation
from touchloop.sim.switch_panel import SwitchPanel
from touchloop.tasks.environment import Environment
from touchloop.tasks.perturbation import ObjectShift

CENTRE_IN_BASE = np.array([0.50, 0.0])
"""Where the objects lie in training, on average."""
BEYOND_M = {"insert": (0.04, 0.06), "press": (0.05, 0.07)}
"""How much further away from there the object is put; training varies the hole by 8 mm, the switch by 45 mm an axis."""
SHIFT_S = 0.05


class FarEnvironment(Environment):
    """Episodes whose object lies further out than any in training.

    Attributes:
        goal_in_base: (3,) what the tool must touch, after ``reset``.
    """

    def __init__(self, task: str) -> None:
        if task not in BEYOND_M:
            raise InputError(f"task '{task}' has no far goals; expected one of {', '.join(BEYOND_M)}")
        super().__init__(task)
        self.goal_in_base = np.zeros(3)

    def reset(self, seed: int, perturbation: str = "none") -> tuple[Observation, ...]:
        """As the base class's; then the object glides out, while the arm is still at rest."""
        observations = super().reset(seed, perturbation)
        goal = _goal(self)
        out = goal[:2] - CENTRE_IN_BASE
        rng = np.random.default_rng([seed, 7])
        out = out / max(float(np.linalg.norm(out)), 1e-9) * rng.uniform(*BEYOND_M[self.task.name])
        self.perturb(ObjectShift(0.0, np.array([*out, 0.0]), SHIFT_S))
        self.goal_in_base = goal + np.array([*out, 0.0])
        return observations


def _goal(environment: Environment) -> np.ndarray:
    scene = environment.world.scene
    if isinstance(scene, HolePlate):
        return scene.object_in_world[:3].copy()
    if isinstance(scene, SwitchPanel):
        return scene.cap_in_base
    raise TypeError(f"scene is a {type(scene).__name__}, expected a HolePlate or a SwitchPanel")


class _GoalOf:
    """The guide towards the goal of an environment's present episode."""

    def __init__(self, environment: FarEnvironment) -> None:
        self._environment = environment

    def cost(self, tcp_in_base: Tensor, force_n: Tensor) -> Tensor:
        """See ``ReachGoal``."""
        return ReachGoal(self._environment.goal_in_base).cost(tcp_in_base, force_n)


@dataclass(frozen=True, slots=True)
class FarJob:
    """One episode to run."""

    task: str
    weights: Path
    seed: int
    guided: bool
    rates: Rates


def run_far_job(job: FarJob) -> EpisodeResult:
    """One episode."""
    with FarEnvironment(job.task) as environment:
        if job.guided:
            planner: Planner = GuidedPlanner(job.weights, job.task, guides=[_GoalOf(environment)])
        else:
            planner = Planner(job.weights, job.task)
        policy = Policy.make(planner, [FastDecoder.load(job.weights, job.task)], environment.task, job.rates)
        return rollout(environment, policy, job.seed, "none", job.rates)


def far_jobs(tasks: Iterable[str], weights: Callable[[str], Path], seeds: Sequence[int], rates: Rates) -> list[FarJob]:
    """Every task unguided and guided over the same seeds.

    Raises:
        InputError: a task without far goals.
    """
    for task in tasks:
        if task not in BEYOND_M:
            raise InputError(f"task '{task}' has no far goals; expected one of {', '.join(BEYOND_M)}")
    return [
        FarJob(task, weights(task), seed, guided, rates) for task in tasks for guided in (False, True) for seed in seeds
    ]


def far_rows(jobs: Sequence[FarJob], results: Sequence[EpisodeResult]) -> list[dict]:
    """A row for each task, unguided and guided, as in a study's file."""
    rows = []
    for task, guided in dict.fromkeys((job.task, job.guided) for job in jobs):
        own = [r for job, r in zip(jobs, results, strict=True) if (job.task, job.guided) == (task, guided)]
        summary = summarise(own)
        rows.append(
            {
                "study": "guidance",
                "task": task,
                "policy": "touchloop",
                "perturb": "none",
                "label": "guided" if guided else "unguided",
                "x": None,
                "episodes": summary.episodes,
                "success_rate": summary.success_rate,
                "interval": [summary.success_low, summary.success_high],
                "score_mean": summary.score_mean,
            }
        )
    return rows


def evaluate_far(jobs: Sequence[FarJob], workers: int) -> Iterator[EpisodeResult]:
    """Episodes in the order of ``jobs``."""
    return spread(run_far_job, jobs, workers)
