from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from touchloop.calibration.tour import pose_tour, read_poses, step_tour, tilt_tour
from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotation_vector

START = np.array([0.45, 0.0, 0.3, 1.0, 0.0, 0.0, 0.0])


@given(st.floats(0.001, 0.02), st.sampled_from("xyz"), st.integers(4, 12))
def test_a_step_goes_there_and_back_without_a_jump(step_m: float, axis: str, count: int) -> None:
    tour = step_tour(START, axis, step_m, count)
    times = np.arange(0.0, tour.duration_s, 0.004)
    poses = np.array([tour.at(t)[0] for t in times])
    assert np.abs(np.diff(poses, axis=0)).max() <= 0.05 * 0.004 * 20 * step_m / 0.005
    moved = poses[:, "xyz".index(axis)] - START["xyz".index(axis)]
    assert moved.min() >= -1e-9
    assert moved.max() == pytest.approx(step_m)
    np.testing.assert_allclose(
        np.delete(poses, "xyz".index(axis), axis=1) - np.delete(START, "xyz".index(axis)), 0, atol=1e-9
    )


def test_tilts_turn_the_tool_about_its_tip_slowly_and_come_back() -> None:
    tour = tilt_tour(START, 8)
    times = np.arange(0.0, tour.duration_s, 0.01)
    poses = np.array([tour.at(t)[0] for t in times])
    np.testing.assert_allclose(poses[:, :3], np.tile(START[:3], (len(poses), 1)), atol=1e-9)
    turns = [np.linalg.norm(rotation_vector(quat_multiply(b[3:], quat_conjugate(a[3:])))) for a, b in pairwise(poses)]
    assert max(turns) / 0.01 < 0.6
    np.testing.assert_allclose(tour.at(1e6)[0], START)
    assert {tour.at(t)[1] for t in times} == set(range(-1, 9))


def test_poses_come_from_a_file_or_an_earlier_capture(tmp_path: Path) -> None:
    path = tmp_path / "poses.yaml"
    path.write_text("poses:\n- [0.4, 0, 0.3, 1, 0, 0, 0]\n- {tcp_in_base: [0.4, 0, 0.35, 1, 0, 0, 0]}\n")
    poses = read_poses(path)
    assert [pose[2] for pose in poses] == [0.3, 0.35]
    assert pose_tour(START, poses).at(1e6)[0][2] == 0.35


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("poses: []", "with a list"),
        ("just words", "with a list"),
        ("poses:\n- [1, 2, 3]", "pose 1 is"),
        ("poses:\n- [0.4, 0, .nan, 1, 0, 0, 0]", "pose 1 is"),
        ("poses:\n- [0.4, 0, 0.3, 1, 1, 0, 0]", "quaternion has length 1.4142"),
        ("poses: [", "cannot be read"),
    ],
)
def test_a_file_without_poses_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "poses.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=message):
        read_poses(path)
