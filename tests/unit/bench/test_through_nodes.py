from dataclasses import replace
from pathlib import Path

import pytest

from touchloop.bench.evaluate import Job
from touchloop.bench.protocol import PAPER_PLAN_PERIOD_NS, Rates, rates_of
from touchloop.bench.through_nodes import consecutive, evaluate_through_nodes
from touchloop.errors import InputError
from touchloop.launching.environment import REPOSITORY, ros_environment
from touchloop.launching.resolver import resolve
from touchloop.policy.spec import POLICIES
from touchloop.tasks.registry import TASKS

JOB = Job("wipe", Path("weights"), 10, "none", Rates())


def test_jobs_that_differ_only_in_seeds_that_count_up_run_together() -> None:
    others = [replace(JOB, seed=20), replace(JOB, seed=20, perturbation="push"), replace(JOB, seed=21)]
    jobs = [JOB, replace(JOB, seed=11), replace(JOB, seed=13), *others]
    runs = list(consecutive(jobs))
    assert [job for run in runs for job in run] == jobs
    assert [[job.seed for job in run] for run in runs] == [[10, 11], [13], [20], [20], [21]]
    assert list(consecutive([])) == []


def test_what_the_nodes_cannot_do_is_refused() -> None:
    with pytest.raises(InputError, match="without compensation of latency run in process"):
        list(evaluate_through_nodes([replace(JOB, rates=Rates(compensate_latency=False))]))


@pytest.mark.parametrize("period_ns", [PAPER_PLAN_PERIOD_NS, *range(100_000_000, 2_000_000_000, 4_000_000)])
def test_a_rate_gives_the_period_back(period_ns: int) -> None:
    assert round(1e9 / float(str(1e9 / period_ns))) == period_ns


@pytest.mark.parametrize("policy", POLICIES)
def test_the_protocols_latencies_survive_as_seconds(policy: str) -> None:
    latency_ns = rates_of("paper", POLICIES[policy]).plan_latency_ns
    assert round(1e9 * float(str(latency_ns * 1e-9))) == latency_ns


@pytest.mark.parametrize("task", TASKS)
def test_the_launch_file_has_a_controller_for_each_arm(task: str, tmp_path: Path) -> None:
    processes = resolve(REPOSITORY / "launch" / "sim.launch.xml", {"task": task}, ros_environment(), tmp_path)
    found = [
        word.removeprefix("__ns:=/")
        for process in processes
        if process.name.startswith("fast_controller")
        for word in process.command
        if word.startswith("__ns:=")
    ]
    assert tuple(found) == TASKS[task].arms
