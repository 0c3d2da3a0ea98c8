"""How what is sent gets from where the arm is to a target that went on without it."""

import math

import numpy as np

from touchloop.geometry.pose import rotate

LAG_S, LOST_LEAD_M = 0.25, 0.012
"""An arm is at most so much of its speed behind what it is told; if farther and by so much more, it does not follow."""
LARGEST_STEP_M = 0.01
"""Between two targets; a larger one is another target, not a motion."""
CATCH_UP_M_S, CATCH_UP_M_S2 = 0.06, 0.05
"""How fast a target is caught up with after a start or a hold; faster as time goes on."""


class CatchUp:
    """Gently after a start or a hold, and when the arm does not follow; else the target as it is.

    Args:
        tool_axis: (3,) unit vector out of the tool, in the TCP frame.
    """

    def __init__(self, tool_axis: np.ndarray) -> None:
        self._tool_axis = tool_axis
        self._catching_s = 0.0
        self._target_m, self._goal = np.zeros(3), np.zeros(7)

    def begin(self) -> None:
        """The next targets have to be caught up with."""
        self._catching_s = 0.0

    def step(
        self, target: np.ndarray, pose: np.ndarray, tcp: np.ndarray, velocity: np.ndarray, dt_s: float
    ) -> np.ndarray:
        """The goal (7,) for the next pose: the target, or on the way to it. A view that the next call overwrites.

        A target that goes back to the arm is a controller that brakes: the goal goes back with it.

        Args:
            target: (7,) in base.
            pose: (7,) that was sent last.
            tcp: (7,) where the arm is.
            velocity: (3,) of the TCP in base [m/s].
            dt_s: between the last pose and the next.
        """
        moved = target[:3] - self._target_m
        self._target_m[:] = target[:3]
        if self._catching_s < 0.0:
            if self._follows(pose, tcp, velocity):
                return target
            # When it follows again, it must not leap.
            self._catching_s = 0.0
        way = target[:3] - tcp[:3]
        lead_m = math.hypot(*way)
        back_m = -float(moved @ way) / lead_m if lead_m > 0.0 else 0.0
        if 0.0 < back_m < LARGEST_STEP_M:
            along_m = float((pose[:3] - tcp[:3]) @ way) / lead_m
            return self._towards(target, pose[:3] - min(back_m, max(along_m, 0.0)) / lead_m * way)
        speed_m_s = CATCH_UP_M_S + CATCH_UP_M_S2 * self._catching_s
        reach_m, room_m = speed_m_s * dt_s, speed_m_s * LAG_S - self._across_m(pose, tcp)
        if room_m >= reach_m:
            # The speed grows, so that a target that moves on is caught in the end; not while the arm does not follow.
            self._catching_s += dt_s
        reach_m = min(reach_m, max(room_m, 0.0))
        way_m = math.dist(target[:3], pose[:3])
        if way_m <= reach_m:
            self._catching_s = -1.0
            return target
        return self._towards(target, pose[:3] + (reach_m / way_m) * (target[:3] - pose[:3]))

    def _follows(self, pose: np.ndarray, tcp: np.ndarray, velocity: np.ndarray) -> bool:
        most_m = LOST_LEAD_M + LAG_S * math.hypot(*velocity)
        return math.dist(pose[:3], tcp[:3]) < most_m or self._across_m(pose, tcp) < most_m

    def _across_m(self, pose: np.ndarray, tcp: np.ndarray) -> float:
        """How far a pose leads the arm along the surface; along the tool's axis it does to press."""
        axis, lead = rotate(pose[3:], self._tool_axis), pose[:3] - tcp[:3]
        return math.hypot(*(lead - float(lead @ axis) * axis))

    def _towards(self, target: np.ndarray, position_m: np.ndarray) -> np.ndarray:
        np.copyto(self._goal, target)
        self._goal[:3] = position_m
        return self._goal
