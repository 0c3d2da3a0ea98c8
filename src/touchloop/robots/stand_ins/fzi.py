"""Stand-in for FZI's cartesian_compliance_controller on a position arm, after its documentation and source.

Manners: passes over poses and wrenches with a NaN (but not with an infinity) and poses in another frame; no time-out;
the error is clipped to 1 m and 1 rad; net force = stiffness * error + sensed wrench + target wrench, which moves a
virtual arm by forward dynamics with an inner period of 20 ms and loses a tenth of its speed in each cycle. The real
one gives all mass to the last link, so here the virtual arm is that link alone (1 kg, 1 kg m2).
"""

import numpy as np

from touchloop.geometry.pose import quat_conjugate, rotate
from touchloop.robots.config import RobotConfig
from touchloop.robots.kinematics import Kinematics, pose_error
from touchloop.robots.stand_ins.joint_servo import JointServo
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import PoseSample, Wire, WrenchSample
from touchloop.sim.arm import Drive

INNER_PERIOD_S = 0.02
SPEED_SHARE = 0.9
STIFFNESS = np.array([2400.0, 2400.0, 800.0, 120.0, 120.0, 120.0])
"""In the tool's axes (``compliance_ref_link: tcp``). Across it is stiffer, since the gain below damps all alike."""
GAIN = np.array([0.0185, 0.0185, 0.0185, 0.93, 0.93, 0.93])
"""``pd_gains`` p times ``error_scale``: the tool gives way by 1 m/s for 300 N."""
MAX_LINEAR_M, MAX_TURN_RAD = 1.0, 1.0


class FziStandIn:
    """One cycle a tick of the arm; every cycle begins at the joints' measured positions."""

    drive: Drive = "joints"

    def __init__(self, config: RobotConfig, urdf: str) -> None:
        self._kinematics = Kinematics(config, urdf)
        self._frame = config.frames.base
        self._servo = JointServo(lookahead_s=0.0)
        self._ended = ""

    @property
    def problem(self) -> str:
        """See ``StandIn``."""
        return self._ended or self._servo.stopped

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._target = measured.tcp_in_base.copy()
        self._speed, self._sensed, self._wanted = np.zeros(6), np.zeros(6), np.zeros(6)
        self._ended = ""
        self._servo.start(measured.joint_positions)

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it never looks at the time
        """See ``StandIn``."""
        if isinstance(message, PoseSample) and not np.isnan(message.pose).any() and message.frame == self._frame:
            self._target = message.pose.copy()
        elif isinstance(message, WrenchSample) and not np.isnan(message.wrench).any():
            if command == "ft_sensor_wrench":
                self._sensed = message.wrench.copy()
            else:
                self._wanted = message.wrench.copy()

    def step(self, measured: Measured, period_s: float) -> np.ndarray:
        """See ``StandIn``."""
        if self._ended:
            return self._servo.step(measured.joint_positions, period_s)
        joints = measured.joint_positions
        jacobian, tcp = self._kinematics.jacobian(joints), self._kinematics.tcp_in_base(joints)
        error = pose_error(tcp, self._target)
        for part, most in ((slice(0, 3), MAX_LINEAR_M), (slice(3, 6), MAX_TURN_RAD)):
            error[part] *= min(1.0, most / max(1e-12, float(np.linalg.norm(error[part]))))
        turn = tcp[3:]
        force = STIFFNESS * _turned(quat_conjugate(turn), error) + self._sensed + self._wanted
        self._speed = SPEED_SHARE * (self._speed + INNER_PERIOD_S * GAIN * _turned(turn, force))
        moved = joints + INNER_PERIOD_S * (np.linalg.pinv(jacobian, rcond=1e-3) @ self._speed)
        if not np.isfinite(moved).all():
            self._ended = "a number that is not finite in its inner model ended the controller"
            return self._servo.step(joints, period_s)
        moved = np.clip(moved, self._kinematics.lower, self._kinematics.upper)
        return self._servo.step(moved, period_s)


def _turned(turn: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.concatenate([rotate(turn, vector[:3]), rotate(turn, vector[3:])])
