"""CRISP: Cartesian impedance of effort arms (github.com/utiasDSL/crisp_controllers).

Its controller takes any pose without a look: no time-out, no check for NaN, which would stay in its filter for good.
So all is checked here. It ignores a command topic with more than one publisher.
"""

import numpy as np

from touchloop.geometry.pose import quat_multiply, rotate
from touchloop.robots.adapters.adapter import ArmState, TipFrame, checked_options, need
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.wire import Command, JointSample, Numbers, PoseSample, WrenchSample


class CrispAdapter:
    """Sends target_pose; once also target_joint, the posture; target_stiffness where its version has such a topic.

    Options:
        wrench_share: share of the planned wrench that goes out as target_wrench. 0 by default, since the target pose
            already reaches as far into the surface as the planned force asks for.
    """

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 needs no kinematics
        need(config, ("target_pose",))
        self._share = checked_options(config, {"wrench_share": 0.0})["wrench_share"]
        self._tip = TipFrame(config)
        self._joints, self._posture = config.joints, as_array(config.posture_rad)
        self._stiffness = as_array(config.compliance.stiffness)
        offered = config.topics.commands
        self._optional = tuple(name for name in ("target_joint", "target_stiffness") if offered.get(name))
        self._wrench = bool(self._share and offered.get("target_wrench"))
        self.commands = ("target_pose", *self._optional, *(("target_wrench",) if self._wrench else ()))
        self._greeted = False

    def start(self, state: ArmState) -> None:  # noqa: ARG002 needs to know nothing
        """See ``Adapter``."""
        self._greeted = False

    def step(
        self,
        stamp_ns: int,
        target_in_base: np.ndarray,
        wrench: np.ndarray,
        state: ArmState,  # noqa: ARG002 the controller itself closes the loop
    ) -> list[Command]:
        """See ``Adapter``."""
        commands: list[Command] = []
        if not self._greeted:
            self._greeted = True
            if "target_joint" in self._optional:
                commands.append(("target_joint", JointSample(stamp_ns, self._joints, self._posture)))
            if "target_stiffness" in self._optional:
                commands.append(("target_stiffness", Numbers(self._stiffness)))
        if self._wrench:
            # The project's wrench is what acts on the tool, CRISP's is what the arm is to do.
            turn = quat_multiply(self._tip.twist_turn(), target_in_base[3:])
            acting = np.concatenate([rotate(turn, -self._share * part) for part in (wrench[:3], wrench[3:])])
            commands.append(("target_wrench", WrenchSample(stamp_ns, self._tip.frame, acting)))
        commands.append(("target_pose", PoseSample(stamp_ns, self._tip.frame, self._tip.pose(target_in_base))))
        return commands
