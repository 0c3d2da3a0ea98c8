"""A spring between target and tool for arms that are stiff: admittance from the measured wrench.

The fast controller presses by a target below the surface and counts on an arm that yields (its targets reach as far
into the surface as force divided by stiffness). A position-controlled arm does not yield, so it is moved as the
compliant one would be: M a = K (target - x) - D v + wrench (Hogan 1985).
"""

import numpy as np

from touchloop.geometry.pose import quat_conjugate, quat_from_rotation_vector, quat_multiply, quat_normalise, rotate
from touchloop.robots.config import Compliance, as_array
from touchloop.robots.kinematics import pose_error


class VirtualSpring:
    """A pose that moves like a tool on a spring-damper. Stiffness, damping and mass are along the tool's own axes."""

    def __init__(self, compliance: Compliance) -> None:
        self._stiffness, self._damping = as_array(compliance.stiffness), as_array(compliance.damping)
        self._mass = as_array(compliance.mass)
        self.start(np.array([0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0]))

    def start(self, tcp_in_base: np.ndarray) -> None:
        """At rest at a pose (7,)."""
        self.pose = tcp_in_base.copy()
        self._twist = np.zeros(6)

    @property
    def twist_in_base(self) -> np.ndarray:
        """(6,) [m/s], [rad/s] in the axes of base."""
        return _turned(self.pose[3:], self._twist)

    def step(self, target_in_base: np.ndarray, wrench_at_tcp: np.ndarray, period_s: float) -> np.ndarray:
        """The pose (7,) a period later, pulled to a target (7,) and pushed by a wrench (6,) on the tool, in tcp."""
        turn = self.pose[3:]
        error = _turned(quat_conjugate(turn), pose_error(self.pose, target_in_base))
        share = period_s / self._mass
        # Implicit in damping and spring, so that no choice of them swings by the period alone.
        push = self._twist + share * (self._stiffness * error + wrench_at_tcp)
        self._twist = push / (1.0 + share * self._damping + share * period_s * self._stiffness)
        moved = period_s * self._twist
        self.pose[:3] += rotate(turn, moved[:3])
        self.pose[3:] = quat_normalise(quat_multiply(turn, quat_from_rotation_vector(moved[3:])))
        return self.pose


def _turned(turn: np.ndarray, vector: np.ndarray) -> np.ndarray:
    return np.concatenate([rotate(turn, vector[:3]), rotate(turn, vector[3:])])
