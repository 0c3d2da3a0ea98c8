"""A torque-controlled Panda in PyBullet under Cartesian impedance control."""

from importlib.resources import files
from typing import Literal

import numpy as np
from numba import njit

from touchloop.geometry.pose import compose, quat_conjugate, quat_multiply, relative, rotate, rotation_vector
from touchloop.sim.bullet import pybullet
from touchloop.sim.contact import couple
from touchloop.sim.scene import IDENTITY_POSE, Tool

JOINT_NAMES = tuple(f"panda_joint{i}" for i in range(1, 8))
HOME_JOINT_POSITIONS = np.array([0.0, -0.25, 0.0, -2.45, 0.0, 2.2, 0.785])
"""[rad] A posture with the tool down over the middle of the workspace; the null space pulls towards it."""
TRANSLATION_STIFFNESS = 800.0
"""[N/m]"""
TRANSLATION_DAMPING = 100.0
"""[N s/m]"""
ROTATION_STIFFNESS = 40.0
"""[N m/rad]"""
ROTATION_DAMPING = 2.0
"""[N m s/rad]"""
NULL_SPACE_STIFFNESS = 10.0
NULL_SPACE_DAMPING = 2.0
COUPLE_ARM_M = 0.05
SERVO_STIFFNESS = 10000.0
"""[1/s2] Of a position-controlled joint: a natural frequency of 16 Hz."""
SERVO_DAMPING = 200.0
"""[1/s] Critical."""
Drive = Literal["pose", "joints"]
"""What a target is: a pose of the TCP, under impedance control, or positions of stiff joints."""
EFFORT_LIMITS = np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0])


def urdf_path(tool: Tool = "wiper") -> str:
    """Path of the arm's URDF, which is also what ``robot_description`` carries."""
    return str(files("touchloop.sim") / "assets" / f"panda_{tool}.urdf")


@njit(cache=True)
def impedance_torque(
    target_in_base: np.ndarray,
    tcp_in_base: np.ndarray,
    jacobian: np.ndarray,
    joint_positions: np.ndarray,
    joint_velocities: np.ndarray,
    gravity_torque: np.ndarray,
    home: np.ndarray,
) -> np.ndarray:
    """Joint torques (7,) of a Cartesian spring-damper at the TCP plus a null-space posture (Khatib 1987).

    Args:
        target_in_base, tcp_in_base: poses (7,).
        jacobian: (6, 7), linear rows first, in the base frame.
        joint_positions, joint_velocities: (7,) [rad], [rad/s].
        gravity_torque: (7,) [N m] that holds the arm against gravity.
        home: (7,) [rad] what the null space pulls towards.
    """
    twist = jacobian @ joint_velocities
    wrench = np.empty(6)
    wrench[:3] = TRANSLATION_STIFFNESS * (target_in_base[:3] - tcp_in_base[:3]) - TRANSLATION_DAMPING * twist[:3]
    rotation_error = rotation_vector(quat_multiply(target_in_base[3:], quat_conjugate(tcp_in_base[3:])))
    wrench[3:] = ROTATION_STIFFNESS * rotation_error - ROTATION_DAMPING * twist[3:]
    posture = NULL_SPACE_STIFFNESS * (home - joint_positions) - NULL_SPACE_DAMPING * joint_velocities
    projected = posture - jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-6 * np.eye(6), jacobian @ posture)
    torque = gravity_torque + jacobian.T @ wrench + projected
    return np.minimum(np.maximum(torque, -EFFORT_LIMITS), EFFORT_LIMITS)


class Arm:
    """The arm's body in one PyBullet client.

    ``step`` writes torques; the caller steps the simulation. Poses are in the arm's own base frame where not said
    otherwise.

    Args:
        client: PyBullet's.
        base_in_world: (7,).
        home: (7,) joint angles [rad] that the null space pulls towards.
        tool: which URDF.

    Attributes:
        drive: what a target of ``step`` is.
        efforts: (7,) joint torques of the last step [N m].
        tcp_before_step, twist_before_step: pose (7,) and twist (6,) of the TCP in base that the last step started from.
    """

    def __init__(
        self,
        client: int,
        base_in_world: np.ndarray = IDENTITY_POSE,
        home: np.ndarray = HOME_JOINT_POSITIONS,
        tool: Tool = "wiper",
    ) -> None:
        self.client = client
        self.base_in_world = base_in_world.copy()
        self._at_origin = bool(np.array_equal(base_in_world, IDENTITY_POSE))
        self._home = home.copy()
        self.drive: Drive = "pose"
        self.body = pybullet.loadURDF(
            urdf_path(tool),
            basePosition=base_in_world[:3].tolist(),
            baseOrientation=base_in_world[3:].tolist(),
            useFixedBase=True,
            flags=pybullet.URDF_USE_INERTIA_FROM_FILE,
            physicsClientId=client,
        )
        self.links = {}
        for index in range(pybullet.getNumJoints(self.body, physicsClientId=client)):
            info = pybullet.getJointInfo(self.body, index, physicsClientId=client)
            self.links[info[12].decode()] = index
        self._joints = list(range(7))
        self._sensor = self.links["tool0"]
        self._tcp = self.links["tcp"]
        pybullet.enableJointForceTorqueSensor(self.body, self._sensor, True, physicsClientId=client)
        x, y, z = pybullet.getDynamicsInfo(self.body, self._sensor, physicsClientId=client)[3]
        self._tool_lever = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
        pybullet.setJointMotorControlArray(
            self.body, self._joints, pybullet.VELOCITY_CONTROL, forces=[0.0] * 7, physicsClientId=client
        )
        for index in range(-1, len(self.links)):
            pybullet.changeDynamics(
                self.body, index, linearDamping=0.0, angularDamping=0.0, jointDamping=0.1, physicsClientId=client
            )
        self.efforts = np.zeros(7)
        self.tcp_before_step = IDENTITY_POSE.copy()
        self.twist_before_step = np.zeros(6)

    def reset(self, tcp_in_base: np.ndarray) -> None:
        """Puts the arm at rest with the TCP at a pose (7,), from the home posture."""
        positions = self._home.copy()
        for _ in range(20):
            for joint in self._joints:
                pybullet.resetJointState(self.body, joint, positions[joint], 0.0, physicsClientId=self.client)
            jacobian = self._jacobian(positions)
            error = np.empty(6)
            tcp = self.tcp_in_base()
            error[:3] = tcp_in_base[:3] - tcp[:3]
            error[3:] = rotation_vector(quat_multiply(tcp_in_base[3:], quat_conjugate(tcp[3:])))
            positions = positions + np.linalg.pinv(jacobian) @ error
        self.efforts = np.zeros(7)

    def tcp_in_base(self) -> np.ndarray:
        """Pose (7,) of the tool centre point."""
        return self.link_in_base(self._tcp)

    def tcp_in_world(self) -> np.ndarray:
        """Pose (7,) of the tool centre point."""
        return compose(self.base_in_world, self.tcp_in_base())

    def link_in_base(self, link: int) -> np.ndarray:
        """Pose (7,) of a link's frame."""
        state = pybullet.getLinkState(self.body, link, computeForwardKinematics=True, physicsClientId=self.client)
        in_world = np.array(state[4] + state[5])
        return in_world if self._at_origin else relative(self.base_in_world, in_world)

    def joint_state(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities, (7,) each [rad], [rad/s]."""
        states = pybullet.getJointStates(self.body, self._joints, physicsClientId=self.client)
        return np.array([s[0] for s in states]), np.array([s[1] for s in states])

    def wrench_at_sensor(self) -> np.ndarray:
        """Force and torque (6,) of tool weight, inertia and contact on the sensor, in its frame, without noise."""
        wrench = -np.array(pybullet.getJointState(self.body, self._sensor, physicsClientId=self.client)[2])
        # PyBullet's torque is about the tool's centre of mass, a sensor's about its own origin.
        wrench[3:] += self._tool_lever @ wrench[:3]
        return wrench

    def twist_in_base(self, joint_positions: np.ndarray, joint_velocities: np.ndarray) -> np.ndarray:
        """Linear and angular velocity (6,) of the TCP."""
        return self._jacobian(joint_positions) @ joint_velocities

    def step(self, target: np.ndarray) -> None:
        """Applies the torques for one physics step towards a target (7,): a pose in base, or joint positions [rad]."""
        positions, velocities = self.joint_state()
        jacobian = self._jacobian(positions)
        self.tcp_before_step = self.tcp_in_base()
        self.twist_before_step = jacobian @ velocities
        if self.drive == "joints":
            wanted = SERVO_STIFFNESS * (target - positions) - SERVO_DAMPING * velocities
            torque = self._inverse_dynamics(positions, velocities, wanted)
            self.efforts = np.clip(torque, -EFFORT_LIMITS, EFFORT_LIMITS)
        else:
            gravity = self._inverse_dynamics(positions, np.zeros(7), np.zeros(7))
            self.efforts = impedance_torque(
                target, self.tcp_before_step, jacobian, positions, velocities, gravity, self._home
            )
        pybullet.setJointMotorControlArray(
            self.body, self._joints, pybullet.TORQUE_CONTROL, forces=self.efforts.tolist(), physicsClientId=self.client
        )

    def push(self, force_in_world: np.ndarray) -> None:
        """Applies an external force (3,) [N] at the flange for one physics step."""
        flange = self.links["panda_link8"]
        position = compose(self.base_in_world, self.link_in_base(flange))[:3]
        self._force(flange, force_in_world, position)

    def load_tool(self, force_in_base: np.ndarray, torque_in_base: np.ndarray) -> None:
        """Applies a force (3,) [N] at the TCP and a torque (3,) [N m] about it for one physics step.

        To be called after ``step``; the wrist sensor feels it.
        """
        position = compose(self.base_in_world, self.tcp_before_step)[:3]
        self._force(self._tcp, rotate(self.base_in_world[3:], force_in_base), position)
        # A pair of forces: PyBullet takes a torque on a link in a frame that differs between its versions.
        if (torque_in_base**2).sum() > 1e-18:
            lever, force = couple(torque_in_base, COUPLE_ARM_M)
            offset, force = rotate(self.base_in_world[3:], lever), rotate(self.base_in_world[3:], force)
            self._force(self._tcp, force, position + offset)
            self._force(self._tcp, -force, position - offset)

    def _inverse_dynamics(self, positions: np.ndarray, velocities: np.ndarray, wanted: np.ndarray) -> np.ndarray:
        """Torques (7,) that give the free arm joint accelerations (7,) [rad/s2]."""
        return np.array(
            pybullet.calculateInverseDynamics(
                self.body, positions.tolist(), velocities.tolist(), wanted.tolist(), physicsClientId=self.client
            )
        )

    def _force(self, link: int, force_in_world: np.ndarray, position_in_world: np.ndarray) -> None:
        pybullet.applyExternalForce(
            self.body,
            link,
            force_in_world.tolist(),
            position_in_world.tolist(),
            pybullet.WORLD_FRAME,
            physicsClientId=self.client,
        )

    def _jacobian(self, joint_positions: np.ndarray) -> np.ndarray:
        """(6, 7) in the base frame, linear rows first."""
        zeros = [0.0] * 7
        linear, angular = pybullet.calculateJacobian(
            self.body, self._tcp, [0.0, 0.0, 0.0], joint_positions.tolist(), zeros, zeros, physicsClientId=self.client
        )
        return np.array(linear + angular)
