"""Where a camera is, on the arm or beside it, from pictures of a ChArUco board and the arm's poses.

The start is Park and Martin's (1994): rotations by Wahba's problem, then translations by linear least squares. Then the
camera's and the board's pose together are refined so that the corners in all pictures fit (robustly, by soft L1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np
from scipy.optimize import least_squares
from scipy.spatial.transform import RigidTransform, Rotation

from touchloop.calibration.board import Corners
from touchloop.calibration.camera import Lens
from touchloop.errors import InputError

LEAST_VIEWS = 5
LEAST_TURN_DEG = 8.0
"""Root mean square of the arm's rotations about the second of their main axes."""
OUTLIER = 4.0
"""A view whose corners are so many times further off than those of the others is left out."""
NOTICED_PX = 1.5
WORST_PX = 3.0
SOFT_PX = 1.0


@dataclass(frozen=True, slots=True)
class View:
    """One picture's corners and where the arm was: ``tip_in_base`` (7,)."""

    name: str
    tip_in_base: np.ndarray
    corners: Corners


@dataclass(frozen=True, slots=True)
class HandEye:
    """What was found.

    Attributes:
        camera: pose (7,) of the optical frame, in the tip if the arm carries it, else in base.
        board: pose (7,) of the board, in base if the arm carries the camera, else in the tip.
        used: names of the views that count.
        rms_px: (used,) of each view's corners.
        offsets_m, turns_deg: (used,) how far the board seen in a view alone lies from ``board``.
        left_out: views that do not fit, with the reason.
    """

    camera: np.ndarray
    board: np.ndarray
    used: tuple[str, ...]
    rms_px: np.ndarray
    offsets_m: np.ndarray
    turns_deg: np.ndarray
    left_out: tuple[str, ...]


def solve_hand_eye(views: Sequence[View], lens: Lens, on_arm: bool) -> HandEye:
    """The camera's pose.

    Args:
        views: of one board that stands still (``on_arm``) or that the arm holds.
        lens: the camera's.
        on_arm: whether the arm carries the camera.

    Raises:
        InputError: too few views, too little rotation, or no good fit.
    """
    kept, left_out = list(views), []
    while True:
        _check_turns(kept)
        fit = _fitted(kept, lens, on_arm)
        worst = int(np.argmax(fit.rms_px))
        others = np.delete(fit.rms_px, worst)
        bad = fit.rms_px[worst] > max(NOTICED_PX, OUTLIER * float(np.median(others)))
        if not bad or len(left_out) >= len(views) // 4:
            break
        left_out.append(f"{kept.pop(worst).name}: its corners are {fit.rms_px[worst]:.1f} px off")
    rms_px = float(np.sqrt(np.mean(fit.rms_px**2)))
    if rms_px > WORST_PX:
        raise InputError(
            f"the corners are {rms_px:.1f} px off; expected at most {WORST_PX:g} px: did the board or the camera slip, "
            "is the board's size as printed, do the poses belong to the pictures, is --on-arm right?"
        )
    return HandEye(fit.camera, fit.board, fit.used, fit.rms_px, fit.offsets_m, fit.turns_deg, tuple(left_out))


def _check_turns(views: Sequence[View]) -> None:
    if len(views) < LEAST_VIEWS:
        raise InputError(f"{len(views)} views of the board; expected {LEAST_VIEWS} or more, better 12")
    turns = Rotation.from_quat([view.tip_in_base[3:] for view in views])
    vectors = (turns.mean().inv() * turns).as_rotvec(degrees=True)
    spread = np.linalg.svd(vectors, compute_uv=False) / np.sqrt(len(views))
    if spread[1] < LEAST_TURN_DEG:
        raise InputError(
            f"the arm turned too little: {spread[0]:.0f} degrees about one axis and {spread[1]:.0f} about a second, "
            f"expected {LEAST_TURN_DEG:g} or more about both: turn the wrist by 30 degrees or more, about several axes"
        )


def _fitted(views: Sequence[View], lens: Lens, on_arm: bool) -> HandEye:
    # For a camera beside the arm, base and tip change roles: what is fixed to the board is then the tip.
    hands = RigidTransform.concatenate([_transform(view.tip_in_base) for view in views])
    hands = hands if on_arm else hands.inv()
    boards = RigidTransform.concatenate([board_in_camera(view.corners, lens) for view in views])
    camera = _start(hands, boards)
    board = _mean(hands * camera * boards)
    start = np.concatenate([_six(camera), _six(board)])
    fit = least_squares(
        lambda x: _errors_px(x, hands, views, lens).ravel(),
        start,
        loss="soft_l1",
        f_scale=SOFT_PX,
        x_scale=np.tile([0.1, 0.1, 0.1, 1.0, 1.0, 1.0], 2),
    )
    camera, board = _of_six(fit.x[:6]), _of_six(fit.x[6:])
    errors = _errors_px(fit.x, hands, views, lens)
    ends = np.cumsum([len(view.corners.in_picture) for view in views])
    rms = [float(np.sqrt(np.mean(np.sum(part**2, axis=1)))) for part in np.split(errors, ends[:-1])]
    seen = board.inv() * (hands * camera * boards)
    return HandEye(
        _pose(camera),
        _pose(board),
        tuple(view.name for view in views),
        np.array(rms),
        np.linalg.norm(seen.translation, axis=1),
        np.degrees(seen.rotation.magnitude()),
        (),
    )


def board_in_camera(corners: Corners, lens: Lens) -> RigidTransform:
    """The board as one picture shows it (Collins and Bartoli 2014, refined).

    Raises:
        InputError: no pose fits.
    """
    found, turn, place = cv2.solvePnP(
        corners.on_board, corners.in_picture, lens.matrix, lens.distortion, flags=cv2.SOLVEPNP_IPPE
    )
    if not found:
        raise InputError("a picture's corners fit no pose of the board")
    turn, place = cv2.solvePnPRefineLM(corners.on_board, corners.in_picture, lens.matrix, lens.distortion, turn, place)
    return RigidTransform.from_components(np.ravel(place), Rotation.from_rotvec(np.ravel(turn)))


def _start(hands: RigidTransform, boards: RigidTransform) -> RigidTransform:
    """Park and Martin's solution of A X = X B over all pairs of views."""
    pairs = list(combinations(range(len(hands)), 2))
    i, j = (list(index) for index in zip(*pairs, strict=True))
    a, b = hands[j].inv() * hands[i], boards[j] * boards[i].inv()
    turn = Rotation.align_vectors(a.rotation.as_rotvec(), b.rotation.as_rotvec())[0]
    matrix = (a.rotation.as_matrix() - np.eye(3)).reshape(-1, 3)
    place = np.linalg.lstsq(matrix, (turn.apply(b.translation) - a.translation).ravel())[0]
    return RigidTransform.from_components(place, turn)


def _errors_px(x: np.ndarray, hands: RigidTransform, views: Sequence[View], lens: Lens) -> np.ndarray:
    """(corners of all views, 2)."""
    boards = _of_six(x[:6]).inv() * hands.inv() * _of_six(x[6:])
    parts = []
    for board, view in zip(boards, views, strict=True):
        turn = board.rotation.as_rotvec()
        seen, _ = cv2.projectPoints(view.corners.on_board, turn, board.translation, lens.matrix, lens.distortion)
        parts.append(np.asarray(seen).reshape(-1, 2) - view.corners.in_picture)
    return np.vstack(parts)


def _mean(transforms: RigidTransform) -> RigidTransform:
    return RigidTransform.from_components(transforms.translation.mean(axis=0), transforms.rotation.mean())


def _transform(pose: np.ndarray) -> RigidTransform:
    return RigidTransform.from_components(pose[:3], Rotation.from_quat(pose[3:]))


def _pose(transform: RigidTransform) -> np.ndarray:
    return np.concatenate([transform.translation, transform.rotation.as_quat(canonical=True)])


def _six(transform: RigidTransform) -> np.ndarray:
    return np.concatenate([transform.translation, transform.rotation.as_rotvec()])


def _of_six(x: np.ndarray) -> RigidTransform:
    return RigidTransform.from_components(x[:3], Rotation.from_rotvec(x[3:]))
