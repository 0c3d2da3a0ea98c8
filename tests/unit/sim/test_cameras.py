from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from touchloop.geometry.pose import rotate
from touchloop.sim.appearance import Appearance
from touchloop.sim.arm import HOME_JOINT_POSITIONS
from touchloop.sim.board import Board
from touchloop.sim.cameras import SCENE_CAMERA, WRIST_CAMERA, Renderer, look_at
from touchloop.sim.scene import IDENTITY_POSE, Decal, Shape
from touchloop.sim.scene_state import SceneState
from touchloop.tasks.wipe import sample_board, sample_start

CONFIG = sample_board(np.random.default_rng(0))
BOARD = Board(CONFIG, sample_start(np.random.default_rng(0)))
LOOK = Appearance.sample(np.random.default_rng(0), 1)
SCENE = SceneState(
    tools=("wiper",),
    bases_in_world=IDENTITY_POSE[None],
    joint_positions=HOME_JOINT_POSITIONS[None],
    camera_errors=LOOK.camera_errors,
    light_in_world=(0.3, 0.3, 1.5),
    shapes=(LOOK.table_shape(), *BOARD.shapes()),
    decals=(LOOK.table_decal(), *(replace(decal, shape=1) for decal in BOARD.decals())),
)
TWO_ARMS = replace(
    SCENE,
    tools=("wiper", "bare"),
    bases_in_world=np.array([IDENTITY_POSE, [2.5, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0]]),
    joint_positions=np.array([HOME_JOINT_POSITIONS, HOME_JOINT_POSITIONS]),
    camera_errors=Appearance.sample(np.random.default_rng(1), 2).camera_errors,
    shapes=(*SCENE.shapes, Shape("sphere", (0.01,), IDENTITY_POSE, (1.0, 0.0, 1.0), arm=1)),
)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


def test_a_camera_looks_at_its_aim_with_the_picture_upright() -> None:
    eye, aim = np.array([1.0, -0.6, 0.7]), np.array([0.4, 0.0, 0.2])
    pose = look_at(eye, aim)
    np.testing.assert_allclose(rotate(pose[3:], np.array([0.0, 0.0, 1.0])), (aim - eye) / np.linalg.norm(aim - eye))
    assert rotate(pose[3:], np.array([0.0, 1.0, 0.0]))[2] < 0.0
    assert rotate(pose[3:], np.array([1.0, 0.0, 0.0]))[2] == pytest.approx(0.0, abs=1e-12)


@pytest.mark.parametrize("camera", [WRIST_CAMERA, SCENE_CAMERA])
def test_the_same_scene_gives_the_same_picture_in_any_renderer(renderer: Renderer, camera) -> None:
    picture = renderer.render(SCENE, camera)
    assert picture.shape == (camera.height, camera.width, 3)
    other = Renderer()
    try:
        np.testing.assert_array_equal(other.render(SCENE, camera), picture)
    finally:
        other.close()


def test_ink_is_seen_where_it_is_and_vanishes_when_wiped(renderer: Renderer) -> None:
    inked = renderer.render(SCENE, WRIST_CAMERA).astype(int)
    table, ink = SCENE.decals
    wiped = replace(SCENE, decals=(table, replace(ink, grid=np.zeros_like(ink.grid))))
    clean = renderer.render(wiped, WRIST_CAMERA).astype(int)
    changed = np.abs(inked - clean).max(axis=2) > 30
    assert 0.005 < changed.mean() < 0.5
    # The projected middle of the stroke lies among the changed pixels.
    heading = np.array([np.cos(CONFIG.ink_heading_rad), np.sin(CONFIG.ink_heading_rad)])
    seen = 0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        on_face = np.array([*(CONFIG.ink_start + share * CONFIG.ink_length_m * heading), 0.0])
        in_base = CONFIG.pose_in_base[:3] + rotate(CONFIG.pose_in_base[3:], on_face)
        camera = renderer.camera_in_world(SCENE, WRIST_CAMERA)
        axes = np.stack([rotate(camera[3:], axis) for axis in np.eye(3)])
        pixel = WRIST_CAMERA.intrinsics @ axes @ (in_base - camera[:3])
        column, row = (pixel[:2] / pixel[2]).astype(int)
        seen += 0 <= row < 128 and 0 <= column < 128 and changed[row, column]
    assert seen >= 2


def test_a_shape_on_a_tool_is_seen_by_its_own_arms_camera(renderer: Renderer) -> None:
    seen = []
    for arm in (0, 1):
        picture = renderer.render(TWO_ARMS, WRIST_CAMERA, arm).astype(int)
        seen.append(int(((picture[:, :, 0] - picture[:, :, 1] > 60) & (picture[:, :, 2] > 60)).sum()))
    assert seen[0] == 0
    assert seen[1] > 10


def test_a_colour_and_a_number_of_shapes_that_change_are_shown(renderer: Renderer) -> None:
    table, board = SCENE.shapes
    before = renderer.render(SCENE, WRIST_CAMERA).astype(int)
    red = renderer.render(replace(SCENE, shapes=(table, replace(board, rgb=(1.0, 0.0, 0.0)))), WRIST_CAMERA)
    assert (np.abs(red.astype(int) - before).max(axis=2) > 60).mean() > 0.05
    bare = renderer.render(replace(SCENE, shapes=(table,), decals=()), WRIST_CAMERA)
    assert (np.abs(bare.astype(int) - before).max(axis=2) > 30).mean() > 0.05
    np.testing.assert_array_equal(renderer.render(SCENE, WRIST_CAMERA), before)


@pytest.mark.parametrize("state", [SCENE, TWO_ARMS, replace(SCENE, shapes=(), decals=())])
def test_a_scene_survives_packing(state: SceneState) -> None:
    again = SceneState.unpack(state.pack())
    assert again.tools == state.tools
    assert again.light_in_world == state.light_in_world
    for name in ("bases_in_world", "joint_positions", "camera_errors"):
        np.testing.assert_array_equal(getattr(again, name), getattr(state, name))
    for shape, other in zip(state.shapes, again.shapes, strict=True):
        assert (shape.kind, shape.size, shape.rgb, shape.arm) == (other.kind, other.size, other.rgb, other.arm)
        np.testing.assert_array_equal(shape.pose, other.pose)
    for decal, other in zip(state.decals, again.decals, strict=True):
        assert (decal.shape, decal.rgb) == (other.shape, other.rgb)
        np.testing.assert_array_equal(decal.grid, other.grid)


def test_a_packed_scene_gives_the_same_picture(renderer: Renderer) -> None:
    grid = np.linspace(0.0, 1.0, 20, dtype=np.float32).reshape(4, 5)
    state = replace(SCENE, decals=(*SCENE.decals, Decal(grid, 1, (0.0, 1.0, 0.0))))
    again = SceneState.unpack(state.pack())
    np.testing.assert_array_equal(renderer.render(again, WRIST_CAMERA), renderer.render(state, WRIST_CAMERA))
