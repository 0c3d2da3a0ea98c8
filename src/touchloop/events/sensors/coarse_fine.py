"""The on-chip current generator of DAVIS cameras: a coarse and a fine value make a current.

libcaer and its ROS driver count the coarse value upwards, jAER downwards: libcaer = 7 - jAER. All values here are
libcaer's. The generator is that of Delbruck, Berner, Lichtsteiner and Dualibe, "32-bit configurable bias current
generator with sub-off-current capability", ISCAS 2010; the master current and the ratio of 8 are jAER's.
"""

import math

from touchloop.errors import InputError

MASTER_CURRENT_A = 389e-9
COARSE_RATIO = 8.0
COARSE_AT_MASTER = 5
"""libcaer coarse value at which the fine value 256 would be the master current (jAER's 2)."""
COARSE_STEPS = 8
FINE_STEPS = 256
COMFORTABLE_FINE = (24, 240)
"""A kept coarse value is left only outside of these fine values: neighbouring ranges overlap by 8, so a loop that
moves slowly over a boundary does not flip between them."""


def current_a(coarse: int, fine: int) -> float:
    """I = 389 nA * 8^(coarse - 5) * fine / 256 [A]. A fine value of 0 is taken as 1/2: the chip's off-current."""
    if not 0 <= coarse < COARSE_STEPS:
        raise InputError(f"coarse value {coarse}: expected 0 to {COARSE_STEPS - 1}")
    if not 0 <= fine < FINE_STEPS:
        raise InputError(f"fine value {fine}: expected 0 to {FINE_STEPS - 1}")
    return MASTER_CURRENT_A * COARSE_RATIO ** (coarse - COARSE_AT_MASTER) * max(fine, 0.5) / FINE_STEPS


def nearest_coarse_fine(current_a: float, keep_coarse: int | None = None) -> tuple[int, int]:
    """The coarse and fine value whose current is nearest.

    Args:
        current_a: wanted [A]; beyond the generator's range, its end is returned.
        keep_coarse: the present coarse value. It is kept as long as the fine value stays between 24 and 240, so that
            the current moves over a boundary in one direction with one change of the coarse value.

    Raises:
        InputError: a current that is not positive and finite; a coarse value out of range.
    """
    if not (math.isfinite(current_a) and current_a > 0.0):
        raise InputError(f"bias current {current_a} A: expected a positive number")
    if keep_coarse is not None:
        if not 0 <= keep_coarse < COARSE_STEPS:
            raise InputError(f"coarse value {keep_coarse}: expected 0 to {COARSE_STEPS - 1}")
        fine = _fine(current_a, keep_coarse)
        low, high = COMFORTABLE_FINE
        at_end = (keep_coarse == 0 and fine < low) or (keep_coarse == COARSE_STEPS - 1 and fine > high)
        if low <= fine <= high or at_end:
            return keep_coarse, min(max(fine, 1), FINE_STEPS - 1)
    # The finest grid that reaches the current resolves it best.
    for coarse in range(COARSE_STEPS):
        fine = _fine(current_a, coarse)
        if fine <= COMFORTABLE_FINE[1]:
            return coarse, max(fine, 1)
    return COARSE_STEPS - 1, FINE_STEPS - 1


def _fine(current_a: float, coarse: int) -> int:
    scale_a = MASTER_CURRENT_A * COARSE_RATIO ** (coarse - COARSE_AT_MASTER)
    return round(min(current_a / scale_a * FINE_STEPS, 1e6))
