from collections.abc import Iterator

import numpy as np
import pytest

from touchloop.errors import InputError
from touchloop.sim.board import Board
from touchloop.sim.contact import Contact
from touchloop.sim.observation import Observation
from touchloop.sim.scene import ArmMount, Disturbance
from touchloop.sim.world import NO_DISTURBANCE, PERIOD_NS, PERIOD_S, TACTILE_TICKS, World
from touchloop.tasks.wipe import sample_board, sample_start

BOARD = sample_board(np.random.default_rng(2))
START = sample_start(np.random.default_rng(3))


@pytest.fixture
def world() -> Iterator[World]:
    with World() as world:
        world.reset(Board(BOARD, START), np.random.default_rng(1))
        yield world


def step(world: World, target: np.ndarray | None, disturbance: Disturbance = NO_DISTURBANCE) -> Observation:
    (observation,) = world.step([target], disturbance)
    return observation


def contact(world: World) -> Contact:
    (contact,) = world.contacts
    assert contact is not None
    return contact


def press(world: World, depth_m: float) -> np.ndarray:
    """Lowers the tool until its target is that deep below the face; returns the mean wrench, tared."""
    target = START.copy()
    bias = np.mean([step(world, target).wrench_at_sensor for _ in range(50)], axis=0)
    bottom = world.scene.object_in_world[2] - depth_m
    while target[2] > bottom:
        target[2] -= 0.1 * PERIOD_S
        step(world, target)
    for _ in range(150):
        step(world, target)
    return np.mean([step(world, target).wrench_at_sensor for _ in range(50)], axis=0) - bias


def test_time_never_goes_back_and_ticks_count_from_the_reset(world: World) -> None:
    assert world.ticks_since_reset == 0
    stamps = [step(world, None).stamp_ns for _ in range(3)]
    stamps.append(world.reset(Board(BOARD, START), np.random.default_rng(1))[0].stamp_ns)
    np.testing.assert_array_equal(np.diff(stamps), PERIOD_NS)
    assert world.ticks_since_reset == 0


def test_markers_come_at_their_own_rate(world: World) -> None:
    have = [step(world, None).markers is not None for _ in range(20)]
    assert have == [(tick + 1) % TACTILE_TICKS == 0 for tick in range(20)]


def test_pressing_gives_a_negative_force_along_the_tool_that_matches_the_contact(world: World) -> None:
    tared = press(world, 0.02)
    assert contact(world).force_n > 5.0
    assert -tared[2] == pytest.approx(contact(world).force_n, rel=0.1)


def test_deeper_targets_press_harder(world: World) -> None:
    press(world, 0.004)
    light = contact(world)
    world.reset(Board(BOARD, START), np.random.default_rng(1))
    press(world, 0.012)
    assert contact(world).force_n > 2.0 * light.force_n


def test_disturbances_move_the_board_and_the_arm_and_end(world: World) -> None:
    up, push = np.array([0.0, 0.0, 0.015]), np.array([5.0, 0.0, 0.0])
    before = world.scene.object_in_world.copy()
    step(world, START, Disturbance(object_displacement_in_world=up))
    np.testing.assert_allclose(world.scene.object_in_world[:3] - before[:3], up)
    step(world, START)
    np.testing.assert_array_equal(world.scene.object_in_world, before)
    for _ in range(100):
        observation = step(world, START, Disturbance(arm_push_in_world=push))
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
        step(world, target)
    np.testing.assert_array_equal(world.targets_in_base[0], START)


class TwoArms(Board):
    """The board with a second arm opposite the first."""

    def __init__(self) -> None:
        super().__init__(BOARD, START)
        opposite = np.array([1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0])
        self.mounts = (ArmMount(START, "left"), ArmMount(START, "right", opposite, tool="bare"))

    def build(self, client, arms) -> None:
        super().build(client, arms[:1])

    def touch(self, dt: float):
        return (*super().touch(dt), None)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_every_arm_needs_a_target_or_a_none(count: int) -> None:
    with World() as world:
        assert len(world.reset(TwoArms(), np.random.default_rng(1))) == 2
        with pytest.raises(InputError, match=f"{count} targets, expected 2: one an arm"):
            world.step([START] * count)
        assert world.ticks_since_reset == 0


def test_each_of_two_arms_follows_its_own_target_in_its_own_base() -> None:
    with World() as world:
        world.reset(TwoArms(), np.random.default_rng(1))
        raised = START + np.array([0.0, 0.02, 0.03, 0.0, 0.0, 0.0, 0.0])
        for _ in range(250):
            left, right = world.step([None, raised])
        np.testing.assert_allclose(left.tcp_in_base[:3], START[:3], atol=2e-3)
        np.testing.assert_allclose(right.tcp_in_base[:3], raised[:3], atol=2e-3)
        assert world.scene_state().tools == ("wiper", "bare")
