"""MoveIt Servo, for position arms: it has the inverse kinematics, the adapter has the spring.

Servo halts 0.1 s after the last command, scales down near singularities and halts there. Which of its two inputs it
listens to is set on it by the service ``switch_command_type``.
"""

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_from_rotation_vector, quat_multiply, rotate
from touchloop.robots.adapters.adapter import ArmState, TipFrame, checked_options, need
from touchloop.robots.adapters.joint_motion import MAX_STEPS, PERIOD_S
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.feedback import inverse
from touchloop.robots.kinematics import pose_error
from touchloop.robots.spring import VirtualSpring
from touchloop.robots.wire import Command, PoseSample, TwistSample

MAX_LEAD_M = 0.05
"""The arm does not follow when the spring's pose is so far ahead; then it begins again where the arm is."""


class ServoAdapter:
    """Sends pose_target_cmds, or delta_twist_cmds with the option ``twist``.

    Options:
        twist: 1 for twists instead of poses; Servo's ``command_in_type`` must be ``speed_units``.
        gain_per_s: how fast twists make good the distance to the pose that is wanted.
    """

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 Servo has the kinematics
        options = checked_options(config, {"twist": 0.0, "gain_per_s": 10.0})
        self._twist, self._gain = bool(options["twist"]), options["gain_per_s"]
        self.commands = ("delta_twist_cmds",) if self._twist else ("pose_target_cmds",)
        need(config, self.commands)
        self._tip = TipFrame(config)
        self._tip_in_tcp = inverse(as_array(config.frames.tcp_in_tip))
        self._spring = VirtualSpring(config.compliance)
        self._lead_s = config.calibration.latency_s.get("command", 0.0)
        self._name = config.name

    def start(self, state: ArmState) -> None:
        """See ``Adapter``."""
        if state.tcp_in_base is None:
            raise InputError(f"{self._name}: the pose of the arm has not come yet")
        self._spring.start(state.tcp_in_base)
        self._stamp_ns = -1

    def step(
        self,
        stamp_ns: int,
        target_in_base: np.ndarray,
        wrench: np.ndarray,  # noqa: ARG002 the target reaches into the surface as far as the planned force asks for
        state: ArmState,
    ) -> list[Command]:
        """See ``Adapter``."""
        tcp = state.tcp_in_base
        if tcp is not None and float(np.linalg.norm(self._spring.pose[:3] - tcp[:3])) > MAX_LEAD_M:
            self.start(state)
        steps = 1 if self._stamp_ns < 0 else round((stamp_ns - self._stamp_ns) * 1e-9 / PERIOD_S)
        self._stamp_ns = stamp_ns
        for _ in range(min(max(steps, 0), MAX_STEPS)):
            self._spring.step(target_in_base, state.wrench_at_tcp, PERIOD_S)
        twist = self._spring.twist_in_base
        pose = self._spring.pose.copy()
        if self._twist:
            if tcp is not None:
                twist = twist + self._gain * pose_error(tcp, pose)
            return [("delta_twist_cmds", TwistSample(stamp_ns, self._tip.frame, self._of_tip(twist, pose)))]
        pose[:3] += self._lead_s * twist[:3]
        pose[3:] = quat_multiply(quat_from_rotation_vector(self._lead_s * twist[3:]), pose[3:])
        return [("pose_target_cmds", PoseSample(stamp_ns, self._tip.frame, self._tip.pose(pose)))]

    def _of_tip(self, twist: np.ndarray, tcp_in_base: np.ndarray) -> np.ndarray:
        """The twist (6,) of ``tcp`` in ``base_link`` as the tip's, in the driver's base."""
        lever = rotate(tcp_in_base[3:], self._tip_in_tcp[:3])
        turn = self._tip.twist_turn()
        return np.concatenate([rotate(turn, twist[:3] + np.cross(twist[3:], lever)), rotate(turn, twist[3:])])
