"""The simulated cell: arms, a scene and touch sensors in one PyBullet client, advanced one control tick at a time."""

from collections.abc import Sequence
from typing import Self

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.appearance import Appearance
from touchloop.sim.arm import HOME_JOINT_POSITIONS, Arm, Drive
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import Contact
from touchloop.sim.force_torque import ForceTorqueSensor
from touchloop.sim.observation import Observation
from touchloop.sim.scene import Disturbance, Scene
from touchloop.sim.scene_state import SceneState
from touchloop.sim.tactile import MarkerField

PERIOD_NS = 4_000_000
"""One control tick."""
PERIOD_S = PERIOD_NS * 1e-9
TACTILE_TICKS = 5
CAMERA_TICKS = 25
PHYSICS_STEPS = 2
"""Physics steps in a tick: 500 Hz."""
NO_DISTURBANCE = Disturbance()


class World:
    """Physics and sensors; ``reset`` builds a cell, ``step`` advances it by ``PERIOD_S``.

    The clock never goes back: a reset goes on from the last stamp. ``gui`` opens PyBullet's window.

    Attributes:
        scene: what the arms work on.
        arms: in the order of the scene's mounts; so are observations, targets and contacts.
        contacts: what each arm touched in the last tick.
        brightness: of pictures, 0 to 1.
    """

    scene: Scene
    arms: tuple[Arm, ...]
    contacts: tuple[Contact | None, ...]

    def __init__(self, gui: bool = False) -> None:
        self.client = pybullet.connect(pybullet.GUI if gui else pybullet.DIRECT)
        self.tick = 0
        self.brightness = 1.0

    def close(self) -> None:
        """Frees the physics client."""
        pybullet.disconnect(self.client)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def reset(
        self, scene: Scene, rng: np.random.Generator, appearance: Appearance | None = None
    ) -> tuple[Observation, ...]:
        """Builds a fresh cell with the arms at rest and returns the first observation of each."""
        pybullet.resetSimulation(physicsClientId=self.client)
        pybullet.setTimeStep(PERIOD_S / PHYSICS_STEPS, physicsClientId=self.client)
        pybullet.setGravity(0.0, 0.0, -9.81, physicsClientId=self.client)
        self.scene = scene
        self.arms = tuple(
            Arm(self.client, m.base_in_world, HOME_JOINT_POSITIONS if m.posture is None else m.posture, m.tool)
            for m in scene.mounts
        )
        for arm, mount in zip(self.arms, scene.mounts, strict=True):
            arm.reset(mount.start_in_base)
        scene.build(self.client, self.arms)
        self._sensors = [ForceTorqueSensor(rng, PERIOD_S) for _ in self.arms]
        self._markers = [MarkerField(rng) for _ in self.arms]
        self._appearance = appearance or Appearance.sample(rng, len(self.arms))
        self._targets = [mount.start_in_base.copy() for mount in scene.mounts]
        self._start_tick = self.tick + 1
        self.contacts = (None,) * len(self.arms)
        return self.step([None] * len(self.arms))

    def step(
        self, targets_in_base: Sequence[np.ndarray | None], disturbance: Disturbance = NO_DISTURBANCE
    ) -> tuple[Observation, ...]:
        """Advances by one tick towards a target (7,) for each arm; None keeps that arm's last target.

        A target is a pose in base, or joint positions for an arm whose ``drive`` says so.

        Raises:
            InputError: a target holds a NaN or an infinity, its quaternion is not of unit length, or their number is
                not that of the arms.
        """
        if len(targets_in_base) != len(self.arms):
            raise InputError(f"{len(targets_in_base)} targets, expected {len(self.arms)}: one an arm")
        for index, target in enumerate(targets_in_base):
            if target is not None:
                self._targets[index] = _checked_target(target, self.arms[index].drive)
        self.scene.move(disturbance)
        wrenches = np.zeros((len(self.arms), 6))
        pushed = disturbance.arm_push_in_world.any()
        for _ in range(PHYSICS_STEPS):
            for arm, target in zip(self.arms, self._targets, strict=True):
                if pushed:
                    arm.push(disturbance.arm_push_in_world)
                arm.step(target)
            self.scene.act(PERIOD_S / PHYSICS_STEPS)
            pybullet.stepSimulation(physicsClientId=self.client)
            for wrench, arm in zip(wrenches, self.arms, strict=True):
                wrench += arm.wrench_at_sensor() / PHYSICS_STEPS
        self.contacts = self.scene.touch(PERIOD_S)
        self.tick += 1
        return tuple(self._observe(index, wrench) for index, wrench in enumerate(wrenches))

    def drive_by(self, drive: Drive) -> None:
        """Says what targets are from now on until the next reset; to be called with the arms at rest."""
        for index, arm in enumerate(self.arms):
            arm.drive = drive
            self._targets[index] = arm.joint_state()[0] if drive == "joints" else arm.tcp_in_base()

    @property
    def stamp_ns(self) -> int:
        """Time of the last observation."""
        return self.tick * PERIOD_NS

    @property
    def ticks_since_reset(self) -> int:
        """0 for the observation that ``reset`` returned."""
        return self.tick - self._start_tick

    @property
    def targets_in_base(self) -> list[np.ndarray]:
        """Poses (7,) that the arms are pulled towards."""
        return self._targets

    def scene_state(self) -> SceneState:
        """What a renderer needs for a picture of this instant."""
        look = self._appearance
        return SceneState(
            tools=tuple(mount.tool for mount in self.scene.mounts),
            bases_in_world=np.array([arm.base_in_world for arm in self.arms]),
            joint_positions=np.array([arm.joint_state()[0] for arm in self.arms]),
            camera_errors=look.camera_errors,
            light_in_world=look.light_in_world,
            shapes=(look.table_shape(), *self.scene.shapes()),
            decals=(
                look.table_decal(),
                *(type(d)(d.grid, d.shape + 1, d.rgb) for d in self.scene.decals()),
            ),
            brightness=self.brightness,
        )

    def _observe(self, index: int, wrench: np.ndarray) -> Observation:
        arm = self.arms[index]
        positions, velocities = arm.joint_state()
        tcp = arm.tcp_in_base()
        markers = None
        if self.ticks_since_reset % TACTILE_TICKS == 0:
            markers = self._markers[index].measure(self.contacts[index], tcp)
        return Observation(
            stamp_ns=self.stamp_ns,
            joint_positions=positions,
            joint_velocities=velocities,
            joint_efforts=arm.efforts,
            tcp_in_base=tcp,
            tcp_twist_in_base=arm.twist_in_base(positions, velocities),
            wrench_at_sensor=self._sensors[index].measure(wrench),
            markers=markers,
        )


def _checked_target(pose: np.ndarray, drive: Drive) -> np.ndarray:
    if drive == "joints":
        if pose.shape != (7,) or not np.isfinite(pose).all():
            raise InputError(f"target {pose}: expected 7 finite joint angles")
        return pose
    if pose.shape != (7,) or not np.isfinite(pose).all():
        raise InputError(f"target pose {pose}: expected 7 finite numbers (x, y, z, qx, qy, qz, qw)")
    norm = float(np.linalg.norm(pose[3:]))
    if abs(norm - 1.0) > 1e-3:
        raise InputError(f"target pose {pose}: its quaternion has length {norm:.4f}, expected 1")
    return pose
