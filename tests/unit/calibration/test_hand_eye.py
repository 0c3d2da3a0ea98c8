from dataclasses import replace

import numpy as np
import pytest
from board_views import BOARD_IN_BASE, CAMERA_IN_TIP, LENS, SPEC, as_pose, boards_seen, corners, hands_of, render
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import RigidTransform, Rotation

from touchloop.calibration.board import find_corners
from touchloop.calibration.hand_eye import View, solve_hand_eye
from touchloop.errors import InputError


def away(found: np.ndarray, true: RigidTransform) -> tuple[float, float]:
    """Metres and degrees between a pose (7,) and the truth."""
    turn = Rotation.from_quat(found[3:]) * true.rotation.inv()
    return float(np.linalg.norm(found[:3] - true.translation)), float(np.degrees(turn.magnitude()))


def exact_views(count: int, noise_px: float, seed: int, on_arm: bool = True, tilt_deg: float = 28.0) -> list[View]:
    boards = boards_seen(count, seed, tilt_deg)
    hands = hands_of(boards, on_arm)
    return [
        View(f"{k:03d}.png", as_pose(hand), corners(board, noise_px, seed=seed + k))
        for k, (hand, board) in enumerate(zip(hands, boards, strict=True))
    ]


@pytest.mark.parametrize("on_arm", [True, False])
def test_a_camera_is_found_from_rendered_pictures(on_arm: bool) -> None:
    boards = boards_seen(12, 1)
    views = []
    for k, (hand, board) in enumerate(zip(hands_of(boards, on_arm), boards, strict=True)):
        found = find_corners(render(board), SPEC)
        assert found is not None
        views.append(View(f"{k}", as_pose(hand), found))
    fit = solve_hand_eye(views, LENS, on_arm)
    off_m, off_deg = away(fit.camera, CAMERA_IN_TIP)
    assert off_m < 1e-3
    assert off_deg < 0.15
    assert away(fit.board, BOARD_IN_BASE)[0] < 1.5e-3
    assert np.max(fit.rms_px) < 0.4
    assert not fit.left_out


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.booleans())
def test_corners_with_noise_give_the_camera_within_a_millimetre(seed: int, on_arm: bool) -> None:
    fit = solve_hand_eye(exact_views(12, 0.2, seed, on_arm), LENS, on_arm)
    off_m, off_deg = away(fit.camera, CAMERA_IN_TIP)
    assert off_m < 1.5e-3
    assert off_deg < 0.2
    # Both components of a corner: 0.2 px times the root of two.
    assert np.sqrt(np.mean(fit.rms_px**2)) == pytest.approx(0.28, abs=0.06)


def test_a_view_with_a_wrong_pose_is_named_and_left_out() -> None:
    views = exact_views(12, 0.2, 5)
    wrong = views[4].tip_in_base.copy()
    wrong[0] += 0.02
    views[4] = replace(views[4], tip_in_base=wrong)
    fit = solve_hand_eye(views, LENS, True)
    assert [text.split(":")[0] for text in fit.left_out] == ["004.png"]
    assert away(fit.camera, CAMERA_IN_TIP)[0] < 1.5e-3


def test_too_few_views_or_too_little_rotation_is_refused() -> None:
    with pytest.raises(InputError, match="4 views of the board; expected 5"):
        solve_hand_eye(exact_views(4, 0.2, 0), LENS, True)
    with pytest.raises(InputError, match="the arm turned too little"):
        solve_hand_eye(exact_views(12, 0.2, 0, tilt_deg=8.0), LENS, True)
    # About one axis only: the camera's place along that axis cannot be told.
    boards = boards_seen(12, 0)
    spun = RigidTransform.from_components(
        boards.translation, Rotation.from_euler("z", np.linspace(-60, 60, 12)[:, None], True)
    )
    views = [View("a", as_pose(h), corners(b, 0.2)) for h, b in zip(hands_of(spun), spun, strict=True)]
    with pytest.raises(InputError, match=r"0 about a second.*about several axes"):
        solve_hand_eye(views, LENS, True)


def test_poses_that_do_not_belong_to_the_pictures_give_no_result() -> None:
    views = exact_views(12, 0.2, 0)
    shifted = [replace(v, tip_in_base=views[k - 1].tip_in_base) for k, v in enumerate(views)]
    with pytest.raises(InputError, match="do the poses belong to the pictures"):
        solve_hand_eye(shifted, LENS, True)
    with pytest.raises(InputError, match="is --on-arm right"):
        solve_hand_eye(views, LENS, False)
