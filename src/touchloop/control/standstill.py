"""Where to stop an arm that moves along a surface."""

import numpy as np

from touchloop.geometry.pose import rotate

RUN_ON_SHARE = 0.2
"""Of its lag the arm goes on while it brakes; a target right where it is would pull it back afterwards."""


def standstill_pose(
    target_in_base: np.ndarray, tcp_in_base: np.ndarray, tool_axis: np.ndarray, run_on_share: float = RUN_ON_SHARE
) -> np.ndarray:
    """The target (7,), but along the surface where the arm comes to rest.

    Friction keeps a wiping tool about a centimetre behind its target, so an arm that is left with its target moves on
    for half a second. Along the tool's axis the target stays: that keeps the contact force.

    Args:
        target_in_base: (7,) what the arm was told last.
        tcp_in_base: (7,) where it is.
        tool_axis: (3,) unit vector out of the tool, in the TCP frame.
        run_on_share: share of its lag that the arm goes on; more where the target is taken back slowly.
    """
    pose = target_in_base.copy()
    axis = rotate(pose[3:], tool_axis)
    lag = tcp_in_base[:3] - pose[:3]
    pose[:3] += (1.0 - run_on_share) * (lag - (lag @ axis) * axis)
    return pose
