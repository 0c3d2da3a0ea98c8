from collections import Counter

import numpy as np
import pybullet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.geometry.pose import rotation_vector
from touchloop.sim.arm import Arm
from touchloop.sim.contact import Contact
from touchloop.sim.hole_plate import HolePlate
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment
from touchloop.tasks.insert import (
    HOLD_S,
    PEAK_FORCE_N,
    TIME_LIMIT_S,
    Insert,
    InsertScore,
    sample_plate,
    sample_start,
)
from touchloop.tasks.task import TaskState
from touchloop.touch.wrench import wrench_at_tcp

PLATE = sample_plate(np.random.default_rng(0), "round_0.5")
START = sample_start(np.random.default_rng(0))
UP = np.array([0.0, 0.0, 1.0])


class MadeUpWorld:
    """As much of a world as the score looks at."""

    def __init__(self) -> None:
        self.ticks_since_reset = 0
        self.scene = HolePlate(PLATE, START)
        self.arms = (self,)
        self.depth_share, self.force_n = -1.0, 0.0

    @property
    def contacts(self) -> tuple[Contact | None, ...]:
        return (Contact(self.force_n, np.zeros(3), np.zeros(3), UP) if self.force_n else None,)

    def tcp_in_base(self) -> np.ndarray:
        end = self.scene.in_base(np.array([0.0, 0.0, -self.depth_share * PLATE.hole_depth_m]))
        return np.concatenate([end, START[3:]])


def played(*parts: tuple[float, float, float]) -> TaskState:
    """Plays (seconds, force, share of the depth) one after the other."""
    world, score = MadeUpWorld(), InsertScore()
    state = score.step(world)  # type: ignore[arg-type]
    for seconds, world.force_n, world.depth_share in parts:
        for _ in range(round(seconds / PERIOD_S)):
            world.ticks_since_reset += 1
            state = score.step(world)  # type: ignore[arg-type]
            if state.done:
                return state
    return state


IN = (HOLD_S + 0.1, 4.0, 0.95)


def test_a_peg_that_stays_in_succeeds() -> None:
    state = played((1.0, 0.0, -1.0), (1.0, 5.0, 0.0), IN)
    assert (state.done, state.success, state.score, state.phase, state.in_band_ratio) == (True, True, 1.0, "done", 1.0)
    assert state.first_contact_s == pytest.approx(1.0, abs=0.01)


def test_each_criterion_alone_can_fail_it() -> None:
    too_hard = played((0.1, PEAK_FORCE_N + 1.0, 0.0), IN)
    half = played((TIME_LIMIT_S, 5.0, 0.6))
    shallow = played((TIME_LIMIT_S, 5.0, 0.3))
    lifted = played((1.0, 5.0, 0.6), (0.1, 0.0, -2.0))
    too_short = played((HOLD_S - 0.1, 4.0, 0.95), (TIME_LIMIT_S, 4.0, 0.6))
    states = (too_hard, half, shallow, lifted, too_short)
    assert [s.done for s in states] == [True] * 5
    assert [s.success for s in states] == [False] * 5
    assert [s.score for s in states] == [1.0, 0.5, 0.0, 0.0, 0.5]


def test_phases_come_in_order() -> None:
    assert played((0.1, 0.0, -1.0)).phase == "approach"
    assert played((0.1, 5.0, 0.0)).phase == "contact"
    assert played((0.1, 5.0, 0.5)).phase == "insert"
    assert not played((0.1, 0.0, -2.0)).near
    assert played((0.1, 0.0, -1.0)).near


@given(st.integers(0, 100_000), st.sampled_from(Insert.variants))
def test_every_sampled_cell_is_within_its_bounds(seed: int, variant: str) -> None:
    rng = np.random.default_rng(seed)
    plate, start = sample_plate(rng, variant), sample_start(rng)  # type: ignore[arg-type]
    assert (plate.form, f"{1e3 * plate.clearance_m:.1f}") == tuple(variant.split("_"))
    assert (np.abs(plate.pose_in_base[:3] - [0.5, 0.0, 0.2]) <= 0.008).all()
    assert (np.abs(np.degrees(rotation_vector(plate.pose_in_base[3:]))) <= [1.02, 1.02, 1.52]).all()
    assert start[2] > plate.pose_in_base[2] + 0.08
    assert 0.020 <= plate.hole_depth_m <= 0.025


def test_the_variants_are_drawn_evenly() -> None:
    counts = Counter(Insert().sample(np.random.default_rng(seed))[1] for seed in range(400))
    assert set(counts) == set(Insert.variants)
    assert min(counts.values()) > 70


def test_a_sideways_force_at_the_peg_makes_no_felt_moment_there() -> None:
    client = pybullet.connect(pybullet.DIRECT)
    pybullet.setTimeStep(0.002, physicsClientId=client)
    arm = Arm(client, tool="bare")
    arm.reset(START)
    wrenches = []
    for force in (np.zeros(3), np.array([2.0, -1.0, 4.0])):
        for _ in range(500):
            arm.step(START)
            arm.load_tool(force, np.zeros(3))
            pybullet.stepSimulation(physicsClientId=client)
        wrenches.append(arm.wrench_at_sensor())
    felt = np.zeros(6)
    wrench_at_tcp(wrenches[1], wrenches[0], felt)
    np.testing.assert_allclose(felt, [2.0, 1.0, -4.0, 0.0, 0.0, 0.0], atol=0.02)
    pybullet.disconnect(client)


@pytest.mark.parametrize(("seed", "kind"), [(0, "none"), (1, "before"), (2, "after")])
def test_the_expert_inserts_the_peg_and_what_it_did_blindly_repeated_in_another_cell_does_not(
    seed: int, kind: str
) -> None:
    with Environment("insert") as environment:
        observations = environment.reset(seed, kind)
        expert = environment.task.expert(environment.world.scene, np.random.default_rng([seed, 9]), 0.0004)
        targets = []
        while not environment.state.done:
            (command,) = expert.step(observations)
            targets.append(command.target_in_base)
            observations = environment.step([command.target_in_base])
        assert environment.state.success
        environment.reset(seed + 100, kind)
        for target in targets:
            environment.step([target])
        assert not environment.state.success


def test_an_idle_arm_fails_and_the_same_seed_gives_the_same_episode() -> None:
    with Environment("insert") as environment:
        first = environment.reset(5, "none")[0].wrench_at_sensor
        variant = environment.variant
        while not environment.state.done:
            environment.step([None])
        assert (environment.state.success, environment.state.score) == (False, 0.0)
        np.testing.assert_array_equal(environment.reset(5, "after")[0].wrench_at_sensor, first)
        assert environment.variant == variant
