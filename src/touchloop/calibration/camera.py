"""A camera's lens: given by its driver, or found from the same pictures."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from touchloop.calibration.board import Corners
from touchloop.errors import InputError

LEAST_VIEWS = 6
"""From fewer, the lens and the poses cannot be told apart well."""


@dataclass(frozen=True, slots=True)
class Lens:
    """A pinhole with OpenCV's plumb_bob distortion.

    Attributes:
        matrix: (3, 3) [px].
        distortion: (5,) k1 k2 p1 p2 k3.
        rms_px: of the corners where it was calibrated from pictures; else 0.
    """

    matrix: np.ndarray
    distortion: np.ndarray
    rms_px: float = 0.0


def lens_of_info(k: Sequence[float], d: Sequence[float], model: str = "plumb_bob") -> Lens:
    """From the numbers of sensor_msgs/CameraInfo.

    Raises:
        InputError: another model, wrong lengths, or a camera that was not calibrated (all zero).
    """
    if model not in ("", "plumb_bob"):
        raise InputError(f"camera_info has the model '{model}'; expected plumb_bob")
    matrix, distortion = np.array(k, float), np.array(d, float)
    if matrix.shape != (9,) or not np.isfinite(matrix).all() or matrix[0] <= 0.0 or matrix[4] <= 0.0:
        raise InputError(f"camera_info has k {list(k)}; expected 9 numbers with focal lengths above 0")
    if len(distortion) > 5 or not np.isfinite(distortion).all():
        raise InputError(f"camera_info has d {list(d)}; expected at most 5 numbers")
    return Lens(matrix.reshape(3, 3), np.concatenate([distortion, np.zeros(5 - len(distortion))]))


def calibrate_lens(views: Sequence[Corners], size_px: tuple[int, int]) -> Lens:
    """From the board's corners in several pictures (Zhang 2000). Without k3, which few corners cannot tell.

    Args:
        views: of one camera.
        size_px: width and height of its pictures.

    Raises:
        InputError: too few views, or all from the same side.
    """
    if len(views) < LEAST_VIEWS:
        raise InputError(f"{len(views)} views of the board; the lens needs {LEAST_VIEWS} or more, or a camera_info")
    on_board = [view.on_board.astype(np.float32) for view in views]
    in_picture = [view.in_picture.astype(np.float32) for view in views]
    try:
        rms, matrix, distortion, *_ = cv2.calibrateCamera(
            on_board, in_picture, size_px, np.eye(3), np.zeros(5), flags=cv2.CALIB_FIX_K3
        )
    except cv2.error as error:
        raise InputError(f"the lens cannot be found from these views: {error.err}") from error
    matrix = np.asarray(matrix)
    focal, width = (matrix[0, 0], matrix[1, 1]), max(size_px)
    if not all(0.2 * width < f < 20.0 * width for f in focal):
        raise InputError(
            f"the lens came out with focal lengths of {focal[0]:.0f} and {focal[1]:.0f} px for pictures of {width} px: "
            "take pictures with the board tilted by 30 degrees to several sides"
        )
    return Lens(matrix, np.asarray(distortion).ravel()[:5], float(rms))
