from pathlib import Path

import numpy as np
import pytest

from touchloop.bench.far_goals import BEYOND_M, CENTRE_IN_BASE, FarEnvironment, far_jobs, far_rows
from touchloop.bench.protocol import Rates
from touchloop.bench.results import EpisodeResult
from touchloop.errors import InputError


@pytest.mark.parametrize("task", list(BEYOND_M))
def test_the_goal_lies_beyond_those_of_training_and_stays_where_it_was_put(task: str) -> None:
    with FarEnvironment(task) as environment:
        environment.reset(4)
        goal = environment.goal_in_base.copy()
        least_m = BEYOND_M[task][0]
        assert np.linalg.norm(goal[:2] - CENTRE_IN_BASE) > least_m
        for _ in range(30):
            environment.step([None])
        scene = environment.world.scene
        there = scene.cap_in_base if task == "press" else scene.object_in_world[:3]
        np.testing.assert_allclose(there, goal, atol=1e-6)


def test_every_seed_is_run_unguided_and_guided() -> None:
    jobs = far_jobs(["insert"], lambda task: Path(task), range(3), Rates())
    assert [(job.guided, job.seed) for job in jobs] == [(g, s) for g in (False, True) for s in range(3)]
    results = [EpisodeResult(j.seed, "none", "", j.guided, float(j.guided), 1.0, 1.0, 5.0, 4.0) for j in jobs]
    assert [(row["label"], row["success_rate"]) for row in far_rows(jobs, results)] == [
        ("unguided", 0.0),
        ("guided", 1.0),
    ]


def test_a_task_without_far_goals_is_refused() -> None:
    with pytest.raises(InputError, match="expected one of insert, press"):
        far_jobs(["wipe"], lambda task: Path(task), range(1), Rates())
    with pytest.raises(InputError, match="expected one of insert, press"):
        FarEnvironment("wipe")
