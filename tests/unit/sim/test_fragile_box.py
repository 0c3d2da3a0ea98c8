from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from touchloop.geometry.pose import compose, rotate
from touchloop.sim.contact import couple
from touchloop.sim.fragile_box import (
    BASE_Y_M,
    BASE_Z_M,
    POSTURE,
    SIDES,
    TOOL_FORWARDS,
    FragileBox,
    bases_in_world,
)
from touchloop.sim.palm import palm_forces, palm_points
from touchloop.sim.scene import Disturbance
from touchloop.sim.world import PERIOD_S, World
from touchloop.tasks.lift import sample_box, sample_starts

CONFIG = replace(sample_box(np.random.default_rng(3)), yaw_rad=0.0, width_m=0.08, mass_kg=0.4)
STARTS = sample_starts(np.random.default_rng(3))
HALF = np.array([0.05, 0.04, 0.05])


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with World() as world:
        yield world


@pytest.fixture
def box(world: World) -> FragileBox:
    box = FragileBox(CONFIG, STARTS)
    world.reset(box, np.random.default_rng(0))
    return box


def targets(box: FragileBox, gap_m: float, up_m: float = 0.0) -> list[np.ndarray]:
    """TCP poses with both palms before the box's faces by ``gap_m``."""
    centre = box.config.position_in_world + np.array([0.0, 0.0, up_m])
    points = [centre + np.array([0.0, side * (box.half_m[1] + gap_m), 0.0]) for side in SIDES]
    return [np.concatenate([box.in_base(i, p), TOOL_FORWARDS]) for i, p in enumerate(points)]


def squeeze(world: World, box: FragileBox, gap_m: float) -> None:
    """From the start, in half a second to 2 cm before the box, then in as long to ``gap_m``, and waits."""
    starts = [mount.start_in_base for mount in box.mounts]
    go(world, starts, targets(box, 0.02), 0.5)
    go(world, targets(box, 0.02), targets(box, gap_m), 0.5)
    go(world, targets(box, gap_m), targets(box, gap_m), 0.4)


def go(world: World, start: list[np.ndarray], end: list[np.ndarray], seconds: float, push: float = 0.0) -> None:
    disturbance = Disturbance(object_push_in_world=np.array([0.0, 0.0, push]))
    ticks = round(seconds / PERIOD_S)
    for tick in range(ticks):
        share = (tick + 1) / ticks
        world.step([a + share * (b - a) for a, b in zip(start, end, strict=True)], disturbance)


def forces_n(world: World) -> list[float]:
    return [contact.force_n if contact is not None else 0.0 for contact in world.contacts]


def palm(tcp: np.ndarray, twist: np.ndarray, stretch: np.ndarray, box_twist: np.ndarray) -> tuple[float, np.ndarray]:
    """The left palm at a pose on a box at the origin: 2000 N/m, friction 0.5."""
    out = np.zeros((6, 3))
    at = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0])
    force = palm_forces(palm_points(), tcp, twist, at, box_twist, HALF, 1.0, 2000.0, 20.0, 0.5, 0.002, stretch, out)
    return force, out


def facing(depth_m: float) -> np.ndarray:
    """TCP pose of the left palm, inside its face by ``depth_m``."""
    base = np.array([0.0, 0.0, 0.0, *bases_in_world()[0][3:]])
    pose = compose(base, np.concatenate([np.zeros(3), TOOL_FORWARDS]))
    pose[1] = HALF[1] - depth_m
    return pose


def test_both_tools_point_at_each_other_with_their_cameras_up() -> None:
    for base, side in zip(bases_in_world(), SIDES, strict=True):
        tcp = compose(base, np.array([0.5, 0.0, 0.7, *TOOL_FORWARDS]))
        np.testing.assert_allclose(rotate(tcp[3:], np.array([0.0, 0.0, 1.0])), [0.0, -side, 0.0], atol=1e-6)
        np.testing.assert_allclose(rotate(tcp[3:], np.array([1.0, 0.0, 0.0])), [0.0, 0.0, 1.0], atol=1e-6)
        assert tcp[1] == pytest.approx(side * (BASE_Y_M - 0.5))
        assert tcp[2] == pytest.approx(BASE_Z_M + 0.7)


def test_arms_track_within_2_mm_in_free_air_and_keep_their_posture(world: World, box: FragileBox) -> None:
    goal = targets(box, 0.03, up_m=0.1)
    go(world, [mount.start_in_base for mount in box.mounts], goal, 1.0)
    go(world, goal, goal, 1.2)
    for arm, target in zip(world.arms, goal, strict=True):
        assert np.linalg.norm(arm.tcp_in_base()[:3] - target[:3]) < 0.002
        positions, velocities = arm.joint_state()
        assert np.abs(positions - POSTURE).max() < 0.6
        assert positions[5] < 3.6
        assert np.abs(velocities).max() < 0.05
    assert abs(box.lifted_m) < 1e-3


def test_a_palm_pushes_along_the_normal_only_inside_the_face() -> None:
    rest = np.zeros(6)
    force, out = palm(facing(0.004), rest, np.zeros((16, 3)), rest)
    assert force == pytest.approx(8.0)
    np.testing.assert_allclose(out[1], [0.0, 8.0, 0.0], atol=1e-9)
    np.testing.assert_allclose(out[2:4], 0.0, atol=1e-9)
    beside = facing(0.004)
    beside[0] = HALF[0] + 0.02
    assert palm(facing(-0.001), rest, np.zeros((16, 3)), rest)[0] == 0.0
    assert palm(beside, rest, np.zeros((16, 3)), rest)[0] == 0.0


def test_friction_sticks_then_slips_and_follows_a_moving_box() -> None:
    up = np.array([0.0, 0.0, 0.05, 0.0, 0.0, 0.0])
    stretch, forces = np.zeros((16, 3)), []
    for _ in range(60):
        forces.append(palm(facing(0.004), up, stretch, np.zeros(6))[1][0])
    assert -2.0 < forces[0][2] < -1.0
    assert forces[-1][2] == pytest.approx(-0.5 * 8.0)
    np.testing.assert_allclose(palm(facing(0.004), up, np.zeros((16, 3)), up)[1][0], 0.0, atol=1e-9)


def test_a_couple_makes_its_torque() -> None:
    for torque in np.random.default_rng(1).standard_normal((20, 3)):
        lever, force = couple(torque, 0.05)
        np.testing.assert_allclose(2.0 * np.cross(lever, force), torque, atol=1e-12)


def test_squeezing_is_balanced_and_carries_the_box(world: World, box: FragileBox) -> None:
    squeeze(world, box, -0.012)
    left_n, right_n = forces_n(world)
    assert left_n == pytest.approx(right_n, abs=0.3)
    assert 5.0 < left_n < 10.0
    go(world, targets(box, -0.012), targets(box, -0.012, 0.06), 0.8)
    go(world, targets(box, -0.012, 0.06), targets(box, -0.012, 0.06), 0.8)
    assert 0.05 < box.lifted_m < 0.062
    up = 0.0
    for arm, contact in zip(world.arms, world.contacts, strict=True):
        assert contact is not None
        up -= rotate(arm.base_in_world[3:], contact.total_in_base)[2]
        assert np.linalg.norm(contact.friction_in_base) <= CONFIG.palm.friction * contact.force_n + 1e-6
    assert up == pytest.approx(9.81 * CONFIG.mass_kg, rel=0.1)
    before = box.lifted_m
    go(world, targets(box, -0.012, 0.06), targets(box, -0.012, 0.06), 0.2)
    assert box.lifted_m == pytest.approx(before, abs=2e-4)


def test_a_light_grip_and_a_hard_push_both_let_the_box_slip(world: World, box: FragileBox) -> None:
    squeeze(world, box, -0.003)
    go(world, targets(box, -0.003), targets(box, -0.003, 0.06), 0.8)
    assert box.lifted_m < 0.02
    again = FragileBox(CONFIG, STARTS)
    world.reset(again, np.random.default_rng(0))
    squeeze(world, again, -0.012)
    go(world, targets(again, -0.012), targets(again, -0.012, 0.06), 0.8)
    high_m = again.lifted_m
    go(world, targets(again, -0.012, 0.06), targets(again, -0.012, 0.06), 0.4, push=-12.0)
    assert again.lifted_m < high_m - 0.03


def test_the_support_takes_the_box_along(world: World, box: FragileBox) -> None:
    before = box.object_in_world.copy()
    shift = np.array([0.012, -0.011, 0.0])
    world.step([None, None], Disturbance(object_displacement_in_world=shift))
    for _ in range(50):
        world.step([None, None], Disturbance(object_displacement_in_world=shift))
    np.testing.assert_allclose(box.object_in_world[:3] - before[:3], shift, atol=1e-3)
    np.testing.assert_allclose(box.shapes()[0].pose[:2], box.object_in_world[:2], atol=1e-3)


def test_shapes_keep_their_order_and_name_both_arms(box: FragileBox) -> None:
    assert [shape.arm for shape in box.shapes()] == [-1, -1, -1, 0, 0, 1, 1]
