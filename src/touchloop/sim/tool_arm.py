"""What a contact model needs of the arm whose tool it loads, and an arm seen from the world."""

from typing import Protocol

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.scene import IDENTITY_POSE


class ToolArm(Protocol):
    """An arm's tool in the frame that the contact model calls base."""

    @property
    def tcp_before_step(self) -> np.ndarray:
        """(7,) pose that the physics step started from."""
        ...

    @property
    def twist_before_step(self) -> np.ndarray:
        """(6,) linear [m/s], angular [rad/s]."""
        ...

    def load_tool(self, force_in_base: np.ndarray, torque_in_base: np.ndarray) -> None:
        """A force (3,) [N] at the TCP and a torque (3,) [N m] about it for one physics step."""
        ...


class WorldArm:
    """An arm for contact models whose base is the world, so that models are shared by arms with other bases.

    Call ``refresh`` after each of the arm's steps.
    """

    def __init__(self, arm: Arm) -> None:
        self.arm = arm
        self.tcp_before_step = IDENTITY_POSE.copy()
        self.twist_before_step = np.zeros(6)
        self._back = quat_conjugate(arm.base_in_world[3:])

    def refresh(self) -> None:
        """Takes over what the arm's last step started from."""
        base, twist = self.arm.base_in_world, self.arm.twist_before_step
        self.tcp_before_step = compose(base, self.arm.tcp_before_step)
        self.twist_before_step[:3] = rotate(base[3:], twist[:3])
        self.twist_before_step[3:] = rotate(base[3:], twist[3:])

    def load_tool(self, force_in_base: np.ndarray, torque_in_base: np.ndarray) -> None:
        """See ``ToolArm``; force and torque are in the world's axes."""
        self.arm.load_tool(rotate(self._back, force_in_base), rotate(self._back, torque_in_base))
