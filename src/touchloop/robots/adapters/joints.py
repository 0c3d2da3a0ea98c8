"""The families that take joint positions: joint_trajectory_controller, forward_command_controller, topic_based.

All of them are position-controlled, so the arm is moved as if it were on a spring (``touchloop.robots.spring``).
"""

import numpy as np

from touchloop.robots.adapters.adapter import ArmState, checked_options, need
from touchloop.robots.adapters.joint_motion import JointMotion
from touchloop.robots.config import RobotConfig
from touchloop.robots.wire import Command, JointPath, JointSample, Numbers


class JointAdapter:
    """Sends the same joint positions in the form that the family takes.

    Options of joint_trajectory_controller:
        horizon_s: when the only point of each trajectory is due, counted from its arrival (its stamp is 0). The
            controller moves to it evenly from where it is; longer bridges losses and lags more.
    """

    def __init__(self, config: RobotConfig, urdf: str) -> None:
        self._command = {
            "joint_trajectory_controller": "joint_trajectory",
            "forward_command_controller": "commands",
            "topic_based": "robot_joint_command",
        }[config.family]
        need(config, (self._command,))
        defaults = {"horizon_s": 0.012} if self._command == "joint_trajectory" else {}
        self._horizon_s = checked_options(config, defaults).get("horizon_s", 0.0)
        self._names = config.joints
        self._motion = JointMotion(config, urdf)
        self.commands = (self._command,)

    def start(self, state: ArmState) -> None:
        """See ``Adapter``."""
        self._motion.start(state)

    def step(
        self,
        stamp_ns: int,
        target_in_base: np.ndarray,
        wrench: np.ndarray,  # noqa: ARG002 the target reaches into the surface as far as the planned force asks for
        state: ArmState,
    ) -> list[Command]:
        """See ``Adapter``."""
        positions = self._motion.step(stamp_ns, target_in_base, state).copy()
        if self._command == "joint_trajectory":
            # Without velocities: with them, the last point's would have to be zero, and the arm would stop at each.
            return [(self._command, JointPath(0, self._names, (self._horizon_s,), positions[None, :]))]
        if self._command == "commands":
            return [(self._command, Numbers(positions))]
        return [(self._command, JointSample(stamp_ns, self._names, positions))]
