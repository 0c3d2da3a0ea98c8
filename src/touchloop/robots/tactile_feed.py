"""A tactile sensor's pictures or marker fields as the policy was trained on: 7 x 9 markers in the ``tcp`` frame."""

import numpy as np

from touchloop.errors import InputError
from touchloop.robots.config_sensors import Tactile
from touchloop.sim.tactile import rest_positions
from touchloop.touch.marker_detection import DotShape
from touchloop.touch.marker_resampling import resampling_weights
from touchloop.touch.marker_tracking import MarkerFrame, MarkerTracker

LARGEST_M = 0.01
"""No gel moves further; a field that says so is in another unit."""


class TactileFeed:
    """Works on one sensor's messages, in order.

    Attributes:
        frame: the markers of the last picture; None before, and with a driver that makes the field itself.
    """

    def __init__(self, config: Tactile) -> None:
        self._config = config
        self._tracker: MarkerTracker | None = None
        self._free = False
        self._at: np.ndarray | None = None
        self._weights = np.empty((0, 0))
        self.frame: MarkerFrame | None = None

    def rest(self) -> None:
        """The gel is free now: the next picture is the one that displacements are counted from."""
        self._free = True

    def of_picture(self, rgb: np.ndarray) -> np.ndarray:
        """Displacements (63, 2) [m] on a picture (H, W, 3) or (H, W), uint8; about zero on the first after ``rest``.

        Raises:
            InputError: the gel was never at rest, or the markers are not there.
        """
        config = self._config
        if self._free:
            shape = DotShape(config.dot_diameter_px, config.dot_contrast)
            self._tracker = MarkerTracker(rgb, config.rows, config.columns, shape)
            self._free = False
        if self._tracker is None:
            raise InputError("the gel's picture at rest is not known yet; tare in free air")
        self.frame = self._tracker(rgb)
        size = np.array([rgb.shape[1], rgb.shape[0]], float)
        return self._resampled((self.frame.rest + 0.5) / size - 0.5, self.frame.displacement / size)

    def of_field(self, field: np.ndarray) -> np.ndarray:
        """Displacements (63, 2) [m] of a driver's field (N, 4): places and displacements, in any order and number.

        Raises:
            InputError: the field is in another unit.
        """
        if self._config.in_metres:
            scale = np.array(self._config.field_of_view_m)
            return self._resampled(field[:, :2] / scale, field[:, 2:] / scale)
        if not (np.abs(field[:, :2] - 0.5) <= 1.0).all():
            raise InputError(
                "places of markers are not shares of the picture (0 to 1); are they in metres (in_metres)?"
            )
        return self._resampled(field[:, :2] - 0.5, field[:, 2:])

    def _resampled(self, places: np.ndarray, moved: np.ndarray) -> np.ndarray:
        """From shares of the picture, counted from its middle, to the policy's points."""
        if self._at is None or not np.array_equal(places, self._at):
            self._at, self._weights = places, resampling_weights(self._in_tcp(places), rest_positions().astype(float))
        out = self._weights @ self._in_tcp(moved)
        if not np.abs(out).max() <= LARGEST_M:
            raise InputError(f"markers moved by {np.abs(out).max():g} m; expected at most {LARGEST_M:g}")
        return out.astype(np.float32)

    def _in_tcp(self, shares: np.ndarray) -> np.ndarray:
        x, y = (shares * np.array(self._config.field_of_view_m)).T
        for _ in range(self._config.turn_deg // 90):
            x, y = -y, x
        return np.stack([-x if self._config.flip else x, y], axis=1)
