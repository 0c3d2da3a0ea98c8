"""Stand-ins for forward_command_controller and for topic-based hardware, after their documentation and sources."""

import numpy as np

from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.joint_servo import JointServo
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import JointSample, Numbers, Wire
from touchloop.sim.arm import Drive


class ForwardStandIn:
    """Hands numbers on to the joints.

    Manners: drops a message with a number that is not finite; one of another length is an error that ends the
    controller; no time-out, the last command stays.
    """

    drive: Drive = "joints"

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 needs no kinematics
        self._count = len(config.joints)
        self._servo = JointServo()
        self._ended = ""
        self.dropped = 0

    @property
    def problem(self) -> str:
        """See ``StandIn``."""
        return self._ended or self._servo.stopped

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._wanted = measured.joint_positions.copy()
        self._servo.start(self._wanted)
        self._ended = ""

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it never looks at the time
        """See ``StandIn``."""
        if not isinstance(message, Numbers) or self._ended:
            return
        if not np.isfinite(message.values).all():
            self.dropped += 1
        elif len(message.values) != self._count:
            self._ended = f"a command of {len(message.values)} numbers for {self._count} joints ended the controller"
        else:
            self._wanted = message.values.copy()

    def step(self, measured: Measured, period_s: float) -> np.ndarray:  # noqa: ARG002 it never looks at the arm
        """See ``StandIn``."""
        return self._servo.step(self._wanted, period_s)


class TopicBasedStandIn:
    """A simulator or robot behind topic_based_ros2_control: takes JointState commands by the joints' names.

    Manners: joints in any order, unknown ones are passed over, missing ones keep their command; nothing is checked.
    """

    drive: Drive = "joints"

    def __init__(self, config: RobotConfig, urdf: str) -> None:  # noqa: ARG002 needs no kinematics
        self._index = {name: number for number, name in enumerate(config.joints)}
        self._servo = JointServo()

    @property
    def problem(self) -> str:
        """See ``StandIn``."""
        return self._servo.stopped

    def start(self, measured: Measured) -> None:
        """See ``StandIn``."""
        self._wanted = measured.joint_positions.copy()
        self._servo.start(self._wanted)

    def receive(self, now_ns: int, command: str, message: Wire) -> None:  # noqa: ARG002 it never looks at the time
        """See ``StandIn``."""
        if isinstance(message, JointSample) and command == "robot_joint_command":
            for name, position in zip(message.names, message.positions, strict=False):
                if name in self._index:
                    self._wanted[self._index[name]] = position

    def step(self, measured: Measured, period_s: float) -> np.ndarray:  # noqa: ARG002 it never looks at the arm
        """See ``StandIn``."""
        return self._servo.step(self._wanted, period_s)
