from pathlib import Path

import cv2
import numpy as np
import pytest
from board_views import LENS, SPEC, boards_seen, render
from PIL import Image

from touchloop.calibration.board import BoardSpec, find_corners, write_board
from touchloop.calibration.camera import calibrate_lens, lens_of_info
from touchloop.errors import InputError


def test_the_printed_board_has_its_true_size(tmp_path: Path) -> None:
    write_board(tmp_path / "board.png", SPEC, dpi=200)
    sheet = Image.open(tmp_path / "board.png")
    assert sheet.info["dpi"] == pytest.approx((200, 200), abs=0.1)
    px_per_mm = 200 / 25.4
    assert sheet.size == pytest.approx((297 * px_per_mm, 210 * px_per_mm), abs=1)
    found = find_corners(np.array(sheet), SPEC)
    assert found is not None
    assert len(found.on_board) == (SPEC.columns - 1) * (SPEC.rows - 1)
    away_mm = (found.in_picture - found.in_picture[0]) / px_per_mm
    np.testing.assert_allclose(away_mm, 1e3 * (found.on_board - found.on_board[0])[:, :2], atol=0.15)
    # The line that a person measures: the widest dark run below the board is 100 mm long.
    rows = np.array(sheet)[round(190 * px_per_mm) :] < 100
    runs = max(len(run) for row in rows for run in "".join("x" if dark else " " for dark in row).split())
    assert runs / px_per_mm == pytest.approx(100.0, abs=0.5)


def test_a_pdf_has_the_size_of_its_paper(tmp_path: Path) -> None:
    write_board(tmp_path / "board.pdf", SPEC, dpi=100)
    content = (tmp_path / "board.pdf").read_bytes()
    box = content.split(b"/MediaBox")[1].split(b"]")[0].strip(b" [").split()
    # In points of 1/72 inch.
    assert [float(number) for number in box[2:]] == pytest.approx([297 / 25.4 * 72, 210 / 25.4 * 72], abs=0.7)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"dictionary": "DICT_9"}, "expected one of DICT_4X4_100"),
        ({"marker_mm": 40.0}, "expected 0 < marker_mm < square_mm"),
        ({"columns": 2}, "3 or more of each"),
        ({"columns": 20, "rows": 20}, "200 markers are needed; DICT_4X4_100 has 100"),
    ],
)
def test_boards_that_cannot_be_are_refused(changes: dict, message: str) -> None:
    with pytest.raises(InputError, match=message):
        BoardSpec(**changes)


def test_a_board_that_does_not_fit_on_the_paper_is_told_which_would(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="squares of at most 38 mm do"):
        write_board(tmp_path / "board.png", BoardSpec(square_mm=50.0))
    with pytest.raises(InputError, match=r"ends in \.pdf or \.png"):
        write_board(tmp_path / "board.gif", SPEC)
    with pytest.raises(InputError, match="cannot be written"):
        write_board(tmp_path / "nowhere" / "board.png", SPEC)


def test_corners_are_found_to_a_fraction_of_a_pixel() -> None:
    for board in boards_seen(4):
        found = find_corners(render(board), SPEC)
        assert found is not None
        turn, place = board.rotation.as_rotvec(), board.translation
        true, _ = cv2.projectPoints(found.on_board, turn, place, LENS.matrix, LENS.distortion)
        assert np.sqrt(np.mean((found.in_picture - np.asarray(true).reshape(-1, 2)) ** 2)) < 0.3


def test_a_picture_without_the_board_has_no_corners() -> None:
    assert find_corners(np.zeros((480, 640, 3), np.uint8), SPEC) is None
    board = render(boards_seen(1)[0])
    assert find_corners(board, BoardSpec(dictionary="DICT_6X6_250")) is None


def test_the_lens_is_found_from_the_same_pictures() -> None:
    views = [find_corners(render(board), SPEC) for board in boards_seen(10, 3)]
    lens = calibrate_lens([view for view in views if view is not None], (640, 480))
    np.testing.assert_allclose(lens.matrix, LENS.matrix, atol=8.0)
    assert lens.rms_px < 0.3
    with pytest.raises(InputError, match="the lens needs 6 or more"):
        calibrate_lens([view for view in views[:3] if view is not None], (640, 480))


def test_camera_info_is_checked() -> None:
    assert lens_of_info(LENS.matrix.ravel().tolist(), []).matrix[0, 0] == 610.0
    with pytest.raises(InputError, match="model 'equidistant'"):
        lens_of_info([1.0] * 9, [], "equidistant")
    with pytest.raises(InputError, match="focal lengths above 0"):
        lens_of_info([0.0] * 9, [])
