"""The last two seconds of touch, so that a plan from the past is decoded on what was felt since."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import relative
from touchloop.policy.features import CONTACT_GATE_N, FAST_MARKER_COMPONENTS, TOUCH_SIZE

CAPACITY = 512


@njit(cache=True)
def touch_features(
    wrench: np.ndarray, tcp_in_base: np.ndarray, markers: np.ndarray, base_pose: np.ndarray, out: np.ndarray
) -> None:
    """Input of the fast decoder (TOUCH_SIZE,) into ``out``; the layout of ``features.TOUCH_SIZE``."""
    out[:6] = wrench
    out[6:9] = 0.0
    if -wrench[2] > CONTACT_GATE_N:
        out[8] = relative(base_pose, tcp_in_base)[2]
    out[9:] = markers


class TouchHistory:
    """A ring of one sample a control tick."""

    def __init__(self) -> None:
        self._stamps = np.full(CAPACITY, -1, np.int64)
        self._wrench = np.zeros((CAPACITY, 6))
        self._tcp = np.zeros((CAPACITY, 7))
        self._markers = np.zeros((CAPACITY, FAST_MARKER_COMPONENTS))
        self._next = 0

    def clear(self) -> None:
        """Forgets everything."""
        self._stamps[:] = -1

    def push(self, stamp_ns: int, wrench: np.ndarray, tcp_in_base: np.ndarray, markers: np.ndarray) -> None:
        """Adds this tick's filtered wrench (6,), pose (7,) and marker components."""
        i = self._next % CAPACITY
        self._stamps[i] = stamp_ns
        self._wrench[i] = wrench
        self._tcp[i] = tcp_in_base
        self._markers[i] = markers
        self._next += 1

    def features_at(self, stamp_ns: int, base_pose: np.ndarray, out: np.ndarray) -> None:
        """Decoder input of the newest sample not after ``stamp_ns`` (else the oldest that is left) into ``out``."""
        best = -1
        for back in range(1, min(self._next, CAPACITY) + 1):
            i = (self._next - back) % CAPACITY
            if self._stamps[i] < 0:
                break
            best = i
            if self._stamps[i] <= stamp_ns:
                break
        if best < 0:
            out[:TOUCH_SIZE] = 0.0
            return
        touch_features(self._wrench[best], self._tcp[best], self._markers[best], base_pose, out)
