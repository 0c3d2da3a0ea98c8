"""Stand-in for CRISP's Cartesian impedance controller, after its documentation and source.

Manners: the newest pose counts, whatever its stamp and frame; no time-out; an exponential filter on the target at the
controller's rate, which a NaN never leaves; the error is clipped; target_wrench adds to the spring. That it ignores a
topic with two publishers is up to the process around this, which sees the graph.
"""

import numpy as np

from touchloop.geometry.pose import (
    quat_conjugate,
    quat_from_rotation_vector,
    quat_multiply,
    rotation_vector,
    slerp,
)
from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import JointSample, Numbers, PoseSample, Wire, WrenchSample
from touchloop.sim.arm import ROTATION_STIFFNESS, TRANSLATION_STIFFNESS, Drive

RATE_HZ = 1000.0
FILTER_SHARE = 0.1
"""Of the new target at each update; CRISP's default."""
ERROR_CLIP = np.array([0.1, 0.1, 0.1, 0.5, 0.5, 0.5])
"""[m], then [rad]."""
ARM_STIFFNESS = np.array(3 * [TRANSLATION_STIFFNESS] + 3 * [ROTATION_STIFFNESS])
"""[N/m], then [N m/rad]; the controller's parameters are set to it."""


class CrispStandIn:
    """The simulated arm's own impedance law does the rest; its spring is stretched for another stiffness."""

    drive: Drive = "pose"

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 as all are made
        self._stiffness = ARM_STIFFNESS.copy()
        self.problem = ""

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._target = measured.tcp_in_base.copy()
        self._filtered = measured.tcp_in_base.copy()
        self._wrench = np.zeros(6)
        self.problem = ""

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it never looks at the time
        """See ``StandIn``."""
        if isinstance(message, PoseSample):
            self._target = message.pose.copy()
        elif isinstance(message, WrenchSample):
            self._wrench = message.wrench.copy()
        elif isinstance(message, Numbers):
            self._stiffness = message.values.copy()
        elif isinstance(message, JointSample):
            pass  # The simulated arm's null space has a posture of its own.

    def step(self, measured: Measured, period_s: float) -> np.ndarray:
        """See ``StandIn``."""
        for _ in range(max(1, round(period_s * RATE_HZ))):
            self._filtered[:3] += FILTER_SHARE * (self._target[:3] - self._filtered[:3])
            self._filtered[3:] = slerp(self._filtered[3:], self._target[3:], FILTER_SHARE)
        tcp = measured.tcp_in_base
        if not np.isfinite(self._filtered).all():
            self.problem = "a NaN in target_pose has got into the filter; switch the controller off and on"
            return tcp.copy()
        error = np.empty(6)
        error[:3] = self._filtered[:3] - tcp[:3]
        error[3:] = rotation_vector(quat_multiply(self._filtered[3:], quat_conjugate(tcp[3:])))
        error = np.clip(error, -ERROR_CLIP, ERROR_CLIP)
        stretch = (self._stiffness * error + self._wrench) / ARM_STIFFNESS
        pose = np.empty(7)
        pose[:3] = tcp[:3] + stretch[:3]
        pose[3:] = quat_multiply(quat_from_rotation_vector(stretch[3:]), tcp[3:])
        return pose
