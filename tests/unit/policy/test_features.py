import numpy as np
import pytest

from touchloop.geometry.pose import pose_to_action
from touchloop.policy.features import (
    ACTION_FLOOR,
    ACTION_SIZE,
    HORIZON,
    LATENT_STEPS,
    MARKER_COMPONENTS,
    STATE_FLOOR,
    STATE_SIZE,
    TOUCH_FLOOR,
    TOUCH_SIZE,
    shrink_picture,
    state_vector,
)


def test_sizes_agree_with_the_floors_and_each_other() -> None:
    assert (len(ACTION_FLOOR), len(TOUCH_FLOOR), len(STATE_FLOOR)) == (ACTION_SIZE, TOUCH_SIZE, STATE_SIZE)
    assert HORIZON % LATENT_STEPS == 0
    for floor in (ACTION_FLOOR, TOUCH_FLOOR, STATE_FLOOR):
        assert (floor > 0.0).all()


def test_the_state_is_older_step_newer_step_markers() -> None:
    poses = np.array([[0.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0], [0.4, 0.5, 0.6, 0.0, 0.0, 0.0, 1.0]])
    wrenches = np.arange(12.0).reshape(2, 6)
    state = state_vector(poses, wrenches, np.full(MARKER_COMPONENTS, 7.0))
    assert state.shape == (STATE_SIZE,)
    np.testing.assert_allclose(state[:9], pose_to_action(poses[0]))
    np.testing.assert_allclose(state[9:15], wrenches[0])
    np.testing.assert_allclose(state[15:24], pose_to_action(poses[1]))
    np.testing.assert_allclose(state[24:30], wrenches[1])
    np.testing.assert_allclose(state[30:], 7.0)


@pytest.mark.parametrize("batch", [(), (3,), (2, 3)])
def test_pictures_are_averaged_channel_by_channel(batch: tuple[int, ...]) -> None:
    rgb = np.random.default_rng(0).integers(0, 256, (*batch, 128, 128, 3), dtype=np.uint8)
    small = shrink_picture(rgb)
    assert small.shape == (*batch, 3, 64, 64)
    assert small.dtype == np.uint8
    block = rgb[..., 10:12, 20:22, :].astype(float).mean(axis=(-3, -2))
    np.testing.assert_allclose(small[..., 5, 10], np.floor(block))


def test_a_picture_of_one_colour_stays_that_colour() -> None:
    rgb = np.full((128, 128, 3), (10, 200, 255), np.uint8)
    np.testing.assert_array_equal(shrink_picture(rgb), np.broadcast_to([[[10]], [[200]], [[255]]], (3, 64, 64)))
