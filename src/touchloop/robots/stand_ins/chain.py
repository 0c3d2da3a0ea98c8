"""Adapter, line and stand-in of one arm in one process, in the order of events that the nodes have between them."""

import numpy as np

from touchloop.robots.adapters.adapter import ArmState
from touchloop.robots.adapters.make import make_adapter
from touchloop.robots.config import RobotConfig
from touchloop.robots.feedback import checked_pose
from touchloop.robots.stand_ins.link import Link, LinkFaults
from touchloop.robots.stand_ins.make import make_stand_in
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.robots.wire import Command
from touchloop.sim.arm import Drive
from touchloop.touch.wrench import wrench_at_tcp

TARE_SAMPLES = 50
NO_WRENCH = np.zeros(6)


class Chain:
    """From a target pose to what moves the simulated arm.

    All latency is on the commands' way: for the loop as a whole it is the same as if measurements were late.

    Attributes:
        drive: what comes out of ``step``.
    """

    def __init__(self, config: RobotConfig, urdf: str, faults: LinkFaults, seed: int) -> None:
        self._adapter = make_adapter(config, urdf)
        self._stand_in = make_stand_in(config, urdf)
        self._link: Link[Command] = Link(faults, seed)
        self._state = ArmState()
        self._started = False
        self._bias, self._bias_count = np.zeros(6), 0
        self.drive: Drive = self._stand_in.drive

    @property
    def problem(self) -> str:
        """Why the arm does not follow; empty while it does."""
        return self._stand_in.problem

    def step(self, target_in_base: np.ndarray | None, measured: Measured, period_s: float) -> np.ndarray:
        """What moves the arm, (7,), for a target pose (7,) made at the measurement's time; None: there is none."""
        self._observe(measured)
        if not self._started:
            self._started = True
            self._adapter.start(self._state)
            self._stand_in.start(measured)
        now_ns = measured.stamp_ns
        if target_in_base is not None:
            target = checked_pose(target_in_base, "target_pose")
            for command in self._adapter.step(now_ns, target, NO_WRENCH, self._state):
                self._link.send(now_ns, command)
        for name, message in self._link.arrived(now_ns):
            self._stand_in.receive(now_ns, name, message)
        return self._stand_in.step(measured, period_s)

    def _observe(self, measured: Measured) -> None:
        state = self._state
        state.joint_positions, state.tcp_in_base = measured.joint_positions, measured.tcp_in_base
        if self._bias_count < TARE_SAMPLES:
            # As the fast controller: an episode begins in free air.
            self._bias_count += 1
            self._bias += (measured.wrench_at_sensor - self._bias) / self._bias_count
            return
        state.wrench_at_sensor = measured.wrench_at_sensor - self._bias
        wrench_at_tcp(measured.wrench_at_sensor, self._bias, state.wrench_at_tcp)
