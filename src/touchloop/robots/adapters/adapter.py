"""What all adapters have in common."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import compose, quat_normalise
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.feedback import inverse
from touchloop.robots.wire import Command


@dataclass(slots=True)
class ArmState:
    """What is known of the arm; the adapter's owner keeps it up to date."""

    joint_positions: np.ndarray | None = None
    """(joints,) [rad]"""
    tcp_in_base: np.ndarray | None = None
    """(7,) in ``base_link``."""
    wrench_at_sensor: np.ndarray = field(default_factory=lambda: np.zeros(6))
    """(6,) what the environment does to the tool, tared, in ``ft_sensor``; zeros while nothing is tared."""
    wrench_at_tcp: np.ndarray = field(default_factory=lambda: np.zeros(6))
    """(6,) the same in ``tcp``."""


class Adapter(Protocol):
    """One controller family. ``start`` again after every pause: the arm may have moved meanwhile."""

    commands: tuple[str, ...]
    """Names of what it sends, keys of the robot's ``topics.commands``."""

    def start(self, state: ArmState) -> None:
        """Begin where the arm is.

        Raises:
            InputError: what it needs to know of the arm is not known yet.
        """
        ...

    def step(self, stamp_ns: int, target_in_base: np.ndarray, wrench: np.ndarray, state: ArmState) -> list[Command]:
        """The commands for a target pose (7,) of ``tcp`` in ``base_link`` and a planned wrench (6,) in ``tcp``."""
        ...


class TipFrame:
    """Moves poses of ``tcp`` in ``base_link`` to the driver's tip in the driver's base."""

    def __init__(self, config: RobotConfig) -> None:
        self.frame = config.frames.base
        self._base_link_in_base = as_array(config.frames.base_link_in_base)
        self._tip_in_tcp = inverse(as_array(config.frames.tcp_in_tip))

    def pose(self, tcp_in_base_link: np.ndarray) -> np.ndarray:
        """(7,), its quaternion exactly of unit length, which some controllers rely on."""
        pose = compose(self._base_link_in_base, compose(tcp_in_base_link, self._tip_in_tcp))
        pose[3:] = quat_normalise(pose[3:])
        return pose

    def twist_turn(self) -> np.ndarray:
        """Quaternion (4,) that turns vectors of ``base_link`` into the driver's base."""
        return self._base_link_in_base[3:]


def checked_options(config: RobotConfig, defaults: dict[str, float]) -> dict[str, float]:
    """The family's options over their defaults.

    Raises:
        InputError: an option that the family does not have.
    """
    unknown = sorted(set(config.options) - set(defaults))
    if unknown:
        known = ", ".join(sorted(defaults)) or "none"
        raise InputError(f"{config.name}: {config.family} has no option {', '.join(unknown)}; it has: {known}")
    return defaults | config.options


def need(config: RobotConfig, commands: tuple[str, ...]) -> None:
    """Makes sure that the robot names a topic for each of these commands.

    Raises:
        InputError: it does not.
    """
    missing = [name for name in commands if not config.topics.commands.get(name)]
    if missing:
        raise InputError(f"{config.name}: topics.commands lacks {', '.join(missing)}, which {config.family} needs")
