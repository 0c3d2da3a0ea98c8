from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.sim.world import PERIOD_NS, PERIOD_S, TACTILE_TICKS, Disturbance, World
from touchloop.tasks.wipe import sample_board, sample_start

BOARD = sample_board(np.random.default_rng(2))
START = sample_start(np.random.default_rng(3))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        world.reset(BOARD, START, np.random.default_rng(1))
        yield world


def press(world: World, depth_m: float) -> np.ndarray:
    """Lowers the tool until its target is that deep below the face; returns the mean wrench, tared."""
    target = START.copy()
    bias = np.mean([world.step(target).wrench_at_sensor for _ in range(50)], axis=0)
    bottom = world.board.pose_in_base[2] - depth_m
    while target[2] > bottom:
        target[2] -= 0.1 * PERIOD_S
        world.step(target)
    for _ in range(150):
        world.step(target)
    return np.mean([world.step(target).wrench_at_sensor for _ in range(50)], axis=0) - bias


def test_time_never_goes_back_and_ticks_count_from_the_reset(world: World) -> None:
    assert world.ticks_since_reset == 0
    stamps = [world.step(None).stamp_ns for _ in range(3)]
    stamps.append(world.reset(BOARD, START, np.random.default_rng(1)).stamp_ns)
    np.testing.assert_array_equal(np.diff(stamps), PERIOD_NS)
    assert world.ticks_since_reset == 0


def test_markers_come_at_their_own_rate(world: World) -> None:
    have = [world.step(None).markers is not None for _ in range(20)]
    assert have == [(tick + 1) % TACTILE_TICKS == 0 for tick in range(20)]


def test_pressing_gives_a_negative_force_along_the_tool_that_matches_the_contact(world: World) -> None:
    tared = press(world, 0.02)
    assert world.contact is not None
    assert world.contact.force_n > 5.0
    assert -tared[2] == pytest.approx(world.contact.force_n, rel=0.1)


def test_deeper_targets_press_harder(world: World) -> None:
    press(world, 0.004)
    light = world.contact
    world.reset(BOARD, START, np.random.default_rng(1))
    press(world, 0.012)
    assert light is not None
    assert world.contact is not None
    assert world.contact.force_n > 2.0 * light.force_n


def test_disturbances_move_the_board_and_the_arm_and_end(world: World) -> None:
    up, push = np.array([0.0, 0.0, 0.015]), np.array([5.0, 0.0, 0.0])
    before = world.board.pose_in_base.copy()
    world.step(START, Disturbance(up, np.zeros(3)))
    np.testing.assert_allclose(world.board.pose_in_base[:3] - before[:3], up)
    world.step(START)
    np.testing.assert_array_equal(world.board.pose_in_base, before)
    for _ in range(100):
        observation = world.step(START, Disturbance(np.zeros(3), push))
    assert observation.tcp_in_base[0] > START[0] + 1e-3


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (np.full(7, np.nan), "expected 7 finite numbers"),
        (np.zeros(6), "expected 7 finite numbers"),
        (np.array([0.4, 0.0, 0.3, 2.0, 0.0, 0.0, 0.0]), "quaternion has length 2.0000, expected 1"),
        (np.zeros(7), "quaternion has length 0.0000"),
    ],
)
def test_a_target_that_makes_no_sense_is_refused(world: World, target: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=message):
        world.step(target)
    np.testing.assert_array_equal(world.target_in_base, START)
