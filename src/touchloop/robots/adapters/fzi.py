"""FZI's cartesian_compliance_controller for position and velocity arms (github.com/fzi-forschungszentrum-informatik).

It makes the compliance itself from the wrench that it is sent, so it gets the tared one. It passes over NaN but not
infinities, and a pose in another frame than its base.
"""

import numpy as np

from touchloop.geometry.pose import rotate
from touchloop.robots.adapters.adapter import ArmState, TipFrame, checked_options, need
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.wire import Command, PoseSample, WrenchSample


class FziAdapter:
    """Sends target_frame and the tared ft_sensor_wrench, both for each target.

    Options:
        wrench_share: share of the planned wrench that goes out as target_wrench; 0 by default, as for CRISP.
    """

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 needs no kinematics
        need(config, ("target_frame", "ft_sensor_wrench"))
        self._share = checked_options(config, {"wrench_share": 0.0})["wrench_share"]
        self._tip = TipFrame(config)
        self._sensor, self._sensor_frame = as_array(config.frames.ft_sensor_in_sensor), config.frames.sensor
        wrench = bool(self._share and config.topics.commands.get("target_wrench"))
        self.commands = ("target_frame", "ft_sensor_wrench", *(("target_wrench",) if wrench else ()))

    def start(self, state: ArmState) -> None:
        """See ``Adapter``; needs to know nothing."""

    def step(self, stamp_ns: int, target_in_base: np.ndarray, wrench: np.ndarray, state: ArmState) -> list[Command]:
        """See ``Adapter``."""
        felt = state.wrench_at_sensor
        force = rotate(self._sensor[3:], felt[:3])
        torque = rotate(self._sensor[3:], felt[3:]) + np.cross(self._sensor[:3], force)
        sensed = np.concatenate([force, torque])
        commands: list[Command] = [("ft_sensor_wrench", WrenchSample(stamp_ns, self._sensor_frame, sensed))]
        if "target_wrench" in self.commands:
            # In the hand's frame (hand_frame_control, its default). It balances what is sensed: the arm's own wrench.
            commands.append(("target_wrench", WrenchSample(stamp_ns, self._tip.frame, -self._share * wrench)))
        commands.append(("target_frame", PoseSample(stamp_ns, self._tip.frame, self._tip.pose(target_in_base))))
        return commands
