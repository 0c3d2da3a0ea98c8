"""What all stand-ins have in common."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from touchloop.robots.wire import Wire
from touchloop.sim.arm import Drive


@dataclass(slots=True)
class Measured:
    """The simulated arm at one instant, in the project's frames."""

    stamp_ns: int
    joint_positions: np.ndarray
    """(7,) [rad]"""
    joint_velocities: np.ndarray
    """(7,) [rad/s]"""
    tcp_in_base: np.ndarray
    """(7,)"""
    wrench_at_sensor: np.ndarray
    """(6,)"""


class StandIn(Protocol):
    """One controller family. ``receive`` what comes over its topics, ``step`` once a tick of the arm."""

    drive: Drive
    problem: str
    """Why the arm does not follow now; empty while it does."""

    def start(self, measured: Measured) -> None:
        """The controller is switched on with the arm where it is."""
        ...

    def receive(self, now_ns: int, command: str, message: Wire) -> None:
        """A message came on a command topic."""
        ...

    def step(self, measured: Measured, period_s: float) -> np.ndarray:
        """What moves the simulated arm for the coming ``period_s``, (7,): a pose or joint positions."""
        ...
