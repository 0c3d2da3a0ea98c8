from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from touchloop.geometry.pose import rotate
from touchloop.sim.arm import HOME_JOINT_POSITIONS
from touchloop.sim.board import stroke_ink
from touchloop.sim.cameras import SCENE_CAMERA, WRIST_CAMERA, Renderer, SceneState, look_at
from touchloop.tasks.wipe import sample_board

BOARD = sample_board(np.random.default_rng(0))
SCENE = SceneState(
    HOME_JOINT_POSITIONS, BOARD.pose_in_base, stroke_ink(BOARD), BOARD.rgb, (0.0, 0.0, 1.0), (0.3, 0.3, 1.5)
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
    clean = renderer.render(replace(SCENE, ink=np.zeros_like(SCENE.ink)), WRIST_CAMERA).astype(int)
    changed = np.abs(inked - clean).max(axis=2) > 30
    assert 0.005 < changed.mean() < 0.5
    # The projected middle of the stroke lies among the changed pixels.
    heading = np.array([np.cos(BOARD.ink_heading_rad), np.sin(BOARD.ink_heading_rad)])
    seen = 0
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        on_face = np.array([*(BOARD.ink_start + share * BOARD.ink_length_m * heading), 0.0])
        in_base = BOARD.pose_in_base[:3] + rotate(BOARD.pose_in_base[3:], on_face)
        camera = renderer.camera_in_base(WRIST_CAMERA)
        axes = np.stack([rotate(camera[3:], axis) for axis in np.eye(3)])
        pixel = WRIST_CAMERA.intrinsics @ axes @ (in_base - camera[:3])
        column, row = (pixel[:2] / pixel[2]).astype(int)
        seen += 0 <= row < 128 and 0 <= column < 128 and changed[row, column]
    assert seen >= 2
