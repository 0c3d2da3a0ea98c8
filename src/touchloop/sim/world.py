"""The simulated cell: arm, board and touch sensors in one PyBullet client, advanced one control tick at a time."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.arm import Arm
from touchloop.sim.board import Board, BoardConfig, Contact
from touchloop.sim.bullet import pybullet
from touchloop.sim.cameras import SceneState
from touchloop.sim.force_torque import ForceTorqueSensor
from touchloop.sim.observation import Observation
from touchloop.sim.tactile import MarkerField

PERIOD_NS = 4_000_000
"""One control tick."""
PERIOD_S = PERIOD_NS * 1e-9
TACTILE_TICKS = 5
CAMERA_TICKS = 25
PHYSICS_STEPS = 2
"""Physics steps in a tick: 500 Hz."""


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What acts on the cell from outside during one tick."""

    board_displacement_in_base: np.ndarray
    """(3,) of the board from where the scene put it [m]."""
    push_in_base: np.ndarray
    """(3,) force on the arm's flange [N]."""


NO_DISTURBANCE = Disturbance(np.zeros(3), np.zeros(3))


class World:
    """Physics and sensors; ``reset`` builds a cell, ``step`` advances it by ``PERIOD_S``.

    The clock never goes back: a reset goes on from the last stamp. ``gui`` opens PyBullet's window.
    """

    def __init__(self, gui: bool = False) -> None:
        self.client = pybullet.connect(pybullet.GUI if gui else pybullet.DIRECT)
        self.tick = 0
        self.contact: Contact | None = None

    def close(self) -> None:
        """Frees the physics client."""
        pybullet.disconnect(self.client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(self, board: BoardConfig, tcp_in_base: np.ndarray, rng: np.random.Generator) -> Observation:
        """Builds a fresh cell with the arm at rest at a pose (7,) and returns its first observation."""
        pybullet.resetSimulation(physicsClientId=self.client)
        pybullet.setTimeStep(PERIOD_S / PHYSICS_STEPS, physicsClientId=self.client)
        pybullet.setGravity(0.0, 0.0, -9.81, physicsClientId=self.client)
        self.arm = Arm(self.client)
        self.board = Board(self.client, board)
        self.arm.reset(tcp_in_base)
        self._sensor = ForceTorqueSensor(rng)
        self._markers = MarkerField(rng)
        azimuth = rng.uniform(-np.pi, np.pi)
        self._light = (float(np.cos(azimuth)), float(np.sin(azimuth)), float(rng.uniform(1.0, 2.0)))
        self._target = tcp_in_base.copy()
        self._start_tick = self.tick + 1
        self.contact = None
        return self.step(None)

    def step(self, target_in_base: np.ndarray | None, disturbance: Disturbance = NO_DISTURBANCE) -> Observation:
        """Advances by one tick towards a target pose (7,); None keeps the last target.

        Raises:
            InputError: the target holds a NaN or an infinity, or its quaternion is not of unit length.
        """
        if target_in_base is not None:
            self._target = _checked_pose(target_in_base)
        pose = self.board.config.pose_in_base.copy()
        pose[:3] += disturbance.board_displacement_in_base
        if not np.array_equal(pose, self.board.pose_in_base):
            self.board.move(pose)
        wrench = np.zeros(6)
        for _ in range(PHYSICS_STEPS):
            if disturbance.push_in_base.any():
                self.arm.push(disturbance.push_in_base)
            self.arm.step(self._target)
            pybullet.stepSimulation(physicsClientId=self.client)
            wrench += self.arm.wrench_at_sensor() / PHYSICS_STEPS
        self.contact = self.board.contact(self.arm.body)
        self.board.wipe(self.contact, PERIOD_S)
        self.tick += 1
        return self._observe(wrench)

    @property
    def stamp_ns(self) -> int:
        """Time of the last observation."""
        return self.tick * PERIOD_NS

    @property
    def ticks_since_reset(self) -> int:
        """0 for the observation that ``reset`` returned."""
        return self.tick - self._start_tick

    @property
    def target_in_base(self) -> np.ndarray:
        """(7,) the pose that the arm is pulled towards."""
        return self._target

    def scene_state(self) -> SceneState:
        """What a renderer needs for a picture of this instant."""
        config = self.board.config
        positions, _ = self.arm.joint_state()
        return SceneState(
            positions, self.board.pose_in_base.copy(), self.board.ink.copy(), config.rgb, config.ink_rgb, self._light
        )

    def _observe(self, wrench: np.ndarray) -> Observation:
        positions, velocities = self.arm.joint_state()
        tcp = self.arm.tcp_in_base()
        markers = None
        if self.ticks_since_reset % TACTILE_TICKS == 0:
            markers = self._markers.measure(self.contact, tcp, self.board.normal_in_base)
        return Observation(
            stamp_ns=self.stamp_ns,
            joint_positions=positions,
            joint_velocities=velocities,
            joint_efforts=self.arm.efforts,
            tcp_in_base=tcp,
            tcp_twist_in_base=self.arm.twist_in_base(positions, velocities),
            wrench_at_sensor=self._sensor.measure(wrench),
            markers=markers,
        )


def _checked_pose(pose: np.ndarray) -> np.ndarray:
    if pose.shape != (7,) or not np.isfinite(pose).all():
        raise InputError(f"target pose {pose}: expected 7 finite numbers (x, y, z, qx, qy, qz, qw)")
    norm = float(np.linalg.norm(pose[3:]))
    if abs(norm - 1.0) > 1e-3:
        raise InputError(f"target pose {pose}: its quaternion has length {norm:.4f}, expected 1")
    return pose
