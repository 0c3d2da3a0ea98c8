"""An environment whose arms are reached through an adapter, a line and a stand-in of a controller family."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.chain import Chain
from touchloop.robots.stand_ins.link import LinkFaults
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.sim.arm import urdf_path
from touchloop.sim.observation import Observation
from touchloop.sim.world import PERIOD_S
from touchloop.tasks.environment import Environment

NO_FAULTS = LinkFaults()


class StandInEnvironment(Environment):
    """As ``Environment``; targets go the way that they go to a real arm.

    Args:
        task: name of the task.
        robot: the simulated arm's configuration.
        family: controller family.
        faults: of the line between adapter and controller.
    """

    def __init__(self, task: str, robot: RobotConfig, family: str, faults: LinkFaults = NO_FAULTS) -> None:
        super().__init__(task)
        self._robot, self._faults = replace(robot, family=family), faults

    def reset(self, seed: int, perturbation: str = "none") -> tuple[Observation, ...]:
        """See ``Environment``."""
        observations = super().reset(seed, perturbation)
        self._chains = [
            Chain(self._robot, Path(urdf_path(mount.tool)).read_text(), self._faults, seed + arm)
            for arm, mount in enumerate(self.world.scene.mounts)
        ]
        if self._chains[0].drive != "pose":
            self.world.drive_by(self._chains[0].drive)
        self._measured = [_measured(seen) for seen in observations]
        return observations

    def step(self, targets_in_base: Sequence[np.ndarray | None]) -> tuple[Observation, ...]:
        """See ``Environment``."""
        moved_by = [
            chain.step(target, measured, PERIOD_S)
            for chain, target, measured in zip(self._chains, targets_in_base, self._measured, strict=True)
        ]
        observations = super().step(moved_by)
        self._measured = [_measured(seen) for seen in observations]
        return observations

    @property
    def problems(self) -> list[str]:
        """Of each arm, why it does not follow."""
        return [chain.problem for chain in self._chains]


def _measured(seen: Observation) -> Measured:
    return Measured(seen.stamp_ns, seen.joint_positions, seen.joint_velocities, seen.tcp_in_base, seen.wrench_at_sensor)
