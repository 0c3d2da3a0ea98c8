"""Follows the markers of a gel from picture to picture: displacements against the picture at rest.

As in Yuan, Dong and Adelson, "GelSight: High-Resolution Robot Tactile Sensors for Estimating Geometry and Force",
Sensors 2017, section 5.2; matching by nearest neighbours around where each marker is expected.
"""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import KDTree

from touchloop.errors import InputError
from touchloop.touch.marker_detection import DotShape, find_dots, to_grey
from touchloop.touch.marker_lattice import order_dots
from touchloop.touch.marker_resampling import resampling_weights

USUAL_SHAPE = DotShape()
GATE = 0.45
"""Of the spacing: a dot that is further from where a marker is expected is not that marker."""
LOST_LIMIT = 0.5
"""Share of the markers that may be lost; with more the field is not known."""
OUTLIER = 0.5
"""Of the spacing: a marker that moved otherwise than its neighbours by this was taken for another one."""
FORGET = 0.2, 0.6
"""Of the spacing: the field is at rest again when matching from rest moves markers by less than the first on average
while following them from picture to picture says more than the second."""


@dataclass(frozen=True, slots=True)
class MarkerFrame:
    """The field on one picture."""

    rest: np.ndarray
    """(N, 2) [px] row by row"""
    displacement: np.ndarray
    """(N, 2) [px]; of lost markers, what their neighbours say"""
    seen: np.ndarray
    """(N,) whether the marker itself was seen"""


class MarkerTracker:
    """Made from a picture at rest; call it with each later one, in order.

    Args:
        rest: picture (H, W) or (H, W, 3) rgb, uint8, of the gel without contact.
        rows, columns: of the markers.
        shape: of a marker.

    Raises:
        InputError: the markers' grid is not on the picture.
    """

    def __init__(self, rest: np.ndarray, rows: int, columns: int, shape: DotShape = USUAL_SHAPE) -> None:
        grey = to_grey(rest)
        self._size, self._shape = grey.shape, shape
        self.rest, _ = order_dots(find_dots(grey, shape), rows, columns)
        near = KDTree(self.rest).query(self.rest, k=min(9, len(self.rest)))[1]
        self._neighbours = np.asarray(near)[:, 1:]
        spacing = np.linalg.norm(self.rest[self._neighbours[:, 0]] - self.rest, axis=1)
        self._spacing = float(np.median(spacing))
        self._moved = np.zeros_like(self.rest)

    def __call__(self, picture: np.ndarray) -> MarkerFrame:
        """The field on a picture of the same size.

        Raises:
            InputError: another size, or so many markers are lost that the field is not known; the next picture is then
                compared with the last one that was.
        """
        grey = to_grey(picture)
        if grey.shape != self._size:
            raise InputError(
                f"picture is {grey.shape[1]} x {grey.shape[0]}; expected {self._size[1]} x {self._size[0]}"
            )
        dots = find_dots(grey, self._shape)
        moved, seen = self._followed(dots)
        if np.sqrt((moved**2).sum(axis=1)).mean() > FORGET[1] * self._spacing:
            moved, seen = self._at_rest_again(dots, moved, seen)
        lost = 1.0 - float(seen.mean())
        if lost > LOST_LIMIT:
            raise InputError(f"{lost:.0%} of the markers are lost; expected at most {LOST_LIMIT:.0%}")
        self._moved = moved
        return MarkerFrame(self.rest, moved, seen)

    def _followed(self, dots: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        moved, seen = self._matched(dots, self._moved)
        if not seen.all() and seen.any():
            # Where the field moved far, those that were found tell where the others are to be expected.
            moved, seen = self._matched(dots, self._filled(moved, seen))
        if seen.any():
            with_gaps = moved.copy()
            with_gaps[~seen] = np.nan
            usual = np.median(with_gaps[self._neighbours], axis=1)
            # Where all neighbours are lost too there is nothing to compare with.
            astray = np.linalg.norm(moved - usual, axis=1) > OUTLIER * self._spacing
            seen = seen & ~astray
        return (self._filled(moved, seen) if seen.any() else self._moved), seen

    def _matched(self, dots: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Displacements by pairs of which each is the other's nearest; (N, 2), and which were found (N,)."""
        if not len(dots):
            return expected, np.zeros(len(self.rest), bool)
        places = self.rest + expected
        distance, dot = KDTree(dots).query(places)
        marker = np.asarray(KDTree(places).query(dots)[1])
        dot = np.asarray(dot)
        seen = (np.asarray(distance) < GATE * self._spacing) & (marker[dot] == np.arange(len(places)))
        return np.where(seen[:, None], dots[dot] - self.rest, expected), seen

    def _filled(self, moved: np.ndarray, seen: np.ndarray) -> np.ndarray:
        """Lost markers move as those around them."""
        if seen.all() or seen.sum() < 4:
            return moved
        out = moved.copy()
        out[~seen] = resampling_weights(self.rest[seen], self.rest[~seen]) @ moved[seen]
        return out

    def _at_rest_again(self, dots: np.ndarray, moved: np.ndarray, seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What was followed may be a cell off since some fast motion; a field that fits at rest is at rest."""
        anew, found = self._matched(dots, np.zeros_like(self.rest))
        near = np.linalg.norm(anew[found], axis=1)
        if found.mean() > 0.95 and near.mean() < FORGET[0] * self._spacing:
            return self._filled(anew, found), found
        return moved, seen
