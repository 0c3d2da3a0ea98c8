"""A tool that stands in the rack, is held by a coupler, falls, or lies about."""

from typing import Literal

import numpy as np

from touchloop.geometry.pose import quat_multiply, relative
from touchloop.sim.workbench.layout import tilt_and_turn, yaw_quat

GRAVITY_M_S2 = 9.81
PARKING_M = (0.012, 0.020)
"""A tool let go this near to its slot, across and in height, slides into it, ..."""
PARKING_RAD = np.radians(12.0)
"""... if it is turned by less than this."""
ROLLS_FROM_M = 0.02
"""From lower than this it stays where it lands."""
MASS_KG = {"wiper": 0.08, "round_peg": 0.12, "square_peg": 0.15}

State = Literal["parked", "held", "falling", "resting"]


class LooseTool:
    """One tool; all poses are of its tip, z out of it, in the world.

    Tools are heavy at the tip: dropped, they fall upright, and roll a little where they land.

    Attributes:
        state: parked in the rack's slot, held, falling, or resting anywhere else.
        pose: (7,)
        slot: (7,) its place in the rack.
    """

    def __init__(self, name: str, slot: np.ndarray, roll: np.ndarray) -> None:
        self.name = name
        self.slot = slot
        self.pose = slot.copy()
        self.state: State = "parked"
        self.mass_kg = MASS_KG[name]
        self._roll = roll
        self._speed_m_s = 0.0
        self._from_m = 0.0

    def let_go(self) -> None:
        """No coupler holds it any more: it slides into its slot or begins to fall."""
        across, height, turn = slot_error(self.pose, self.slot)
        if across <= PARKING_M[0] and height <= PARKING_M[1] and turn <= PARKING_RAD:
            self.pose, self.state = self.slot.copy(), "parked"
        else:
            self.state, self._speed_m_s = "falling", 0.0

    def rest_at(self, pose: np.ndarray) -> None:
        """Someone puts it at a pose (7,)."""
        self.pose, self.state = pose.copy(), "resting"
        self._speed_m_s = 0.0

    def fall(self, floor_m: float, rolls: bool, dt: float) -> None:
        """One tick of falling on to a floor; ``rolls``: it does not stay where it lands."""
        if self._speed_m_s == 0.0:
            self._from_m = float(self.pose[2])
        self._speed_m_s += GRAVITY_M_S2 * dt
        self.pose[2] -= self._speed_m_s * dt
        if self.pose[2] > floor_m:
            return
        self.pose[2] = floor_m
        self.state = "resting"
        if rolls and self._from_m - floor_m > ROLLS_FROM_M:
            self.pose[:2] += self._roll[:2]
            self.pose[3:] = quat_multiply(yaw_quat(float(self._roll[2])), self.pose[3:])


def slot_error(pose: np.ndarray, slot: np.ndarray) -> tuple[float, float, float]:
    """How far a pose (7,) is from another: across its axis [m], along it [m], tilted and turned in all [rad]."""
    inside = relative(slot, pose)
    tilt, turn = tilt_and_turn(inside)
    return float(np.hypot(inside[0], inside[1])), abs(float(inside[2])), tilt + turn
