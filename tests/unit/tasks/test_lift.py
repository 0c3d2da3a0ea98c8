from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.sim.fragile_box import BASE_Y_M, SIDES, FragileBox, FragileBoxConfig
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment
from touchloop.tasks.lift import CRUSH_N, LIFT_M, LiftScore, TaskState, sample_box, sample_starts


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with Environment("lift") as environment:
        yield environment


def shown(environment: Environment, seed: int, kind: str) -> tuple[TaskState, list[list[np.ndarray]]]:
    """Plays the expert; the end and what it commanded."""
    observations = environment.reset(seed, kind)
    expert = environment.task.expert(environment.world.scene, np.random.default_rng([seed, 9]), 0.0004)
    commands = []
    while not environment.state.done:
        commands.append([command.target_in_base for command in expert.step(observations)])
        observations = environment.step(commands[-1])
    return environment.state, commands


class MadeUp(FragileBox):
    """A box that a test lifts, and as much of a world as the score looks at."""

    def __init__(self) -> None:
        config: FragileBoxConfig = sample_box(np.random.default_rng(0))
        super().__init__(config, sample_starts(np.random.default_rng(0)))
        self.ticks_since_reset = 0
        self.forces = (0.0, 0.0)
        self.scene = self

    @property
    def contacts(self) -> list:
        return [type("C", (), {"force_n": force_n}) if force_n else None for force_n in self.forces]

    def gap_m(self, index: int) -> float:  # noqa: ARG002
        return 0.05

    def lift(self, height_m: float) -> None:
        self._box[2] = self.config.position_in_world[2] + height_m


def played(*parts: tuple[float, float, float]) -> TaskState:
    """Plays (seconds, force of both palms, height) one after the other."""
    world, score = MadeUp(), LiftScore()
    state = score.step(world)  # type: ignore[arg-type]
    for seconds, force_n, height_m in parts:
        world.forces = (force_n, force_n)
        world.lift(height_m)
        for _ in range(round(seconds / PERIOD_S)):
            world.ticks_since_reset += 1
            state = score.step(world)  # type: ignore[arg-type]
            if state.done:
                return state
    return state


UP = (0.9, 8.0, LIFT_M + 0.01)


def test_lifting_and_holding_succeeds() -> None:
    state = played((1.0, 0.0, 0.0), (1.0, 8.0, 0.0), (0.5, 8.0, 0.05), UP)
    assert (state.done, state.success, state.score, state.progress, state.in_band_ratio) == (True, True, 1.0, 1.0, 1.0)


def test_each_criterion_alone_can_fail_it() -> None:
    crushed = played((1.0, 8.0, 0.06), (0.1, CRUSH_N + 1.0, 0.06), UP)
    dropped = played((1.0, 8.0, 0.06), (0.1, 0.0, 0.05), UP)
    slipped = played((1.0, 8.0, 0.04), (0.1, 8.0, 0.01), UP)
    out_of_band = played((0.1, 8.0, 0.0), (3.0, 19.0, 0.0), (0.9, 19.0, LIFT_M + 0.01))
    knocked_off = played((0.1, 8.0, 0.0), (0.1, 0.0, -0.02), UP)
    states = (crushed, dropped, slipped, out_of_band, knocked_off)
    assert [s.done for s in states] == [True] * 5
    assert [s.success for s in states] == [False] * 5
    assert [s.score for s in states] == [0.0, 0.5, 0.0, 1.0, 0.0]


def test_a_short_hold_is_not_enough_and_phases_come_in_order() -> None:
    assert not played((0.5, 8.0, 0.05), (0.5, 8.0, 0.11), (0.1, 8.0, 0.09), (0.5, 8.0, 0.11)).done
    assert played((0.1, 0.0, 0.0)).phase == "approach"
    assert played((0.1, 1.0, 0.0)).phase == "contact"
    assert played((0.1, 8.0, 0.05)).phase == "lift"
    assert played((0.1, 8.0, 0.11)).phase == "hold"
    late = played((15.0, 8.0, 0.0))
    assert (late.phase, late.done, late.success) == ("done", True, False)


@given(st.integers(0, 100_000))
def test_every_sampled_cell_starts_free_and_within_reach(seed: int) -> None:
    rng = np.random.default_rng(seed)
    box, starts = sample_box(rng), sample_starts(rng)
    for start, side in zip(starts, SIDES, strict=True):
        face_in_base = BASE_Y_M - side * box.position_in_world[1] - 0.5 * box.width_m
        assert 0.03 < face_in_base - start[0] < 0.16
        assert 0.45 < face_in_base < 0.63
    assert 9.81 * box.mass_kg < 2.0 * box.palm.friction * 12.0


def test_idle_arms_fail(environment: Environment) -> None:
    environment.reset(1)
    for _ in range(600):
        environment.step([None, None])
    assert (environment.state.progress, environment.state.first_contact_s) == (pytest.approx(0.0, abs=1e-3), None)
    assert not environment.state.success


def test_the_expert_succeeds_and_blind_replay_drops_the_pushed_box(environment: Environment) -> None:
    shown_before, _ = shown(environment, 502, "before")
    undisturbed, commands = shown(environment, 503, "none")
    pushed, _ = shown(environment, 503, "after")
    assert [s.success for s in (shown_before, undisturbed, pushed)] == [True] * 3
    assert undisturbed.peak_force_n < pushed.peak_force_n < CRUSH_N
    environment.reset(503, "after")
    for targets in commands:
        environment.step(targets)
        if environment.state.done:
            break
    assert not environment.state.success


def test_the_same_seed_is_the_same_episode(environment: Environment) -> None:
    ends = []
    for _ in range(2):
        observations = environment.reset(7, "after")
        for _ in range(100):
            observations = environment.step([None, None])
        felt = [observation.wrench_at_sensor for observation in observations]
        ends.append(np.concatenate([*felt, environment.world.scene.object_in_world]))
    np.testing.assert_array_equal(*ends)
