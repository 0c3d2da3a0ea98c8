from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.sim.observation import Observation
from touchloop.sim.world import CAMERA_TICKS
from touchloop.tasks.environment import Environment
from touchloop.tasks.perturbation import Push
from touchloop.tasks.task import TaskState
from touchloop.tasks.wipe import TIME_LIMIT_S


@pytest.fixture(scope="module")
def environment() -> Iterator[Environment]:
    with Environment("wipe") as environment:
        yield environment


def demonstrated(environment: Environment, seed: int, perturbation: str, ticks: int | None = None) -> list[Observation]:
    (first,) = environment.reset(seed, perturbation)
    observations = [first]
    expert = environment.task.expert(environment.world.scene, np.random.default_rng(seed))
    states: list[TaskState] = [environment.state]
    while not environment.state.done and len(observations) != ticks:
        (command,) = expert.step((observations[-1],))
        observations += environment.step([command.target_in_base])
        states.append(environment.state)
    assert (np.diff([state.progress for state in states]) >= 0.0).all()
    assert (np.diff([state.peak_force_n for state in states]) >= 0.0).all()
    return observations


def as_numbers(observations: list[Observation]) -> np.ndarray:
    return np.array([np.concatenate([o.tcp_in_base, o.wrench_at_sensor, o.joint_positions]) for o in observations])


def test_the_same_seed_gives_the_same_episode_bit_by_bit(environment: Environment) -> None:
    first = demonstrated(environment, 5, "both", 700)
    environment.reset(6, "push")
    again = demonstrated(environment, 5, "both", 700)
    np.testing.assert_array_equal(as_numbers(first), as_numbers(again))
    with Environment("wipe") as fresh:
        np.testing.assert_array_equal(as_numbers(first), as_numbers(demonstrated(fresh, 5, "both", 700)))


def test_every_perturbation_has_the_same_cell_and_another_seed_another(environment: Environment) -> None:
    cells = []
    for seed, kind in ((3, "none"), (3, "before"), (3, "both"), (4, "none")):
        (observation,) = environment.reset(seed, kind)
        cells.append(np.concatenate([environment.world.scene.object_in_world, observation.wrench_at_sensor]))
    np.testing.assert_array_equal(cells[0], cells[1])
    np.testing.assert_array_equal(cells[0], cells[2])
    assert not np.array_equal(cells[0], cells[3])


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_expert_succeeds_while_board_and_arm_are_disturbed(environment: Environment, seed: int) -> None:
    demonstrated(environment, seed, "both")
    state = environment.state
    assert (state.success, state.score, state.phase) == (True, 1.0, "done"), state
    assert state.progress > 0.9


@pytest.mark.parametrize("seed", [0, 1])
def test_the_expert_follows_a_board_that_is_moved_before_contact(environment: Environment, seed: int) -> None:
    observations = demonstrated(environment, seed, "before")
    shift = environment.world.scene.object_in_world - environment.world.scene.config.pose_in_base  # type: ignore[attr-defined]
    assert 0.005 <= np.abs(shift[0]) <= 0.010
    assert 0.010 <= np.abs(shift[2]) <= 0.020
    assert environment.state.success, environment.state
    speeds = [np.linalg.norm(seen.tcp_twist_in_base[:3]) for seen in observations]
    assert max(speeds) < 0.2


def test_an_arm_that_does_nothing_fails_at_the_time_limit(environment: Environment) -> None:
    environment.reset(0)
    while not environment.state.done:
        environment.step([None])
    assert environment.time_s == pytest.approx(TIME_LIMIT_S)
    assert (environment.state.success, environment.state.score, environment.state.progress) == (False, 0.0, 0.0)


def test_a_board_that_is_moved_before_contact_waits_for_the_tool_to_be_near(environment: Environment) -> None:
    (seen,) = environment.reset(0, "before")
    board = environment.world.scene.object_in_world.copy()
    for _ in range(100):
        environment.step([None])
    np.testing.assert_array_equal(environment.world.scene.object_in_world, board)
    target = seen.tcp_in_base.copy()
    while not environment.state.near:
        target[2] -= 0.1 * 0.004
        environment.step([target])
    for _ in range(160):
        environment.step([None])
    assert environment.state.first_contact_s is None or environment.acting_perturbation == ""
    assert np.abs(environment.world.scene.object_in_world - board)[2] >= 0.010


def test_a_push_by_hand_begins_at_once_and_ends(environment: Environment) -> None:
    environment.reset(0)
    for _ in range(50):
        environment.step([None])
    environment.perturb(Push(0.0, np.array([0.0, 10.0, 0.0]), 0.4))
    assert environment.acting_perturbation == "arm"
    before = environment.world.arms[0].tcp_in_base()
    for _ in range(90):
        (seen,) = environment.step([None])
    assert seen.tcp_in_base[1] > before[1] + 2e-3
    for _ in range(30):
        environment.step([None])
    assert environment.acting_perturbation == ""


def test_pictures_come_at_their_own_rate() -> None:
    with Environment("wipe", pictures=True) as environment:
        have = [environment.reset(0)[0].wrist_rgb is not None]
        have += [environment.step([None])[0].wrist_rgb is not None for _ in range(2 * CAMERA_TICKS)]
    assert [i for i, picture in enumerate(have) if picture] == [0, CAMERA_TICKS, 2 * CAMERA_TICKS]


def test_bad_input_is_named(environment: Environment) -> None:
    with pytest.raises(InputError, match=r"task 'stack': expected one of .*wipe"):
        Environment("stack")
    with pytest.raises(InputError, match="seed -1: expected 0 or more"):
        environment.reset(-1)
    with pytest.raises(InputError, match="expected one of none, before, after, push, both"):
        environment.reset(0, "quake")
