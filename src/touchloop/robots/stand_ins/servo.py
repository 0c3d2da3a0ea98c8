"""Stand-in for MoveIt Servo with position output, after its documentation and source.

Manners: works at its own 100 Hz; listens to one kind of command, the last that it was switched to (here: the one that
comes); a command is stale 0.1 s after its stamp, then it halts; a command that is not finite, or in a frame that it
does not know, is invalid; speeds are scaled down to the joints' limits, between the two condition numbers of the
Jacobian, and to nothing above the second; a joint in the margin of its limits halts the arm unless it moves away.
"""

import numpy as np

from touchloop.robots.config import RobotConfig
from touchloop.robots.kinematics import Kinematics, pose_error
from touchloop.robots.stand_ins.joint_servo import JointServo
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import PoseSample, TwistSample, Wire
from touchloop.sim.arm import Drive

PERIOD_NS = 10_000_000
TIMEOUT_NS = 100_000_000
SLOW_ABOVE, STOP_ABOVE = 17.0, 30.0
"""Condition numbers."""
LIMIT_MARGIN_RAD = 0.1


class ServoStandIn:
    """Goes on from its own last command, as Servo does while it moves."""

    drive: Drive = "joints"

    def __init__(self, config: RobotConfig, urdf: str) -> None:
        self._kinematics = Kinematics(config, urdf)
        self._frames = {config.frames.base, config.frames.tip}
        self._base = config.frames.base
        self._servo = JointServo()
        self._status = ""

    @property
    def problem(self) -> str:
        """See ``StandIn``."""
        return self._servo.stopped or self._status

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._wanted = measured.joint_positions.copy()
        self._servo.start(self._wanted)
        self._command: PoseSample | TwistSample | None = None
        self._due_ns = measured.stamp_ns
        self._status = ""

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it looks at the stamp
        """See ``StandIn``."""
        if isinstance(message, PoseSample | TwistSample):
            values = message.pose if isinstance(message, PoseSample) else message.twist
            valid = np.isfinite(values).all() and message.frame == self._base
            self._command = message if valid else None
            self._status = "" if valid else "invalid command"

    def step(self, measured: Measured, period_s: float) -> np.ndarray:
        """See ``StandIn``."""
        if measured.stamp_ns >= self._due_ns:
            self._due_ns = max(self._due_ns + PERIOD_NS, measured.stamp_ns)
            self._cycle(measured.stamp_ns)
        return self._servo.step(self._wanted, period_s)

    def _cycle(self, now_ns: int) -> None:
        command = self._command
        if command is None:
            return
        if now_ns - command.stamp_ns > TIMEOUT_NS:
            self._command, self._status = None, "halted: the command is stale"
            return
        self._status = ""
        kinematics, period_s = self._kinematics, PERIOD_NS * 1e-9
        jacobian = kinematics.jacobian(self._wanted)
        if isinstance(command, PoseSample):
            moved = pose_error(kinematics.tcp_in_base(self._wanted), command.pose)
        else:
            moved = command.twist * period_s
        u, s, vt = np.linalg.svd(jacobian, full_matrices=False)
        condition = s[0] / max(s[-1], 1e-9)
        scale = min(1.0, max(0.0, (STOP_ABOVE - condition) / (STOP_ABOVE - SLOW_ABOVE)))
        if scale < 1.0:
            self._status = "slow near a singularity" if scale > 0.0 else "halted at a singularity"
        step = scale * (vt.T @ ((u.T @ moved) / np.maximum(s, 1e-6)))
        step /= max(1.0, float(np.max(np.abs(step) / (kinematics.speed_limits * period_s))))
        after = self._wanted + step
        outside = (after > kinematics.upper - LIMIT_MARGIN_RAD) & (step > 0.0)
        outside |= (after < kinematics.lower + LIMIT_MARGIN_RAD) & (step < 0.0)
        if outside.any():
            self._status = "halted at a joint's limit"
            return
        self._wanted = after
