from collections.abc import Iterator

import pytest

from touchloop.bench.protocol import Rates
from touchloop.bench.rollout import Policy, rollout
from touchloop.control.decoder import FastDecoder
from touchloop.policy.planner import Planner
from touchloop.policy.weights import default_weights
from touchloop.tasks.environment import Environment

WEIGHTS = default_weights("wipe")


@pytest.fixture(scope="module")
def cell() -> Iterator[tuple[Environment, Policy]]:
    with Environment("wipe") as environment:
        yield environment, Policy.make(Planner(WEIGHTS), [FastDecoder.load(WEIGHTS)], environment.task, Rates())


@pytest.mark.parametrize("seed", [2000, 2002])
def test_the_committed_policy_wipes_an_undisturbed_board(cell, seed: int) -> None:
    result = rollout(*cell, seed, "none")
    assert result.success, result
    assert (result.seed, result.perturbation, result.variant, result.score) == (seed, "none", "", 1.0)


def test_the_same_seed_gives_the_same_result_whatever_was_before(cell) -> None:
    one, two = (rollout(*cell, 2001, "both") for _ in range(2))
    assert one == two


def test_without_plans_the_arm_stays_in_the_air(cell) -> None:
    result = rollout(*cell, 2000, "none", Rates(plan_period_ns=100_000_000_000))
    assert not result.success
    assert result.peak_force_n == 0.0
