"""Pictures of a board by a camera whose place is known: rendered, or only the corners."""

import cv2
import numpy as np
from scipy.spatial.transform import RigidTransform, Rotation

from touchloop.calibration.board import BoardSpec, Corners
from touchloop.calibration.camera import Lens

SPEC = BoardSpec()
LENS = Lens(np.array([[610.0, 0.0, 325.0], [0.0, 608.0, 236.0], [0.0, 0.0, 1.0]]), np.zeros(5))
SIZE = (640, 480)
SHARPER = 3
"""The picture is rendered so many times larger, then averaged as pixels do."""
CAMERA_IN_TIP = RigidTransform.from_components([0.05, -0.03, 0.04], Rotation.from_euler("zyx", [92, 3, -14], True))
BOARD_IN_BASE = RigidTransform.from_components([0.42, -0.05, 0.02], Rotation.from_euler("zyx", [20, 4, 182], True))


def render(board_in_camera: RigidTransform, lens: Lens = LENS) -> np.ndarray:
    dots, light, margin = 60, 225, 20
    drawn = SPEC.board().generateImage((SPEC.columns * dots, SPEC.rows * dots), marginSize=0)
    drawn = cv2.copyMakeBorder(drawn, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=255)
    scale = SPEC.square_mm * 1e-3 / dots
    to_board = np.array([[scale, 0, -scale * margin], [0, scale, -scale * margin], [0, 0, 1]])
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1.0]])
    turn = board_in_camera.rotation.as_matrix()
    view = np.column_stack([turn[:, 0], turn[:, 1], board_in_camera.translation])
    larger = np.diag([SHARPER, SHARPER, 1.0]) @ half @ lens.matrix @ view @ to_board @ half
    size = (SIZE[0] * SHARPER, SIZE[1] * SHARPER)
    back = np.linalg.inv(half)
    picture = cv2.warpPerspective(np.minimum(drawn, light), back @ larger, size, borderValue=120)
    return cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)


def boards_seen(count: int, seed: int = 0, tilt_deg: float = 28.0) -> RigidTransform:
    """Poses (count,) of the board before the camera, well inside its picture."""
    rng = np.random.default_rng(seed)
    turns = Rotation.from_rotvec(np.radians(rng.uniform(-tilt_deg, tilt_deg, (count, 3))))
    centre = np.array([SPEC.size_mm[0], SPEC.size_mm[1], 0.0]) * 0.5e-3
    places = rng.uniform([-0.04, -0.03, 0.33], [0.04, 0.03, 0.45], (count, 3)) - turns.apply(centre)
    return RigidTransform.from_components(places, turns)


def hands_of(boards: RigidTransform, on_arm: bool = True) -> RigidTransform:
    """The arm's tip in base (count,) where the board is seen so."""
    if on_arm:
        return BOARD_IN_BASE * (CAMERA_IN_TIP * boards).inv()
    # The board on the arm, the camera beside it: their poses are those with the roles changed.
    return (BOARD_IN_BASE * (CAMERA_IN_TIP * boards).inv()).inv()


def as_pose(transform: RigidTransform) -> np.ndarray:
    return np.concatenate([transform.translation, transform.rotation.as_quat(canonical=True)])


def corners(board: RigidTransform, noise_px: float = 0.0, lens: Lens = LENS, seed: int = 0) -> Corners:
    on_board = np.asarray(SPEC.board().getChessboardCorners(), float)
    seen, _ = cv2.projectPoints(on_board, board.rotation.as_rotvec(), board.translation, lens.matrix, lens.distortion)
    noise = noise_px * np.random.default_rng(seed).standard_normal((len(on_board), 2))
    return Corners(on_board, np.asarray(seen).reshape(-1, 2) + noise)
