"""The last two seconds of touch, so that a plan from the past is decoded on what was felt since."""

import numpy as np
from numba import njit

from touchloop.geometry.pose import relative
from touchloop.policy.features import (
    CONTACT_GATE_N,
    FAST_MARKER_COMPONENTS,
    RECENT_TICKS,
    SMOOTH_CUTOFF_HZ,
    TOUCH_SIZE,
    WRENCH_SIZE,
)
from touchloop.touch.wrench import low_pass_share

CAPACITY = 512
_SMOOTH = WRENCH_SIZE + 3 + FAST_MARKER_COMPONENTS
_RECENT = _SMOOTH + WRENCH_SIZE


@njit(cache=True)
def touch_features(
    row: int,
    oldest: int,
    wrench: np.ndarray,
    smooth: np.ndarray,
    tcp_in_base: np.ndarray,
    markers: np.ndarray,
    base_pose: np.ndarray,
    out: np.ndarray,
) -> None:
    """Input of the fast decoder (TOUCH_SIZE,) at a sample into ``out``; the layout of ``features.TOUCH_SIZE``.

    Args:
        row: of the sample; samples are a control tick apart and may wrap around (row below 0).
        oldest: no row before this is looked at.
        wrench, smooth: (T, 6) filtered at 30 Hz, and once more at 5 Hz; tcp_in_base: (T, 7); markers: (T, 5).
        base_pose: (7,) of the plan.
    """
    out[:6] = wrench[row]
    out[6:9] = 0.0
    touching = -wrench[row, 2] > CONTACT_GATE_N
    if touching:
        out[8] = relative(base_pose, tcp_in_base[row])[2]
    out[9:_SMOOTH] = markers[row]
    out[_SMOOTH:_RECENT] = smooth[row]
    count = len(RECENT_TICKS)
    for k in range(count):
        earlier = max(row - RECENT_TICKS[k], oldest)
        out[_RECENT + k] = -wrench[earlier, 2]
        out[_RECENT + count + k] = relative(tcp_in_base[earlier], tcp_in_base[row])[2] if touching else 0.0


class TouchHistory:
    """A ring of one sample a control tick.

    Args:
        period_s: of the control tick.
    """

    def __init__(self, period_s: float = 0.004) -> None:
        self._stamps = np.full(CAPACITY, -1, np.int64)
        self._wrench = np.zeros((CAPACITY, WRENCH_SIZE))
        self._smooth = np.zeros((CAPACITY, WRENCH_SIZE))
        self._tcp = np.zeros((CAPACITY, 7))
        self._markers = np.zeros((CAPACITY, FAST_MARKER_COMPONENTS))
        self._share = low_pass_share(SMOOTH_CUTOFF_HZ, period_s)
        self._running = np.zeros(WRENCH_SIZE)
        self._count = 0

    def clear(self) -> None:
        """Forgets everything."""
        self._count = 0
        self._running[:] = 0.0

    def push(self, stamp_ns: int, wrench: np.ndarray, tcp_in_base: np.ndarray, markers: np.ndarray) -> None:
        """Adds this tick's filtered wrench (6,), pose (7,) and marker components."""
        i = self._count % CAPACITY
        self._running += self._share * (wrench - self._running)
        self._stamps[i] = stamp_ns
        self._wrench[i] = wrench
        self._smooth[i] = self._running
        self._tcp[i] = tcp_in_base
        self._markers[i] = markers
        self._count += 1

    def features_at(self, stamp_ns: int, base_pose: np.ndarray, out: np.ndarray) -> None:
        """Decoder input of the newest sample not after ``stamp_ns`` (else the oldest that is left) into ``out``."""
        kept = min(self._count, CAPACITY)
        if kept == 0:
            out[:TOUCH_SIZE] = 0.0
            return
        back = 1
        while back < kept and self._stamps[(self._count - back) % CAPACITY] > stamp_ns:
            back += 1
        row = (self._count - back) % CAPACITY
        # Rows below zero count from the ring's end, as numpy reads them.
        touch_features(row, row - (kept - back), self._wrench, self._smooth, self._tcp, self._markers, base_pose, out)
