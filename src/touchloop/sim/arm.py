"""A torque-controlled Panda in PyBullet under Cartesian impedance control."""

from importlib.resources import files

import numpy as np
from numba import njit

from touchloop.geometry.pose import quat_conjugate, quat_multiply, rotation_vector
from touchloop.sim.bullet import pybullet

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
EFFORT_LIMITS = np.array([87.0, 87.0, 87.0, 87.0, 12.0, 12.0, 12.0])


def urdf_path() -> str:
    """Path of the arm's URDF, which is also what ``robot_description`` carries."""
    return str(files("touchloop.sim") / "assets" / "panda_wiper.urdf")


@njit(cache=True)
def impedance_torque(
    target_in_base: np.ndarray,
    tcp_in_base: np.ndarray,
    jacobian: np.ndarray,
    joint_positions: np.ndarray,
    joint_velocities: np.ndarray,
    gravity_torque: np.ndarray,
) -> np.ndarray:
    """Joint torques (7,) of a Cartesian spring-damper at the TCP plus a null-space posture (Khatib 1987).

    Args:
        target_in_base, tcp_in_base: poses (7,).
        jacobian: (6, 7), linear rows first, in the base frame.
        joint_positions, joint_velocities: (7,) [rad], [rad/s].
        gravity_torque: (7,) [N m] that holds the arm against gravity.
    """
    twist = jacobian @ joint_velocities
    wrench = np.empty(6)
    wrench[:3] = TRANSLATION_STIFFNESS * (target_in_base[:3] - tcp_in_base[:3]) - TRANSLATION_DAMPING * twist[:3]
    rotation_error = rotation_vector(quat_multiply(target_in_base[3:], quat_conjugate(tcp_in_base[3:])))
    wrench[3:] = ROTATION_STIFFNESS * rotation_error - ROTATION_DAMPING * twist[3:]
    posture = NULL_SPACE_STIFFNESS * (HOME_JOINT_POSITIONS - joint_positions) - NULL_SPACE_DAMPING * joint_velocities
    projected = posture - jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-6 * np.eye(6), jacobian @ posture)
    torque = gravity_torque + jacobian.T @ wrench + projected
    return np.minimum(np.maximum(torque, -EFFORT_LIMITS), EFFORT_LIMITS)


class Arm:
    """The arm's body in one PyBullet client.

    ``step`` writes torques; the caller steps the simulation. All poses are in the base frame, which is the world frame.
    """

    def __init__(self, client: int) -> None:
        self.client = client
        flags = pybullet.URDF_USE_INERTIA_FROM_FILE
        self.body = pybullet.loadURDF(urdf_path(), useFixedBase=True, flags=flags, physicsClientId=client)
        self.links = {}
        for index in range(pybullet.getNumJoints(self.body, physicsClientId=client)):
            info = pybullet.getJointInfo(self.body, index, physicsClientId=client)
            self.links[info[12].decode()] = index
        self._joints = list(range(7))
        self._sensor = self.links["tool0"]
        self._tcp = self.links["tcp"]
        pybullet.enableJointForceTorqueSensor(self.body, self._sensor, True, physicsClientId=client)
        pybullet.setJointMotorControlArray(
            self.body, self._joints, pybullet.VELOCITY_CONTROL, forces=[0.0] * 7, physicsClientId=client
        )
        for index in range(-1, len(self.links)):
            pybullet.changeDynamics(
                self.body, index, linearDamping=0.0, angularDamping=0.0, jointDamping=0.1, physicsClientId=client
            )
        self.efforts = np.zeros(7)

    def reset(self, tcp_in_base: np.ndarray) -> None:
        """Puts the arm at rest with the TCP at a pose (7,), from the home posture."""
        positions = HOME_JOINT_POSITIONS.copy()
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

    def link_in_base(self, link: int) -> np.ndarray:
        """Pose (7,) of a link's frame."""
        state = pybullet.getLinkState(self.body, link, computeForwardKinematics=True, physicsClientId=self.client)
        return np.array(state[4] + state[5])

    def joint_state(self) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities, (7,) each [rad], [rad/s]."""
        states = pybullet.getJointStates(self.body, self._joints, physicsClientId=self.client)
        return np.array([s[0] for s in states]), np.array([s[1] for s in states])

    def wrench_at_sensor(self) -> np.ndarray:
        """Force and torque (6,) of tool weight, inertia and contact on the sensor, in its frame, without noise."""
        return -np.array(pybullet.getJointState(self.body, self._sensor, physicsClientId=self.client)[2])

    def twist_in_base(self, joint_positions: np.ndarray, joint_velocities: np.ndarray) -> np.ndarray:
        """Linear and angular velocity (6,) of the TCP."""
        return self._jacobian(joint_positions) @ joint_velocities

    def step(self, target_in_base: np.ndarray) -> None:
        """Applies the impedance law's torques for one physics step towards a target pose (7,)."""
        positions, velocities = self.joint_state()
        gravity = np.array(
            pybullet.calculateInverseDynamics(
                self.body, positions.tolist(), [0.0] * 7, [0.0] * 7, physicsClientId=self.client
            )
        )
        self.efforts = impedance_torque(
            target_in_base, self.tcp_in_base(), self._jacobian(positions), positions, velocities, gravity
        )
        pybullet.setJointMotorControlArray(
            self.body, self._joints, pybullet.TORQUE_CONTROL, forces=self.efforts.tolist(), physicsClientId=self.client
        )

    def push(self, force_in_base: np.ndarray) -> None:
        """Applies an external force (3,) [N] at the flange for one physics step."""
        flange = self.links["panda_link8"]
        position = self.link_in_base(flange)[:3].tolist()
        pybullet.applyExternalForce(
            self.body, flange, force_in_base.tolist(), position, pybullet.WORLD_FRAME, physicsClientId=self.client
        )

    def _jacobian(self, joint_positions: np.ndarray) -> np.ndarray:
        zeros = [0.0] * 7
        linear, angular = pybullet.calculateJacobian(
            self.body, self._tcp, [0.0, 0.0, 0.0], joint_positions.tolist(), zeros, zeros, physicsClientId=self.client
        )
        return np.array(linear + angular)
