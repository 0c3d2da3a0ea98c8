"""A fragile box on a support, to be squeezed between the flat palms of two arms that face each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from touchloop.geometry.pose import compose, quat_conjugate, quat_from_rotation_vector, relative, rotate
from touchloop.sim.arm import Arm
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import Contact, Material, couple
from touchloop.sim.palm import PALM_M, palm_forces, palm_points
from touchloop.sim.scene import IDENTITY_POSE, ArmMount, Decal, Disturbance, Shape

CELL_X_M = 0.42
BASE_Y_M = 0.62
BASE_Z_M = -0.38
"""The bases stand beside the table and lower than it: a Panda cannot point its tool forwards any lower than this."""
POSTURE = np.array([0.0, -0.450, 0.0, -2.287, 0.0, 3.408, 0.7854])
"""(7,) [rad] Tool forwards along the base's x axis, sensor's x axis (the camera's side) up."""
TOOL_FORWARDS = np.array([np.sqrt(0.5), 0.0, np.sqrt(0.5), 0.0])
"""Orientation of the TCP in base in that posture."""
SIDES = (1.0, -1.0)
"""Which face of the box each arm presses on: left +y, right -y of the box."""
SUPPORT_SIZE_M = (0.10, 0.05, 0.28)
BOX_DEPTH_M, BOX_HEIGHT_M = 0.10, 0.10
"""Edges along x and z; that along y is the width."""
STRIPE_M = 0.001
"""How far the painted stripe stands out, so that it shows."""
PUSH_LAG_S = 0.12
"""Whatever pushes the box is soft: its force comes and goes with this time constant."""
COUPLE_ARM_M = 0.05


@dataclass(frozen=True, slots=True)
class FragileBoxConfig:
    """What differs from box to box."""

    position_in_world: np.ndarray
    """(3,) of the box's centre, at rest on its support."""
    yaw_rad: float
    width_m: float
    mass_kg: float
    palm: Material
    """Contact of a palm with the box."""
    rgb: tuple[float, float, float] = (0.7, 0.5, 0.3)
    stripe_rgb: tuple[float, float, float] = (0.2, 0.3, 0.7)
    support_rgb: tuple[float, float, float] = (0.4, 0.4, 0.4)
    palm_rgb: tuple[float, float, float] = (0.15, 0.15, 0.17)


def bases_in_world() -> tuple[np.ndarray, np.ndarray]:
    """(7,) each: left at +y looks along -y, right at -y looks along +y."""
    left, right = (
        np.array([CELL_X_M, side * BASE_Y_M, BASE_Z_M, 0.0, 0.0, -side * np.sqrt(0.5), np.sqrt(0.5)]) for side in SIDES
    )
    return left, right


class FragileBox:
    """A scene: box, support and two arms with palms.

    Args:
        config: the box.
        starts_in_base: two (7,) TCP poses, each in its arm's base.
        bases: (7,) poses of the arms' bases in the world; None: the task's.

    Attributes:
        palms: whether each arm's palm is there to touch the box.
    """

    def __init__(
        self,
        config: FragileBoxConfig,
        starts_in_base: Sequence[np.ndarray],
        bases: Sequence[np.ndarray] | None = None,
    ) -> None:
        self.config = config
        self.mounts = tuple(
            ArmMount(start, name, base, POSTURE, "bare")
            for start, name, base in zip(starts_in_base, ("left", "right"), bases or bases_in_world(), strict=True)
        )
        self.palms = [True, True]
        self.half_m = 0.5 * np.array([BOX_DEPTH_M, config.width_m, BOX_HEIGHT_M])
        self._at_rest = np.concatenate(
            [config.position_in_world, quat_from_rotation_vector(np.array([0.0, 0.0, config.yaw_rad]))]
        )
        self._box = self._at_rest.copy()
        self._points = palm_points()
        self._stretch = [np.zeros_like(self._points) for _ in SIDES]
        self._sums = np.zeros((6, 3))
        self._displacement = np.zeros(3)
        self._push_n = np.zeros(3)
        self._wanted_push_n = np.zeros(3)
        self._contacts: list[Contact | None] = [None, None]

    @property
    def object_in_world(self) -> np.ndarray:
        """(7,) the box's centre."""
        return self._box

    @property
    def lifted_m(self) -> float:
        """Height of the box above where it stood on its support."""
        return float(self._box[2] - self._at_rest[2])

    def build(self, client: int, arms: Sequence[Arm]) -> None:
        """Makes the box and its support; the arms have no collision shapes."""
        self.client, self._arms = client, arms
        self._support_body = self._make(0.5 * np.array(SUPPORT_SIZE_M), 0.0, self._support_pose())
        self._body = self._make(self.half_m, self.config.mass_kg, self._at_rest)

    def move(self, disturbance: Disturbance) -> None:
        """Carries the support with the box on it along; takes in the push on the box."""
        step = disturbance.object_displacement_in_world - self._displacement
        self._wanted_push_n = disturbance.object_push_in_world
        if step.any():
            self._displacement = disturbance.object_displacement_in_world.copy()
            self._box[:3] += step
            for body, pose in ((self._support_body, self._support_pose()), (self._body, self._box)):
                pybullet.resetBasePositionAndOrientation(
                    body, pose[:3].tolist(), pose[3:].tolist(), physicsClientId=self.client
                )

    def act(self, dt: float) -> None:
        """Palms on the box, equal and opposite, and the push."""
        box = self._measure()
        speeds = pybullet.getBaseVelocity(self._body, physicsClientId=self.client)
        box_twist = np.array(speeds[0] + speeds[1])
        self._push_n += (self._wanted_push_n - self._push_n) * dt / PUSH_LAG_S
        force, torque = self._push_n.copy(), np.zeros(3)
        palm = self.config.palm
        for index, (arm, side) in enumerate(zip(self._arms, SIDES, strict=True)):
            self._contacts[index] = None
            if not self.palms[index]:
                self._stretch[index][:] = 0.0
                continue
            base = arm.base_in_world
            tcp, twist = compose(base, arm.tcp_before_step), arm.twist_before_step
            twist = np.concatenate([rotate(base[3:], twist[:3]), rotate(base[3:], twist[3:])])
            total_n = palm_forces(
                self._points,
                tcp,
                twist,
                box,
                box_twist,
                self.half_m,
                side,
                palm.stiffness,
                palm.damping,
                palm.friction,
                dt,
                self._stretch[index],
                self._sums,
            )
            if total_n <= 0.0:
                continue
            friction, on_tool, about_tcp, about_box, position, normal = self._sums
            back = quat_conjugate(base[3:])
            arm.load_tool(rotate(back, on_tool), rotate(back, about_tcp))
            force -= on_tool
            torque -= about_box
            self._contacts[index] = Contact(
                total_n, rotate(back, friction), self.in_base(index, position), rotate(back, normal)
            )
        self._load_box(box[:3], force, torque)

    def touch(self, dt: float) -> tuple[Contact | None, ...]:  # noqa: ARG002 nothing wears
        """The palms' contacts in the last physics step."""
        self._box = self._measure()
        return tuple(self._contacts)

    def carry(self, pose_in_world: np.ndarray) -> None:
        """Puts the box at a pose (7,), at rest: whoever holds it calls this before every physics step."""
        self._box = pose_in_world.copy()
        pybullet.resetBasePositionAndOrientation(
            self._body, pose_in_world[:3].tolist(), pose_in_world[3:].tolist(), physicsClientId=self.client
        )
        pybullet.resetBaseVelocity(self._body, [0.0] * 3, [0.0] * 3, physicsClientId=self.client)

    def in_base(self, index: int, point_in_world: np.ndarray) -> np.ndarray:
        """A point (3,) in the base of an arm."""
        return relative(self.mounts[index].base_in_world, np.concatenate([point_in_world, IDENTITY_POSE[3:]]))[:3]

    def gap_m(self, index: int) -> float:
        """Distance of an arm's palm from the face that it is to press on; negative inside."""
        inside = relative(self._box, self._arms[index].tcp_in_world())
        return float(SIDES[index] * inside[1] - self.half_m[1])

    def shapes(self) -> tuple[Shape, ...]:
        """Support, box, stripe, and each arm's palm."""
        width, look = self.config.width_m, self.config
        stripe = (0.25 * BOX_DEPTH_M, width + 2.0 * STRIPE_M, BOX_HEIGHT_M + 2.0 * STRIPE_M)
        plate, neck = np.array([0.0, 0.0, -0.005, 0.0, 0.0, 0.0, 1.0]), np.array([0.0, 0.0, -0.03, 0.0, 0.0, 0.0, 1.0])
        palms = [
            shape
            for arm in range(len(SIDES))
            for shape in (
                Shape("box", (PALM_M, PALM_M, 0.01), plate, look.palm_rgb, arm),
                Shape("cylinder", (0.008, 0.05), neck, look.palm_rgb, arm),
            )
        ]
        return (
            Shape("box", SUPPORT_SIZE_M, self._support_pose(), look.support_rgb),
            Shape("box", (BOX_DEPTH_M, width, BOX_HEIGHT_M), self._box, look.rgb),
            Shape("box", stripe, self._box, look.stripe_rgb),
            *palms,
        )

    def decals(self) -> tuple[Decal, ...]:
        """None."""
        return ()

    def _support_pose(self) -> np.ndarray:
        pose = self._at_rest.copy()
        pose[:3] += self._displacement
        pose[2] -= 0.5 * (BOX_HEIGHT_M + SUPPORT_SIZE_M[2])
        return pose

    def _measure(self) -> np.ndarray:
        position, quaternion = pybullet.getBasePositionAndOrientation(self._body, physicsClientId=self.client)
        return np.array(position + quaternion)

    def _make(self, half: np.ndarray, mass_kg: float, pose: np.ndarray) -> int:
        shape = pybullet.createCollisionShape(pybullet.GEOM_BOX, halfExtents=half.tolist(), physicsClientId=self.client)
        return pybullet.createMultiBody(
            mass_kg, shape, -1, pose[:3].tolist(), pose[3:].tolist(), physicsClientId=self.client
        )

    def _load_box(self, centre: np.ndarray, force: np.ndarray, torque: np.ndarray) -> None:
        """A force (3,) at the box's centre and a torque (3,), in the world, as a pair of forces (see ``Arm``)."""
        self._force(force, centre)
        if torque.any():
            lever, pair = couple(torque, COUPLE_ARM_M)
            self._force(pair, centre + lever)
            self._force(-pair, centre - lever)

    def _force(self, force: np.ndarray, position: np.ndarray) -> None:
        pybullet.applyExternalForce(
            self._body, -1, force.tolist(), position.tolist(), pybullet.WORLD_FRAME, physicsClientId=self.client
        )
