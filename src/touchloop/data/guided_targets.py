"""Targets and planned forces of demonstrations in which nobody sent any: the arm was led by hand, or teleoperated.

What the arm did a moment later is what it should have been told, and the force with which it pressed then is what
should have been planned. An arm that yields presses only with a target below the surface, so the target goes in by the
arm's compliance times that force, as in Adaptive Compliance Policy (arXiv 2410.09309), there called virtual target.
"""

import numpy as np
from scipy.signal import filtfilt

from touchloop.control.config import ControllerConfig
from touchloop.geometry.pose import rotate
from touchloop.policy.features import CONTACT_FORCE_N, SMOOTH_CUTOFF_HZ, TARE_SAMPLES
from touchloop.sim.world import PERIOD_S
from touchloop.touch.wrench import low_pass_share


def pressing_force(wrench_at_sensor: np.ndarray, lead: int) -> np.ndarray:
    """(T,) force [N] along the tool's axis ``lead`` ticks later, smoothed both ways in time; 0 below that of a contact.

    Args:
        wrench_at_sensor: (T, 6) at 250 Hz, not tared; the first 0.4 s are in free air.
        lead: ticks.
    """
    force_n = -(wrench_at_sensor[:, 2] - wrench_at_sensor[:TARE_SAMPLES, 2].mean())
    share = low_pass_share(SMOOTH_CUTOFF_HZ, PERIOD_S)
    smooth = filtfilt([share], [1.0, share - 1.0], force_n)
    later = smooth[np.minimum(np.arange(len(smooth)) + lead, len(smooth) - 1)]
    return np.where(later > CONTACT_FORCE_N, later, 0.0)


def guided_targets(ahead_in_base: np.ndarray, force_n: np.ndarray, config: ControllerConfig) -> np.ndarray:
    """(T, 7) poses that a yielding arm is told so that it comes to ``ahead_in_base`` (T, 7) and presses (T,) [N]."""
    out = ahead_in_base.copy()
    for row, force in zip(out, force_n, strict=True):
        row[:3] += rotate(row[3:], config.tool_axis) * (config.feedforward_m_per_n * force)
    return out
