"""From target poses to joint positions of a stiff arm; shared by the families that take joint positions."""

import numpy as np

from touchloop.errors import InputError
from touchloop.robots.adapters.adapter import ArmState
from touchloop.robots.config import RobotConfig
from touchloop.robots.joint_limiter import JointLimiter
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.spring import VirtualSpring

PERIOD_S = 0.004
MAX_STEPS = 5
"""Of one call: what a late target may catch up with."""
MAX_LEAD_RAD = 0.15
"""A command so far ahead of its joint means that the arm does not follow; then it begins again where the arm is."""


class JointMotion:
    """Spring, inverse kinematics and limits, one after the other; each goes on from its own last output."""

    def __init__(self, config: RobotConfig, urdf: str) -> None:
        self._kinematics = Kinematics(config, urdf)
        self._spring = VirtualSpring(config.compliance)
        self._limiter = JointLimiter(config.limits, PERIOD_S)
        self._name = config.name
        # A joint servo lags behind like a first-order filter; what it is told leads by as much.
        self._lead_s = config.calibration.latency_s.get("command", 0.0)
        self._stamp_ns = -1

    def start(self, state: ArmState) -> None:
        """Begin where the arm is; raises InputError while that is not known."""
        if state.joint_positions is None:
            raise InputError(f"{self._name}: joint_states has not come yet")
        self._positions = state.joint_positions.copy()
        self._commanded = self._positions.copy()
        self._spring.start(self._kinematics.tcp_in_base(self._positions))
        self._limiter.start(self._positions)
        self._stamp_ns = -1

    def step(self, stamp_ns: int, target_in_base: np.ndarray, state: ArmState) -> np.ndarray:
        """Joint positions (joints,) [rad] for a target pose (7,) made at ``stamp_ns``."""
        measured = state.joint_positions
        if measured is not None and np.max(np.abs(self._commanded - measured)) > MAX_LEAD_RAD:
            self.start(state)
        steps = 1 if self._stamp_ns < 0 else round((stamp_ns - self._stamp_ns) * 1e-9 / PERIOD_S)
        self._stamp_ns = stamp_ns
        for _ in range(min(max(steps, 0), MAX_STEPS)):
            pose = self._spring.step(target_in_base, state.wrench_at_tcp, PERIOD_S)
            before = self._positions
            self._positions = self._kinematics.inverse_step(before, pose, PERIOD_S)
            self._commanded = self._limiter.step(self._positions + self._lead_s / PERIOD_S * (self._positions - before))
        return self._commanded

    @property
    def velocities(self) -> np.ndarray:
        """(joints,) [rad/s] of the last command."""
        return self._limiter.velocities
