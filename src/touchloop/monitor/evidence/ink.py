"""How much of the board's ink a fixed camera still sees."""

import cv2
import numpy as np

INK_LIKE = 0.5
"""Of the way in colour from board to ink, a pixel beyond which is ink."""
STRANGE = 0.35
"""A pixel further than this share of that way beside the line from board to ink is neither: something hides it."""
MOST_HIDDEN = 0.4
FEWEST_PIXELS = 12


class InkEye:
    """Knows from a first picture where the ink is; the camera must not move after it.

    Args:
        picture: (H, W, 3) uint8 of the inked board.
        rgb: of the board, 0 to 1.
        ink_rgb: of the ink, 0 to 1.
    """

    def __init__(
        self, picture: np.ndarray, rgb: tuple[float, float, float], ink_rgb: tuple[float, float, float]
    ) -> None:
        ink = 255.0 * np.array(ink_rgb, np.float32)
        near = np.linalg.norm(picture.astype(np.float32) - ink, axis=2) < 25.0
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


def _grown(mask: np.ndarray, pixels: int) -> np.ndarray:
    return cv2.dilate(mask.astype(np.uint8), np.ones((2 * pixels + 1, 2 * pixels + 1), np.uint8)) > 0
