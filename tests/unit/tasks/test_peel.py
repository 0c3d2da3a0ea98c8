from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.sim.contact import Contact
from touchloop.sim.peel_body import PEELED, PeelBody
from touchloop.sim.peel_cut import PROFILE_STEP_M
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment
from touchloop.tasks.peel import (
    MOST_SLOPE_RAD,
    NEAR_M,
    PEAK_FORCE_N,
    TIME_LIMIT_S,
    PeelScore,
    sample_body,
    sample_start,
)
from touchloop.tasks.task import TaskState

JITTER_M = 0.0004


class MadeUpWorld:
    """As much of a world as the score looks at."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        self.ticks_since_reset = 0
        self.scene = PeelBody(sample_body(rng), sample_start(rng))
        self.arms = (self,)
        self.height_m, self.force_n = 0.1, 0.0

    @property
    def contacts(self) -> tuple[Contact | None, ...]:
        if self.force_n == 0.0:
            return (None,)
        return (Contact(self.force_n, np.zeros(3), np.zeros(3), np.array([0.0, 0.0, 1.0])),)

    def tcp_in_base(self) -> np.ndarray:
        return np.array([*(self.scene.crest_in_base(0.05) + np.array([0.0, 0.0, self.height_m])), 1.0, 0.0, 0.0, 0.0])


def played(*parts: tuple[float, float, float, float]) -> TaskState:
    """Plays (seconds, force, peeled share, height) one after the other."""
    world, score = MadeUpWorld(), PeelScore()
    state = score.step(world)  # type: ignore[arg-type]
    for seconds, world.force_n, share, world.height_m in parts:
        world.scene.cells[: int(share * len(world.scene.cells))] = PEELED
        for _ in range(round(seconds / PERIOD_S)):
            world.ticks_since_reset += 1
            state = score.step(world)  # type: ignore[arg-type]
            if state.done:
                return state
    return state


GOOD = (3.0, 5.0, 0.95, -0.002)
LIFT = (0.2, 0.0, 0.95, 0.05)


def test_a_peeled_body_and_a_lift_succeed_and_the_score_is_the_peeled_length() -> None:
    state = played((1.0, 0.0, 0.0, 0.1), GOOD, LIFT)
    assert (state.phase, state.done, state.success, state.in_band_ratio) == ("done", True, True, 1.0)
    assert state.score == state.progress == pytest.approx(0.95, abs=0.02)


def test_too_short_or_too_hard_fails() -> None:
    short = played((3.0, 5.0, 0.80, 0.0), (0.2, 0.0, 0.80, 0.05))
    hard = played(GOOD, (0.02, PEAK_FORCE_N + 1.0, 0.95, 0.0), LIFT)
    assert (short.done, short.success, hard.done, hard.success) == (True, False, True, False)
    assert short.score == pytest.approx(0.80, abs=0.02)


def test_phases_come_in_order_and_time_runs_out() -> None:
    assert played((0.1, 0.0, 0.0, 0.1)).phase == "approach"
    assert played((0.1, 1.0, 0.0, 0.0)).phase == "contact"
    assert played((0.1, 5.0, 0.1, 0.0)).phase == "peel"
    assert played(GOOD, (0.1, 0.0, 0.95, 0.01)).phase == "lift"
    assert played((TIME_LIMIT_S + 1.0, 5.0, 0.5, 0.0)).done


def test_the_blade_is_near_below_its_height() -> None:
    assert not played((0.1, 0.0, 0.0, NEAR_M + 0.001)).near
    assert played((0.1, 0.0, 0.0, NEAR_M - 0.001)).near


@given(st.integers(0, 100_000))
def test_every_sampled_body_is_uneven_not_too_steep_and_within_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    body, start = sample_body(rng), sample_start(rng)
    slopes = np.gradient(body.crest_m, PROFILE_STEP_M)
    assert 0.1 < np.abs(slopes).max() <= np.tan(MOST_SLOPE_RAD) + 1e-9
    assert 0.16 <= body.length_m <= 0.20
    assert np.ptp(body.crest_m) > 0.001
    top_m = body.pose_in_base[2] + body.crest_m.max()
    assert 0.17 < top_m < start[2] - 0.07
    assert np.abs(body.pose_in_base[0] - 0.5) + 0.5 * body.length_m < 0.25 - 0.01


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with Environment("peel") as made:
        yield made


def shown(environment: Environment, seed: int, kind: str) -> list[list[np.ndarray]]:
    """The targets that the expert gave in one episode."""
    observations, targets = environment.reset(seed, kind), []
    expert = environment.task.expert(environment.world.scene, np.random.default_rng([seed, 9]), JITTER_M)
    while not environment.state.done:
        targets.append([command.target_in_base for command in expert.step(observations)])
        observations = environment.step(targets[-1])
    return targets


def replayed(environment: Environment, seed: int, kind: str, targets: list[list[np.ndarray]]) -> TaskState:
    """The end of an episode in which these targets are played whatever is felt."""
    environment.reset(seed, kind)
    for target in targets:
        environment.step(target)
    return environment.state


def test_the_expert_succeeds_whatever_disturbs_it(environment: Environment) -> None:
    for seed, kind in ((1, "none"), (2, "before"), (3, "both")):
        targets = np.array(shown(environment, seed, kind))[:, 0, :3]
        assert environment.state.success, (seed, kind, environment.state)
        assert np.linalg.norm(np.diff(targets, axis=0), axis=1).max() < 0.2 * PERIOD_S + 4 * JITTER_M


def test_the_same_seed_gives_the_same_episode_and_replay_fails_once_the_body_moves(environment: Environment) -> None:
    targets = shown(environment, 4, "none")
    first = environment.state
    assert replayed(environment, 4, "none", targets) == first
    assert first.success
    assert not replayed(environment, 4, "after", targets).success
    assert not replayed(environment, 5, "none", targets).success


def test_an_idle_arm_peels_nothing(environment: Environment) -> None:
    environment.reset(6)
    for _ in range(200):
        environment.step([None])
    state = environment.state
    assert (state.success, state.score, state.first_contact_s, state.near) == (False, 0.0, None, False)
