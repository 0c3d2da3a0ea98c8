"""Forward and inverse kinematics of an arm from its URDF, by Pinocchio."""

from typing import Any

import numpy as np
import pinocchio  # pyright: ignore[reportMissingImports] its wheels put it in a folder of their own
from numba import njit

from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_multiply, relative, rotation_vector
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.feedback import inverse

SINGULAR_BELOW = 0.05
"""Smallest singular value of the Jacobian below which damping sets in (Nakamura and Hanafusa 1986)."""
MAX_DAMPING = 0.05
POSTURE_GAIN = 1.0
"""[1/s] of the null space's pull towards the preferred posture."""
LIMIT_MARGIN_RAD = 0.05
"""A joint this close to its limit is slowed down, and stands at half of it."""
POSE_GAIN_SHARE = 0.5
"""Of the remaining error that one inverse step makes good; less than 1, so that noise is not amplified."""


class Kinematics:
    """One arm, from ``base_link`` to ``tcp`` where the configuration puts them.

    Args:
        config: names, posture and limits.
        urdf: the description's text. The driver's base and tip must be links of it.

    Raises:
        InputError: not a URDF, or joints or frames of the configuration that it lacks.
    """

    def __init__(self, config: RobotConfig, urdf: str) -> None:
        try:
            whole: Any = pinocchio.buildModelFromXML(urdf)
        except (ValueError, RuntimeError) as error:
            raise InputError(f"{config.name}: the description is not a URDF: {error}") from error
        missing = [name for name in config.joints if not whole.existJointName(name)]
        if missing:
            known = ", ".join(list(whole.names)[1:])
            raise InputError(f"{config.name}: the description lacks joint {', '.join(missing)}; it has: {known}")
        others = [number for number, name in enumerate(whole.names) if number > 0 and name not in config.joints]
        self._model: Any = pinocchio.buildReducedModel(whole, others, pinocchio.neutral(whole))
        self._data: Any = self._model.createData()
        self._base, self._tip = (self._frame(config, name) for name in (config.frames.base, config.frames.tip))
        self._base_link_in_base = as_array(config.frames.base_link_in_base)
        self._to_base_link = inverse(self._base_link_in_base)
        self._tcp_in_tip = as_array(config.frames.tcp_in_tip)
        order = [self._model.joints[self._model.getJointId(name)].idx_q for name in config.joints]
        self._order = np.array(order)
        self.lower = np.array(self._model.lowerPositionLimit)[self._order]
        self.upper = np.array(self._model.upperPositionLimit)[self._order]
        self.posture = as_array(config.posture_rad)
        self.speed_limits = as_array(config.limits.velocity_rad_s)
        self.smallest_singular_value = float(np.inf)

    def tcp_in_base(self, positions: np.ndarray) -> np.ndarray:
        """Pose (7,) of ``tcp`` in ``base_link`` at joint positions (joints,) [rad]."""
        q = self._in_model_order(positions)
        pinocchio.forwardKinematics(self._model, self._data, q)
        pinocchio.updateFramePlacements(self._model, self._data)
        return self._tcp()

    def jacobian(self, positions: np.ndarray) -> np.ndarray:
        """(6, joints): linear [m/s], then angular [rad/s] velocity of ``tcp`` in ``base_link`` by joint velocities."""
        q = self._in_model_order(positions)
        pinocchio.computeJointJacobians(self._model, self._data, q)
        pinocchio.updateFramePlacements(self._model, self._data)
        world = pinocchio.LOCAL_WORLD_ALIGNED
        of_tip = pinocchio.getFrameJacobian(self._model, self._data, self._tip, world)
        tip = self._data.oMf[self._tip]
        lever = tip.rotation @ self._tcp_in_tip[:3]
        turn = _rotation(self._to_base_link[3:]) @ self._data.oMf[self._base].rotation.T
        linear = turn @ (of_tip[:3] - _skew(lever) @ of_tip[3:])
        return np.vstack([linear, turn @ of_tip[3:]])[:, self._order]

    def inverse_step(self, positions: np.ndarray, tcp_in_base: np.ndarray, period_s: float) -> np.ndarray:
        """Joint positions (joints,) one period later, on the way to a pose (7,) of ``tcp`` in ``base_link``.

        Damped least squares near singularities, a pull towards the preferred posture in the null space, and no joint
        faster than its speed limit or beyond its position limits.
        """
        jacobian = np.ascontiguousarray(self.jacobian(positions))
        wanted = POSE_GAIN_SHARE * pose_error(self._tcp(), tcp_in_base) / period_s
        low, high = self.lower + 0.5 * LIMIT_MARGIN_RAD, self.upper - 0.5 * LIMIT_MARGIN_RAD
        after, self.smallest_singular_value = damped_step(
            jacobian, wanted, positions, self.posture, self.speed_limits, low, high, period_s
        )
        return after

    def _tcp(self) -> np.ndarray:
        base, tip = (_pose(self._data.oMf[frame]) for frame in (self._base, self._tip))
        tip_in_base_link = relative(self._base_link_in_base, relative(base, tip))
        out = np.empty(7)
        turn = tip_in_base_link[3:]
        out[:3] = tip_in_base_link[:3] + _rotation(turn) @ self._tcp_in_tip[:3]
        out[3:] = quat_multiply(turn, self._tcp_in_tip[3:])
        return out

    def _in_model_order(self, positions: np.ndarray) -> np.ndarray:
        q = np.empty(len(positions))
        q[self._order] = positions
        return q

    def _frame(self, config: RobotConfig, name: str) -> int:
        if not self._model.existFrame(name):
            known = ", ".join(frame.name for frame in self._model.frames if frame.name != "universe")
            raise InputError(f"{config.name}: the description lacks link {name}; it has: {known}")
        return self._model.getFrameId(name)


@njit(cache=True)
def damped_step(
    jacobian: np.ndarray,
    wanted: np.ndarray,
    positions: np.ndarray,
    posture: np.ndarray,
    speed_limits: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    period_s: float,
) -> tuple[np.ndarray, float]:
    """Joint positions (joints,) one period later, and the Jacobian's smallest singular value.

    Args:
        jacobian: (6, joints); wanted: (6,) twist.
        positions, posture, speed_limits: (joints,) each.
        low, high: (joints,) where a joint stands still.
    """
    u, s, vt = np.linalg.svd(jacobian, False)
    share = max(0.0, 1.0 - (s[-1] / SINGULAR_BELOW) ** 2)
    inverted = (vt.T * (s / (s**2 + share * MAX_DAMPING**2))) @ u.T
    rest = POSTURE_GAIN * (posture - positions)
    speeds = inverted @ (wanted - jacobian @ rest) + rest
    # All joints slow down together: the arm keeps its direction.
    speeds /= max(1.0, np.max(np.abs(speeds) / speed_limits))
    # Slower and slower in the margin; a joint that is outside may only come back.
    for i in range(len(speeds)):
        room = high[i] - positions[i] if speeds[i] > 0.0 else positions[i] - low[i]
        speeds[i] *= min(1.0, max(0.0, room) / LIMIT_MARGIN_RAD)
    return positions + period_s * speeds, s[-1]


@njit(cache=True)
def pose_error(is_in_base: np.ndarray, wanted_in_base: np.ndarray) -> np.ndarray:
    """Translation [m] and rotation vector [rad] (6,) in base from one pose (7,) to the other, by the shorter way."""
    error = np.empty(6)
    error[:3] = wanted_in_base[:3] - is_in_base[:3]
    error[3:] = rotation_vector(quat_multiply(wanted_in_base[3:], quat_conjugate(is_in_base[3:])))
    return error


def _pose(placement: Any) -> np.ndarray:
    # Pinocchio has the quaternion as xyzw too.
    return np.array(pinocchio.SE3ToXYZQUAT(placement))


def _rotation(q: np.ndarray) -> np.ndarray:
    x, y, z, w = q
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def _skew(v: np.ndarray) -> np.ndarray:
    return np.array([[0.0, -v[2], v[1]], [v[2], 0.0, -v[0]], [-v[1], v[0], 0.0]])
