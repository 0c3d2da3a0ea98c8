"""How to bring an arm to rest that moves along a surface."""

from dataclasses import dataclass, field

import numpy as np

from touchloop.geometry.pose import rotate

RUN_ON_SHARE = 0.2
"""Of its lag the arm goes on while it brakes; a target right where it is would pull it back afterwards."""
BRAKE_S = 0.15
"""The target is so much of the arm's speed behind it: damping that no spring follows."""
AT_REST_M_S, AT_REST_NS = 0.003, 40_000_000
"""An arm stands that was slower for so long; friction stops a tool while the arm behind it still swings."""
LONGEST_BRAKING_NS = 300_000_000
SMOOTHING = 0.5
LONGEST_STEP_NS = 50_000_000
FASTEST_M_S = 1.0
"""No arm in contact is faster: such a difference is a damaged pose, or a new episode's."""


def standstill_pose(
    target_in_base: np.ndarray, tcp_in_base: np.ndarray, tool_axis: np.ndarray, run_on_share: float = RUN_ON_SHARE
) -> np.ndarray:
    """The target (7,), but along the surface where the arm comes to rest.

    Friction keeps a wiping tool about a centimetre behind its target, so an arm that is left with its target moves on
    for half a second. Along the tool's axis the target stays: that keeps the contact force.

    Args:
        target_in_base: (7,) what the arm was told last.
        tcp_in_base: (7,) where it is.
        tool_axis: (3,) unit vector out of the tool, in the TCP frame.
        run_on_share: share of its lag that the arm goes on; more where the target is taken back slowly.
    """
    pose = target_in_base.copy()
    axis = rotate(pose[3:], tool_axis)
    lag = tcp_in_base[:3] - pose[:3]
    pose[:3] += (1.0 - run_on_share) * (lag - (lag @ axis) * axis)
    return pose


@dataclass(slots=True)
class Velocity:
    """Of the TCP in base [m/s], from its poses."""

    value: np.ndarray = field(default_factory=lambda: np.zeros(3))
    _before_m: np.ndarray = field(default_factory=lambda: np.zeros(3))
    _before_ns: int = -1

    def observe(self, stamp_ns: int, position_m: np.ndarray) -> None:
        """A pose's stamp and position (3,); the same one again changes nothing."""
        passed_ns = stamp_ns - self._before_ns
        if passed_ns == 0:
            return
        if self._before_ns >= 0 and 0 < passed_ns <= LONGEST_STEP_NS:
            measured = (position_m - self._before_m) * (1e9 / passed_ns)
            if float(measured @ measured) <= FASTEST_M_S**2:
                self.value += SMOOTHING * (measured - self.value)
        else:
            self.value[:] = 0.0
        self._before_m[:] = position_m
        self._before_ns = stamp_ns


@dataclass(slots=True)
class Braking:
    """Lets go of an arm once it stands.

    A tool that was stopped by friction has a target behind it, and the arm is bent. Left so, it is pulled back half a
    second later, at up to 14 mm/s.
    """

    tool_axis: np.ndarray
    """(3,) unit vector out of the tool, in the TCP frame."""
    _began_ns: int = -1
    _moved_ns: int = -1

    def begin(self, now_ns: int) -> None:
        """From now on."""
        self._began_ns = self._moved_ns = now_ns

    def step(self, goal_in_base: np.ndarray, tcp_in_base: np.ndarray, velocity_m_s: np.ndarray, now_ns: int) -> None:
        """Once the arm stands, puts the goal (7,), in place, where it is; along the tool's axis the goal stays.

        Args:
            goal_in_base: (7,) pose that the arm is told.
            tcp_in_base: (7,) where it is.
            velocity_m_s: (3,) of the TCP in base.
            now_ns: of the same clock as in ``begin``.
        """
        if self._began_ns < 0:
            return
        axis = rotate(goal_in_base[3:], self.tool_axis)
        across = velocity_m_s - float(velocity_m_s @ axis) * axis
        if float(across @ across) > AT_REST_M_S**2:
            self._moved_ns = now_ns
        if now_ns - self._moved_ns < AT_REST_NS and now_ns - self._began_ns < LONGEST_BRAKING_NS:
            return
        self._began_ns = -1
        way = tcp_in_base[:3] - goal_in_base[:3]
        goal_in_base[:3] += way - float(way @ axis) * axis
        goal_in_base[3:] = tcp_in_base[3:]
