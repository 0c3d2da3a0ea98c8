"""Poses and rotations for hot loops: numba functions on plain arrays.

A pose is ``[x, y, z, qx, qy, qz, qw]`` in metres with a unit quaternion, xyzw. ``a_in_b`` reads "pose of frame a in
frame b", so ``compose(b_in_c, a_in_b)`` is ``a_in_c``.
"""

import math

import numpy as np
from numba import njit

POSE_SIZE = 7
ACTION_POSE_SIZE = 9
"""Translation and the first two columns of the rotation matrix (Zhou et al. 2019, arXiv 1812.07035, section 4)."""


@njit(cache=True)
def quat_multiply(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Hamilton product ``a * b`` of two quaternions (4,), xyzw."""
    out = np.empty(4)
    out[0] = a[3] * b[0] + a[0] * b[3] + a[1] * b[2] - a[2] * b[1]
    out[1] = a[3] * b[1] - a[0] * b[2] + a[1] * b[3] + a[2] * b[0]
    out[2] = a[3] * b[2] + a[0] * b[1] - a[1] * b[0] + a[2] * b[3]
    out[3] = a[3] * b[3] - a[0] * b[0] - a[1] * b[1] - a[2] * b[2]
    return out


@njit(cache=True)
def quat_conjugate(q: np.ndarray) -> np.ndarray:
    """Inverse of a unit quaternion (4,), xyzw."""
    out = np.empty(4)
    out[0] = -q[0]
    out[1] = -q[1]
    out[2] = -q[2]
    out[3] = q[3]
    return out


@njit(cache=True)
def quat_normalise(q: np.ndarray) -> np.ndarray:
    """The unit quaternion (4,) along ``q``."""
    return q / math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2] + q[3] * q[3])


@njit(cache=True)
def rotate(q: np.ndarray, v: np.ndarray) -> np.ndarray:
    """Rotates the vector (3,) by the unit quaternion (4,), xyzw."""
    tx = 2.0 * (q[1] * v[2] - q[2] * v[1])
    ty = 2.0 * (q[2] * v[0] - q[0] * v[2])
    tz = 2.0 * (q[0] * v[1] - q[1] * v[0])
    out = np.empty(3)
    out[0] = v[0] + q[3] * tx + q[1] * tz - q[2] * ty
    out[1] = v[1] + q[3] * ty + q[2] * tx - q[0] * tz
    out[2] = v[2] + q[3] * tz + q[0] * ty - q[1] * tx
    return out


@njit(cache=True)
def rotation_vector(q: np.ndarray) -> np.ndarray:
    """Rotation vector (3,) [rad] of a unit quaternion (4,), xyzw, by the shorter way."""
    sign = -1.0 if q[3] < 0.0 else 1.0
    norm = math.sqrt(q[0] * q[0] + q[1] * q[1] + q[2] * q[2])
    scale = 2.0 * sign if norm < 1e-9 else 2.0 * sign * math.atan2(norm, sign * q[3]) / norm
    return scale * q[:3]


@njit(cache=True)
def quat_from_rotation_vector(v: np.ndarray) -> np.ndarray:
    """Unit quaternion (4,), xyzw, of a rotation vector (3,) [rad]."""
    angle = math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])
    scale = 0.5 if angle < 1e-9 else math.sin(0.5 * angle) / angle
    out = np.empty(4)
    out[:3] = scale * v
    out[3] = math.cos(0.5 * angle)
    return out


@njit(cache=True)
def slerp(a: np.ndarray, b: np.ndarray, share: float) -> np.ndarray:
    """Unit quaternion (4,) that lies ``share`` (0 to 1) of the way from ``a`` to ``b``, by the shorter way."""
    step = rotation_vector(quat_multiply(quat_conjugate(a), b))
    return quat_multiply(a, quat_from_rotation_vector(share * step))


@njit(cache=True)
def compose(b_in_c: np.ndarray, a_in_b: np.ndarray) -> np.ndarray:
    """Pose (7,) of frame a in frame c."""
    out = np.empty(7)
    out[:3] = b_in_c[:3] + rotate(b_in_c[3:], a_in_b[:3])
    out[3:] = quat_normalise(quat_multiply(b_in_c[3:], a_in_b[3:]))
    return out


@njit(cache=True)
def relative(b_in_c: np.ndarray, a_in_c: np.ndarray) -> np.ndarray:
    """Pose (7,) of frame a in frame b: ``inv(b_in_c) * a_in_c``."""
    inverse = quat_conjugate(b_in_c[3:])
    out = np.empty(7)
    out[:3] = rotate(inverse, a_in_c[:3] - b_in_c[:3])
    out[3:] = quat_normalise(quat_multiply(inverse, a_in_c[3:]))
    return out


@njit(cache=True)
def pose_to_action(a_in_b: np.ndarray) -> np.ndarray:
    """Translation and 6-D rotation (9,) of a pose (7,): the form that policies learn."""
    out = np.empty(9)
    out[:3] = a_in_b[:3]
    out[3:6] = rotate(a_in_b[3:], np.array([1.0, 0.0, 0.0]))
    out[6:9] = rotate(a_in_b[3:], np.array([0.0, 1.0, 0.0]))
    return out


@njit(cache=True)
def action_to_pose(action: np.ndarray) -> np.ndarray:
    """Pose (7,) of a translation and 6-D rotation (9,), by Gram-Schmidt (arXiv 1812.07035, equation 15)."""
    x = action[3:6] / math.sqrt((action[3:6] ** 2).sum())
    y = action[6:9] - (x * action[6:9]).sum() * x
    y = y / math.sqrt((y**2).sum())
    z = np.array([x[1] * y[2] - x[2] * y[1], x[2] * y[0] - x[0] * y[2], x[0] * y[1] - x[1] * y[0]])
    out = np.empty(7)
    out[:3] = action[:3]
    out[3:] = quat_from_columns(x, y, z)
    return out


@njit(cache=True)
def quat_from_columns(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Unit quaternion (4,), xyzw, of the rotation matrix with the columns x, y, z (3,) each (Shepperd's method)."""
    out = np.empty(4)
    trace = x[0] + y[1] + z[2]
    if trace > 0.0:
        s = 2.0 * math.sqrt(1.0 + trace)
        out[:] = ((y[2] - z[1]) / s, (z[0] - x[2]) / s, (x[1] - y[0]) / s, 0.25 * s)
    elif x[0] > y[1] and x[0] > z[2]:
        s = 2.0 * math.sqrt(1.0 + x[0] - y[1] - z[2])
        out[:] = (0.25 * s, (y[0] + x[1]) / s, (z[0] + x[2]) / s, (y[2] - z[1]) / s)
    elif y[1] > z[2]:
        s = 2.0 * math.sqrt(1.0 + y[1] - x[0] - z[2])
        out[:] = ((y[0] + x[1]) / s, 0.25 * s, (z[1] + y[2]) / s, (z[0] - x[2]) / s)
    else:
        s = 2.0 * math.sqrt(1.0 + z[2] - x[0] - y[1])
        out[:] = ((z[0] + x[2]) / s, (z[1] + y[2]) / s, 0.25 * s, (x[1] - y[0]) / s)
    return quat_normalise(out)
