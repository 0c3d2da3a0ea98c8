from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.sim.contact import Contact
from touchloop.sim.snap_switch import CAP_EDGE_M, CAP_RADIUS_M
from touchloop.sim.switch_panel import LAMP_DISTANCE_M, LAMP_RADIUS_M, PANEL_SIZE_M, SwitchPanel
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment
from touchloop.tasks.press import HELD_S, PEAK_FORCE_N, TIME_LIMIT_S, PressScore, sample_panel, sample_start
from touchloop.tasks.press_expert import ClickDetector
from touchloop.tasks.task import TaskState

PANEL = sample_panel(np.random.default_rng(0))
START = sample_start(np.random.default_rng(0))


class MadeUpWorld:
    """As much of a world as the score looks at."""

    def __init__(self) -> None:
        self.ticks_since_reset = 0
        self.scene = SwitchPanel(PANEL, START)
        self.arms = (self,)
        self.height_m, self.force_n = 0.1, 0.0

    @property
    def contacts(self) -> tuple[Contact | None, ...]:
        if self.force_n == 0.0:
            return (None,)
        return (Contact(self.force_n, np.zeros(3), np.zeros(3), np.array([0.0, 0.0, 1.0])),)

    def tcp_in_base(self) -> np.ndarray:
        return np.array([0.0, 0.0, self.scene.cap_in_base[2] + self.height_m, 1.0, 0.0, 0.0, 0.0])


def played(*parts: tuple[float, float, float, int]) -> TaskState:
    """Plays (seconds, force, height, toggles) one after the other."""
    world, score = MadeUpWorld(), PressScore()
    state = score.step(world)  # type: ignore[arg-type]
    for seconds, world.force_n, world.height_m, world.scene.toggles in parts:
        for _ in range(round(seconds / PERIOD_S)):
            world.ticks_since_reset += 1
            state = score.step(world)  # type: ignore[arg-type]
            if state.done:
                return state
    return state


AWAY = (0.3, 0.0, 0.04, 1)


def test_one_click_and_a_release_succeed() -> None:
    state = played((1.0, 0.0, 0.1, 0), (1.0, 6.0, 0.0, 0), (0.2, 8.0, -0.003, 1), AWAY)
    assert (state.done, state.success, state.score, state.progress, state.phase) == (True, True, 1.0, 1.0, "done")


@pytest.mark.parametrize(
    ("parts", "score"),
    [
        (((1.0, 6.0, 0.0, 0), (TIME_LIMIT_S, 0.0, 0.04, 0)), 0.0),
        (((1.0, 6.0, 0.0, 1), (0.1, 6.0, 0.0, 2), (0.3, 0.0, 0.04, 2)), 0.5),
        (((0.5, 6.0, 0.0, 0), (0.02, PEAK_FORCE_N + 0.1, 0.0, 1), AWAY), 0.5),
        (((0.5, 6.0, 0.0, 0), (HELD_S + 0.1, 6.0, 0.0, 1), AWAY), 0.5),
        (((0.5, 6.0, 0.0, 0), (0.1, 6.0, 0.0, 1), (TIME_LIMIT_S, 0.0, 0.01, 1)), 0.5),
    ],
)
def test_each_fault_alone_fails_it(parts: tuple, score: float) -> None:
    state = played(*parts)
    assert (state.done, state.success, state.score) == (True, False, score)


def test_a_press_given_up_before_the_click_may_be_tried_again() -> None:
    given_up = ((1.0, 6.0, 0.0, 0), (1.0, 0.0, 0.04, 0))
    state = played(*given_up)
    assert (state.done, state.phase, state.score) == (False, "press", 0.0)
    state = played(*given_up, (1.0, 6.0, 0.0, 0), (0.2, 8.0, -0.003, 1), AWAY)
    assert (state.done, state.success, state.score) == (True, True, 1.0)


def test_passing_by_before_the_first_contact_does_not_end_it() -> None:
    state = played((2.0, 0.0, 0.04, 0))
    assert (state.done, state.phase, state.near) == (False, "approach", False)
    assert played((0.1, 0.0, 0.02, 0)).near


def felt(*corners: tuple[float, float, float]) -> bool:
    """Plays a course of (time [s], force [N], height [mm]) to the detector."""
    times, forces, heights = np.array(corners).T
    detector = ClickDetector()
    ticks = np.arange(0.0, times[-1], PERIOD_S)
    courses = zip(np.interp(ticks, times, forces), 1e-3 * np.interp(ticks, times, heights), strict=True)
    return any(detector.felt(float(force), float(height)) for force, height in courses)


def test_a_click_is_told_from_a_panel_that_moves_away_and_from_a_push_that_ends() -> None:
    assert felt((0.0, 2.0, 0.0), (1.0, 8.0, -2.0), (1.03, 4.5, -2.6), (1.1, 6.5, -3.0))
    assert not felt((0.0, 2.0, 0.0), (1.0, 8.0, -2.0), (1.06, 0.0, -5.0), (1.3, 0.0, -9.0), (1.4, 6.0, -10.0))
    assert not felt((0.0, 2.0, 0.0), (1.0, 8.0, -2.0), (1.2, 5.5, -2.6), (1.3, 8.0, -3.0))
    assert not felt((0.0, 2.0, 0.0), (1.0, 8.0, -2.0), (1.03, 4.5, -1.8), (1.1, 7.0, -2.1))
    assert not felt((0.0, 2.0, 0.0), (2.0, 12.0, -2.0))


@given(st.integers(0, 100_000))
def test_every_sampled_panel_is_within_bounds_and_cap_and_lamp_are_on_it(seed: int) -> None:
    panel = sample_panel(np.random.default_rng(seed))
    assert (np.abs(panel.pose_in_base[:3] - [0.5, 0.0, 0.2]) <= 0.015).all()
    assert 6.0 <= panel.operating_force_n <= 10.0
    assert 0.0015 <= panel.operating_travel_m <= 0.0025
    half = 0.5 * np.array(PANEL_SIZE_M[:2])
    reach = np.array([max(CAP_RADIUS_M + CAP_EDGE_M, LAMP_DISTANCE_M + LAMP_RADIUS_M), CAP_RADIUS_M + CAP_EDGE_M])
    assert (np.abs(panel.cap_on_panel) + reach <= half).all()


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with Environment("press") as environment:
        yield environment


def demonstrated(environment: Environment, seed: int, kind: str) -> np.ndarray:
    """Plays the expert; the targets (ticks, 7)."""
    observations = environment.reset(seed, kind)
    expert = environment.task.expert(environment.world.scene, np.random.default_rng(seed), 0.0004)
    targets = []
    while not environment.state.done:
        (command,) = expert.step(observations)
        targets.append(command.target_in_base)
        observations = environment.step([command.target_in_base])
    return np.array(targets)


@pytest.mark.parametrize("kind", ["none", "before", "both"])
def test_the_expert_succeeds_without_jumps(environment: Environment, kind: str) -> None:
    targets = demonstrated(environment, 1, kind)
    assert environment.state.success, environment.state
    # Some demonstrations move at every tenth tick only.
    moved_m = np.linalg.norm(targets[10:, :3] - targets[:-10, :3], axis=1)
    assert moved_m.max() < 10 * 0.3 * PERIOD_S


def test_a_replay_fails_once_the_panel_moves(environment: Environment) -> None:
    targets = demonstrated(environment, 2, "none")
    first = environment.state
    for kind, expected in (("none", True), ("after", False)):
        environment.reset(2, kind)
        for target in targets:
            environment.step([target])
        while not environment.state.done:
            environment.step([None])
        assert environment.state.success == expected
        if expected:
            assert environment.state == first


def test_an_arm_that_does_nothing_fails_at_the_time_limit(environment: Environment) -> None:
    environment.reset(0)
    while not environment.state.done:
        environment.step([None])
    assert environment.time_s == pytest.approx(TIME_LIMIT_S)
    assert (environment.state.success, environment.state.score, environment.state.progress) == (False, 0.0, 0.0)
