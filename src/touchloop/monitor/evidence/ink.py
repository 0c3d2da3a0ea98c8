"""How much of the board's ink a fixed camera still sees."""

import cv2
import numpy as np

from touchloop.geometry.pose import compose, relative
from touchloop.sim.board import BoardConfig
from touchloop.sim.cameras import BACK_CAMERA, BACK_CAMERA_IN_WORLD

INK_LIKE = 0.5
"""Of the way in colour from board to ink, a pixel beyond which is ink."""
STRANGE = 0.35
"""A pixel further than this share of that way beside the line from board to ink is neither: something hides it."""
MOST_HIDDEN = 0.4
LIKE = 25.0
"""Colours that differ by less are the same, of 255."""
MOUNTING_PX = 12
"""How far the stroke may be from where the nominal camera would see it."""
FEWEST_PIXELS = 12


class InkEye:
    """Knows from a first picture where the ink is; the camera must not move after it.

    Args:
        picture: (H, W, 3) uint8 of the inked board, from the camera behind the board.
        board: as seen: where it is, where its stroke is, and the colours of both.
    """

    def __init__(self, picture: np.ndarray, board: BoardConfig) -> None:
        rgb, ink = board.rgb, 255.0 * np.array(board.ink_rgb, np.float32)
        near = np.linalg.norm(picture.astype(np.float32) - ink, axis=2) < LIKE
        # Other things may have the ink's colour.
        near &= _around_stroke(picture.shape[:2], board)
        self._where = near
        around = _grown(near, 6) & ~_grown(near, 2)
        seen = picture[around].astype(np.float32)
        self._ink = ink
        self._board = np.median(seen, axis=0) if len(seen) else 255.0 * np.array(rgb, np.float32)

    @property
    def sees_ink(self) -> bool:
        """Whether the first picture showed enough ink to judge by."""
        return int(self._where.sum()) >= FEWEST_PIXELS

    def share(self, picture: np.ndarray) -> float | None:
        """Share of the first picture's ink that is still there; None where too much of it is hidden."""
        if not self.sees_ink:
            return None
        way = self._ink - self._board
        length = float(way @ way)
        off = picture[self._where].astype(np.float32) - self._board
        along = off @ way / length
        beside = np.linalg.norm(off - along[:, None] * way, axis=1) / np.sqrt(length)
        hidden = beside > STRANGE
        if hidden.mean() > MOST_HIDDEN:
            return None
        return float((along[~hidden] > INK_LIKE).mean())


def _around_stroke(shape: tuple[int, ...], board: BoardConfig) -> np.ndarray:
    """(H, W) bool: near the stroke, as a camera in its nominal place sees it."""
    heading = np.array([np.cos(board.ink_heading_rad), np.sin(board.ink_heading_rad)])
    ends = [board.ink_start, board.ink_start + board.ink_length_m * heading]
    pixels = []
    for end in ends:
        point = relative(BACK_CAMERA_IN_WORLD, compose(board.pose_in_base, np.array([*end, 0, 0, 0, 0, 1.0])))[:3]
        u, v, w = BACK_CAMERA.intrinsics @ point
        pixels.append((round(u / w), round(v / w)))
    mask = np.zeros(shape, np.uint8)
    cv2.line(mask, pixels[0], pixels[1], 1, thickness=2 * MOUNTING_PX)
    return mask > 0


def _grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)) > 0
