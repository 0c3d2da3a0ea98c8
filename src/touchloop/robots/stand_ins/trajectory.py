"""Stand-in for joint_trajectory_controller with position interfaces, after its documentation and source.

Manners: a new trajectory replaces the old one at once and starts from the state wanted now; a stamp of 0 means now;
splines between points, of the order that the points' fields allow; after the last point it holds; no time-out by
default. Refused are: other joints, no points, a last velocity other than zero, points not in the order of time, an end
in the past. A position that is not finite is not looked for and reaches the joints.
"""

import numpy as np

from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.joint_servo import JointServo
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import JointPath, Wire
from touchloop.sim.arm import Drive

ZERO_RAD_S = 1.2e-7
"""What the real one takes for zero: a float's epsilon."""


class TrajectoryStandIn:
    """Keeps the trajectory as absolute times, positions and, where given, velocities."""

    drive: Drive = "joints"

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 needs no kinematics
        self._names = config.joints
        self._servo = JointServo()
        self.refusal = ""

    @property
    def problem(self) -> str:
        """See ``StandIn``."""
        return self._servo.stopped

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._wanted = measured.joint_positions.copy()
        self._speed = np.zeros(len(self._names))
        self._times_ns: list[int] = []
        self._servo.start(self._wanted)
        self.refusal = ""

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it has one topic
        """See ``StandIn``."""
        if not isinstance(message, JointPath):
            return
        self.refusal = self._refusal(now_ns, message)
        if self.refusal:
            return
        order = [message.names.index(name) for name in self._names]
        begin_ns = message.stamp_ns or now_ns
        self._times_ns = [now_ns, *(begin_ns + round(time_s * 1e9) for time_s in message.times_s)]
        self._positions = np.vstack([self._wanted, message.positions[:, order]])
        self._velocities = None
        if message.velocities.size:
            self._velocities = np.vstack([self._speed, message.velocities[:, order]])

    def step(self, measured: Measured, period_s: float) -> np.ndarray:
        """See ``StandIn``."""
        if self._times_ns:
            self._sample(measured.stamp_ns + round(period_s * 1e9))
        return self._servo.step(self._wanted, period_s)

    def _sample(self, now_ns: int) -> None:
        times = self._times_ns
        if now_ns >= times[-1]:
            self._wanted, self._speed = self._positions[-1].copy(), np.zeros(len(self._names))
            return
        index = max(0, int(np.searchsorted(times, now_ns, side="right")) - 1)
        # A first point that is due in the past is gone to at once.
        span_s = max(1e-9, (times[index + 1] - times[index]) * 1e-9)
        share = min(1.0, max(0.0, (now_ns - times[index]) * 1e-9 / span_s))
        p0, p1 = self._positions[index], self._positions[index + 1]
        if self._velocities is None:
            self._wanted, self._speed = p0 + share * (p1 - p0), (p1 - p0) / span_s
            return
        v0, v1 = self._velocities[index] * span_s, self._velocities[index + 1] * span_s
        a, b = 2 * p0 - 2 * p1 + v0 + v1, 3 * p1 - 3 * p0 - 2 * v0 - v1
        self._wanted = ((a * share + b) * share + v0) * share + p0
        self._speed = ((3 * a * share + 2 * b) * share + v0) / span_s

    def _refusal(self, now_ns: int, path: JointPath) -> str:
        if sorted(path.names) != sorted(self._names):
            return "the joints are not the controller's"
        if not path.times_s:
            return "there are no points"
        count = len(path.times_s)
        shape = (count, len(self._names))
        if path.positions.shape != shape or (path.velocities.size and path.velocities.shape != shape):
            return "a point has not a number for every joint"
        if path.velocities.size and np.max(np.abs(path.velocities[-1])) > ZERO_RAD_S:
            return "the last point's velocity is not zero"
        if path.stamp_ns and path.stamp_ns + round(path.times_s[-1] * 1e9) < now_ns:
            return "it ends in the past"
        if any(later <= earlier for earlier, later in zip(path.times_s, path.times_s[1:], strict=False)):
            return "the points' times do not increase"
        return ""
