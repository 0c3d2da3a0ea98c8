"""From a driver's streams to the project's: names, frames and signs."""

import numpy as np

from touchloop.errors import InputError
from touchloop.geometry.pose import compose, quat_conjugate, rotate
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.wire import JointSample, PoseSample, TwistSample, WrenchSample


class Feedback:
    """Translates one arm's measurements. All methods raise InputError for a sample that must not be used."""

    def __init__(self, config: RobotConfig) -> None:
        frames = config.frames
        self._joints, self._frames = config.joints, frames
        self._base_link_in_base = as_array(frames.base_link_in_base)
        self._to_base_link = inverse(self._base_link_in_base)
        self._tcp_in_tip = as_array(frames.tcp_in_tip)
        self._to_sensor = inverse(as_array(frames.ft_sensor_in_sensor))
        self._order: tuple[tuple[str, ...], list[int]] = ((), [])

    def tcp_pose(self, sample: PoseSample) -> np.ndarray:
        """The driver's pose of its tip as the pose (7,) of ``tcp`` in ``base_link``."""
        _require_frame(sample.frame, self._frames.base, "pose")
        pose = checked_pose(sample.pose, "pose")
        return compose(self._to_base_link, compose(pose, self._tcp_in_tip))

    def tcp_twist(self, sample: TwistSample, tcp_in_base: np.ndarray) -> np.ndarray:
        """The driver's twist of its tip, in its base frame's axes, as the twist (6,) of ``tcp`` in ``base_link``."""
        _require_frame(sample.frame, self._frames.base, "twist")
        twist = _finite(sample.twist, "twist")
        turn = self._to_base_link[3:]
        out = np.concatenate([rotate(turn, twist[:3]), rotate(turn, twist[3:])])
        lever = rotate(tcp_in_base[3:], -inverse(self._tcp_in_tip)[:3])
        out[:3] += np.cross(out[3:], lever)
        return out

    def wrench(self, sample: WrenchSample) -> np.ndarray:
        """The driver's wrench as what the environment does to the tool, (6,) in ``ft_sensor``, not tared."""
        if self._frames.sensor:
            _require_frame(sample.frame, self._frames.sensor, "wrench")
        wrench = _finite(sample.wrench, "wrench")
        if self._frames.wrench_on_environment:
            wrench = -wrench
        force = rotate(self._to_sensor[3:], wrench[:3])
        torque = rotate(self._to_sensor[3:], wrench[3:]) + np.cross(self._to_sensor[:3], force)
        return np.concatenate([force, torque])

    def joints(self, sample: JointSample) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities, (joints,) each [rad], [rad/s], in the order of the configuration.

        Drivers may send other joints too, in any order; a driver without velocities gives zeros.
        """
        if sample.names != self._order[0]:
            missing = [name for name in self._joints if name not in sample.names]
            if missing:
                raise InputError(f"joint_states lacks {', '.join(missing)}; it has: {', '.join(sample.names)}")
            self._order = sample.names, [sample.names.index(name) for name in self._joints]
        if len(sample.positions) != len(sample.names):
            raise InputError(f"joint_states has {len(sample.positions)} positions for {len(sample.names)} names")
        positions = _finite(sample.positions[self._order[1]], "joint_states")
        if len(sample.velocities) != len(sample.names):
            return positions, np.zeros(len(positions))
        return positions, _finite(sample.velocities[self._order[1]], "joint_states")


def inverse(pose: np.ndarray) -> np.ndarray:
    """Pose (7,) of the outer frame in the inner one."""
    out = np.empty(7)
    out[3:] = quat_conjugate(pose[3:])
    out[:3] = -rotate(out[3:], pose[:3])
    return out


def checked_pose(pose: np.ndarray, what: str) -> np.ndarray:
    """A pose (7,) with its quaternion made exactly of unit length.

    Raises:
        InputError: not finite, or the length is more than 0.001 off.
    """
    pose = _finite(pose, what).copy()
    norm = float(np.linalg.norm(pose[3:]))
    if abs(norm - 1.0) > 1e-3:
        raise InputError(f"{what}: its quaternion has length {norm:.4f}; expected 1")
    pose[3:] /= norm
    return pose


def _finite(values: np.ndarray, what: str) -> np.ndarray:
    if not np.isfinite(values).all():
        raise InputError(f"{what} {values.tolist()} is not finite")
    return values


def _require_frame(frame: str, expected: str, what: str) -> None:
    # tf2 drops a leading slash, and some drivers still send it.
    if frame.lstrip("/") != expected:
        raise InputError(f"{what} is in frame '{frame}'; expected '{expected}'")
