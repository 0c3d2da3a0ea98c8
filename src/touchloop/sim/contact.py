"""Contact: what an arm touches, and compliant contact of a tool's points with anything that has a depth."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numba import njit

from touchloop.geometry.pose import rotate


@dataclass(frozen=True, slots=True)
class Contact:
    """True contact of one arm's tool; only scoring, touch simulation and experts see it. In that arm's base frame."""

    force_n: float
    """Along the surface's normal."""
    friction_in_base: np.ndarray
    """(3,) tangential force on the tool [N]."""
    position_in_base: np.ndarray
    """(3,) force-weighted mean of the contact points."""
    normal_in_base: np.ndarray
    """(3,) force-weighted mean of the surface's outward unit normals, of unit length."""

    @property
    def total_in_base(self) -> np.ndarray:
        """(3,) whole force on the tool [N]."""
        return self.friction_in_base + self.force_n * self.normal_in_base


@dataclass(frozen=True, slots=True)
class Material:
    """A compliant surface with friction; stiffness and damping are shared evenly by a patch's points."""

    stiffness: float
    """[N/m] of the whole patch."""
    damping: float
    """[N s/m] of the whole patch."""
    friction: float
    """Coulomb coefficient."""


@njit(cache=True)
def point_forces(
    depth: np.ndarray,
    normal: np.ndarray,
    velocity: np.ndarray,
    stretch: np.ndarray,
    stiffness: float,
    damping: float,
    friction: float,
    dt: float,
    normal_force: np.ndarray,
    tangential: np.ndarray,
) -> None:
    """Spring-damper normal forces and Coulomb friction with stiction (Cundall and Strack 1979) on N points.

    Args:
        depth: (N,) penetration, positive inside [m]; normal: (N, 3) outward unit normals.
        velocity: (N, 3) of the points relative to the surface [m/s].
        stretch: (N, 3) tangential spring's elongation, kept from step to step, updated in place [m].
        stiffness, damping: of one point.
        normal_force: (N,) and tangential: (N, 3), outputs: force on the tool [N].
    """
    for i in range(depth.shape[0]):
        normal_force[i] = 0.0
        tangential[i] = 0.0
        if depth[i] <= 0.0:
            stretch[i] = 0.0
            continue
        n = normal[i]
        speed = velocity[i, 0] * n[0] + velocity[i, 1] * n[1] + velocity[i, 2] * n[2]
        force = stiffness * depth[i] - damping * speed
        if force <= 0.0:
            stretch[i] = 0.0
            continue
        normal_force[i] = force
        slip = velocity[i] - speed * n
        stretch[i] += slip * dt
        along = stretch[i, 0] * n[0] + stretch[i, 1] * n[1] + stretch[i, 2] * n[2]
        stretch[i] -= along * n
        wanted = -stiffness * stretch[i] - damping * slip
        size = np.sqrt((wanted**2).sum())
        most = friction * force
        if size > most and size > 0.0:
            wanted *= most / size
            stretch[i] = -wanted / stiffness
        tangential[i] = wanted


class TouchPatch:
    """Points of a tool that touch a compliant surface; keeps the friction's memory.

    Args:
        points_in_tcp: (N, 3) [m].
    """

    def __init__(self, points_in_tcp: np.ndarray) -> None:
        count = len(points_in_tcp)
        self.points_in_tcp = np.ascontiguousarray(points_in_tcp, dtype=np.float64)
        self._stretch = np.zeros((count, 3))
        self._normal_force = np.zeros(count)
        self._tangential = np.zeros((count, 3))

    def resolve(
        self,
        tcp: np.ndarray,
        twist: np.ndarray,
        surface: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]],
        surface_velocity: np.ndarray,
        material: Material,
        dt: float,
    ) -> "PatchForce":
        """Forces for one physics step.

        Args:
            tcp: (7,) pose of the tool, twist: (6,) its linear and angular velocity, in the frame used for all of this.
            surface: maps points (N, 3) to depth (N,) and outward unit normals (N, 3).
            surface_velocity: (3,) [m/s].
        """
        arms = rotate_rows(tcp[3:], self.points_in_tcp)
        points = tcp[:3] + arms
        velocity = twist[:3] - cross_rows(arms, twist[3:]) - surface_velocity
        depth, normal = surface(points)
        count = len(points)
        point_forces(
            depth,
            normal,
            velocity,
            self._stretch,
            material.stiffness / count,
            material.damping / count,
            material.friction,
            dt,
            self._normal_force,
            self._tangential,
        )
        return PatchForce(points, arms, self._normal_force[:, None] * normal, self._tangential, self._normal_force)


@dataclass(frozen=True, slots=True)
class PatchForce:
    """Forces on a tool's points during one physics step, in the frame that ``TouchPatch.resolve`` was given."""

    points: np.ndarray
    """(N, 3)"""
    arms: np.ndarray
    """(N, 3) from the TCP to the points."""
    pressing: np.ndarray
    """(N, 3) along the normals [N]"""
    friction: np.ndarray
    """(N, 3)"""
    size_n: np.ndarray
    """(N,) of the normal forces"""

    @property
    def force(self) -> np.ndarray:
        """(3,) on the tool [N]."""
        return self.pressing.sum(axis=0) + self.friction.sum(axis=0)

    @property
    def torque(self) -> np.ndarray:
        """(3,) about the TCP [N m]."""
        return cross_rows(self.arms, self.pressing + self.friction).sum(axis=0)

    def contact(self) -> Contact | None:
        """The same as one contact; None without any force. In the frame given to ``resolve``: must be the base's."""
        total = float(self.size_n.sum())
        if total <= 0.0:
            return None
        pressing = self.pressing.sum(axis=0)
        force_n = float(np.linalg.norm(pressing))
        if force_n < 1e-9:
            return None
        position = (self.size_n[:, None] * self.points).sum(axis=0) / total
        return Contact(force_n, self.friction.sum(axis=0), position, pressing / force_n)


@njit(cache=True)
def rotate_rows(quaternion: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(N, 3) vectors turned by a unit quaternion (4,), xyzw."""
    out = np.empty_like(rows)
    for i in range(rows.shape[0]):
        out[i] = rotate(quaternion, rows[i])
    return out


@njit(cache=True)
def cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(3,) product of two vectors (3,)."""
    return np.array([a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]])


@njit(cache=True)
def couple(torque: np.ndarray, arm_m: float) -> tuple[np.ndarray, np.ndarray]:
    """A lever (3,) [m] and a force (3,) [N]: the force there and its opposite at minus the lever make the torque."""
    other = np.array([1.0, 0.0, 0.0]) if torque[0] ** 2 < 0.5 * (torque**2).sum() else np.array([0.0, 1.0, 0.0])
    side = cross(torque, other)
    side /= np.sqrt((side**2).sum())
    return arm_m * side, 0.5 / arm_m * cross(torque, side)


@njit(cache=True)
def cross_rows(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """(N, 3) products of vectors (N, 3) with vectors (N, 3), or with one (3,)."""
    out = np.empty_like(a)
    out[:, 0] = a[:, 1] * b[..., 2] - a[:, 2] * b[..., 1]
    out[:, 1] = a[:, 2] * b[..., 0] - a[:, 0] * b[..., 2]
    out[:, 2] = a[:, 0] * b[..., 1] - a[:, 1] * b[..., 0]
    return out
