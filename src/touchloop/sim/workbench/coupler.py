"""The quick-change coupler of an arm: closing takes hold of what is at the TCP, within tolerance."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from touchloop.geometry.pose import relative
from touchloop.sim.workbench.layout import tilt_and_turn

Grip = Literal["open", "close"]
CLOSING_S = 0.12
TOLERANCE_M = 0.005
TOLERANCE_AXIS_RAD = np.radians(6.0)
TOLERANCE_TURN_RAD = np.radians(8.0)
"""Of the tool's axis, and of the turn about it, whose half round is none: tools and box may be held either way."""


@dataclass(slots=True)
class Coupler:
    """One arm's coupler.

    Open it shows a flat palm, closed on nothing a round fingertip, both with their end at the TCP.
    """

    grip: Grip = "open"
    holds: str | None = None
    """Name of the tool, or box."""
    jammed: bool = False
    """It closes, but takes nothing: a fault that is injected."""
    closing_s: float = 0.0

    def step(self, wanted: Grip | None, dt: float, take: Callable[[], str | None]) -> str | None:
        """Follows a command for one tick; returns what it lets go of, or None.

        ``take`` is asked once, when the coupler has just closed, for what is there to be held.
        """
        if wanted == "open" and self.grip == "close":
            let_go, self.holds, self.grip = self.holds, None, "open"
            return let_go
        if wanted == "close" and self.grip == "open":
            self.grip, self.closing_s = "close", 0.0
        if self.grip == "close" and self.closing_s < CLOSING_S:
            self.closing_s += dt
            if self.closing_s >= CLOSING_S and not self.jammed:
                self.holds = take()
        return None

    @property
    def closed(self) -> bool:
        """It has finished closing."""
        return self.grip == "close" and self.closing_s >= CLOSING_S


def fits(tcp: np.ndarray, grasp: np.ndarray) -> bool:
    """Whether a coupler at a pose (7,) takes what is to be taken at another."""
    error = relative(grasp, tcp)
    tilt, turn = tilt_and_turn(error)
    near = float(np.linalg.norm(error[:3])) <= TOLERANCE_M
    return near and bool(tilt <= TOLERANCE_AXIS_RAD and turn <= TOLERANCE_TURN_RAD)
