"""Limits on commanded motion that hold for every stream of targets, by never leaving what can still be braked.

A target passes unchanged as long as the arm could, from there, be brought to rest within all limits. Otherwise the
next pose moves towards it as far as that stays true; at worst it brakes. Since braking is simulated to its end before
a pose is accepted, a limit cannot be run into (a "shield" with a backup controller; Sha 2001, IEEE Software 18(4)).
Motion is counted in ticks of one fixed period: speed, acceleration and jerk are backward differences of the output.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from touchloop.control.limits import limit_step
from touchloop.errors import InputError
from touchloop.geometry.pose import quat_conjugate, quat_from_rotation_vector, quat_multiply, rotation_vector
from touchloop.safety.bounds import require_box, require_positive

MAX_BRAKING_TICKS = 2000
REST_SPEED_M_S = 1e-5
REST_ACCELERATION_M_S2 = 1e-3
SETTLING_TICKS = 3.0
"""Time constant of the end of braking, in ticks."""
TIGHTER = 0.98
"""Motion towards a target that may not pass uses this share of the limits, so that it seldom has to brake."""
ROUNDING = 1.0 + 1e-9
NOTHING = np.zeros((0, 4))


@dataclass(frozen=True, slots=True)
class CommandLimits:
    """Bounds on the poses that go on to the arm.

    Raises:
        InputError: a bound is not positive and finite, the box is none, or a plane is no plane.
    """

    lower_in_base: np.ndarray = field(default_factory=lambda: np.array([0.25, -0.35, 0.12]))
    """(3,) corner of the workspace [m]"""
    upper_in_base: np.ndarray = field(default_factory=lambda: np.array([0.75, 0.35, 0.60]))
    planes: np.ndarray = field(default_factory=lambda: NOTHING)
    """(N, 4) unit normal n and distance d [m] each: the TCP stays where n . x >= d."""
    speed_m_s: float = 0.35
    acceleration_m_s2: float = 13.0
    jerk_m_s3: float = 6000.0
    turning_speed_rad_s: float = 1.2
    turning_acceleration_rad_s2: float = 40.0
    period_s: float = 0.004
    """Of one tick of motion."""

    def __post_init__(self) -> None:
        names = ("speed_m_s", "acceleration_m_s2", "jerk_m_s3", "turning_speed_rad_s", "turning_acceleration_rad_s2")
        require_positive(self, *names, "period_s")
        require_box(self.lower_in_base, self.upper_in_base)
        planes = np.asarray(self.planes)
        if planes.ndim != 2 or planes.shape[1] != 4 or not np.isfinite(planes).all():
            raise InputError(
                f"planes have shape {planes.shape}; expected four finite numbers a plane: normal, distance"
            )
        if len(planes) and not np.allclose(np.linalg.norm(planes[:, :3], axis=1), 1.0, atol=1e-3):
            raise InputError("planes: each normal must have length 1")
        braking_s = self.speed_m_s / self.acceleration_m_s2 + self.acceleration_m_s2 / self.jerk_m_s3
        if 4.0 * braking_s > MAX_BRAKING_TICKS * self.period_s:
            raise InputError(
                f"braking from {self.speed_m_s:g} m/s takes about {braking_s:.1f} s; raise the acceleration"
            )

    def slowed(self, scale: float) -> "CommandLimits":
        """The same with every motion slower by a factor (0, 1], as for a first run.

        Raises:
            InputError: the factor is outside.
        """
        if not 0.0 < scale <= 1.0:
            raise InputError(f"speed is {scale}; it must be above 0 and at most 1")
        # Acceleration and jerk stay: braking must not become slower.
        return CommandLimits(
            self.lower_in_base,
            self.upper_in_base,
            self.planes,
            self.speed_m_s * scale,
            self.acceleration_m_s2,
            self.jerk_m_s3,
            self.turning_speed_rad_s * scale,
            self.turning_acceleration_rad_s2,
            self.period_s,
        )


@njit(cache=True)
def _length(v: np.ndarray) -> float:
    return math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2])


@njit(cache=True)
def depth_outside(position: np.ndarray, lower: np.ndarray, upper: np.ndarray, planes: np.ndarray) -> float:
    """How far a position (3,) is outside of the workspace [m]; 0 inside."""
    depth = 0.0
    for i in range(3):
        depth = max(depth, lower[i] - position[i], position[i] - upper[i])
    for k in range(planes.shape[0]):
        plane = planes[k]
        depth = max(depth, plane[3] - plane[0] * position[0] - plane[1] * position[1] - plane[2] * position[2])
    return depth


@njit(cache=True)
def brake_step(motion: np.ndarray, dt: float, acceleration: float, jerk: float) -> None:
    """One tick of braking; ``motion`` (3, 3) is position, velocity and acceleration, changed in place."""
    velocity, current = motion[1], motion[2]
    speed = _length(velocity)
    if speed < REST_SPEED_M_S and _length(current) < REST_ACCELERATION_M_S2:
        motion[1:] = 0.0
        return
    # The square root leaves room for the jerk limit to take the acceleration back before the speed is zero.
    wanted = min(acceleration, math.sqrt(jerk * speed), speed / (SETTLING_TICKS * dt))
    change = np.empty(3)
    for i in range(3):
        change[i] = (-wanted * velocity[i] / speed if speed > 0.0 else 0.0) - current[i]
    length = _length(change)
    share = 1.0 if length <= jerk * dt else jerk * dt / length
    for i in range(3):
        current[i] += share * change[i]
        velocity[i] += current[i] * dt
        motion[0, i] += velocity[i] * dt


@njit(cache=True)
def braking_depth(
    motion: np.ndarray,
    bounds: tuple[float, float, float],
    dt: float,
    lower: np.ndarray,
    upper: np.ndarray,
    planes: np.ndarray,
) -> float:
    """How far outside of the workspace [m] a motion (3, 3) leads that brakes from here on; infinity if a limit breaks.

    Args:
        motion: position, velocity and acceleration.
        bounds: greatest speed, acceleration and jerk.
    """
    speed, acceleration, jerk = bounds
    now = motion.copy()
    depth = depth_outside(now[0], lower, upper, planes)
    for _ in range(MAX_BRAKING_TICKS):
        if _length(now[1]) > speed * ROUNDING or _length(now[2]) > acceleration * ROUNDING:
            return math.inf
        if now[1, 0] == 0.0 and now[1, 1] == 0.0 and now[1, 2] == 0.0 and _length(now[2]) == 0.0:
            return depth
        brake_step(now, dt, acceleration, jerk)
        depth = max(depth, depth_outside(now[0], lower, upper, planes))
    return math.inf


@njit(cache=True)
def _moved(motion: np.ndarray, acceleration: np.ndarray, dt: float) -> np.ndarray:
    out = np.empty((3, 3))
    for i in range(3):
        out[2, i] = acceleration[i]
        out[1, i] = motion[1, i] + acceleration[i] * dt
        out[0, i] = motion[0, i] + out[1, i] * dt
    return out


@njit(cache=True)
def shield_step(
    goal: np.ndarray,
    motion: np.ndarray,
    allowed_depth: float,
    bounds: tuple[float, float, float],
    dt: float,
    lower: np.ndarray,
    upper: np.ndarray,
    planes: np.ndarray,
) -> tuple[float, bool]:
    """Moves ``motion`` (3, 3) by one tick towards ``goal`` (7,) within the limits, in place.

    Args:
        goal: pose; only its position counts here. Must be finite.
        motion: position, velocity, acceleration; the result of an earlier step, or at rest.
        allowed_depth: how far outside of the workspace the motion may be [m]; it began there.
        bounds: greatest speed, acceleration and jerk.

    Returns:
        The depth allowed from now on, and whether the goal's position passed unchanged.
    """
    speed, acceleration, jerk = bounds
    braked = motion.copy()
    brake_step(braked, dt, acceleration, jerk)
    exact = np.empty(3)
    for i in range(3):
        exact[i] = ((goal[i] - motion[0, i]) / dt - motion[1, i]) / dt
    if _length(exact - motion[2]) <= jerk * dt * ROUNDING:
        candidate = _moved(motion, exact, dt)
        depth = braking_depth(candidate, bounds, dt, lower, upper, planes)
        if depth <= allowed_depth:
            motion[:] = candidate
            motion[0] = goal[:3]
            return min(allowed_depth, depth), True
    slower = np.zeros(7)
    slower[:3] = motion[0]
    slower[6] = 1.0
    here = slower.copy()
    here[:3] = goal[:3]
    next_velocity, next_acceleration = motion[1].copy(), motion[2].copy()
    tight = (TIGHTER * speed, TIGHTER * acceleration, TIGHTER * jerk)
    limit_step(here, slower, next_velocity, next_acceleration, dt, lower, upper, tight[0], tight[1], tight[2], 1.0)
    share = 1.0
    for _ in range(4):
        mixed = braked[2] + share * (next_acceleration - braked[2])
        share *= 0.5
        if _length(mixed - motion[2]) > jerk * dt:
            continue
        candidate = _moved(motion, mixed, dt)
        depth = braking_depth(candidate, bounds, dt, lower, upper, planes)
        if depth <= allowed_depth:
            motion[:] = candidate
            return min(allowed_depth, depth), False
    motion[:] = braked
    return allowed_depth, False


@njit(cache=True)
def turn_step(
    goal: np.ndarray, quat: np.ndarray, turning: np.ndarray, dt: float, max_speed: float, max_acceleration: float
) -> bool:
    """Turns ``quat`` (4,) by one tick towards the pose ``goal`` (7,); ``turning`` (3,) [rad/s] is its speed, in place.

    Returns:
        Whether the goal's orientation passed unchanged.
    """
    way = rotation_vector(quat_multiply(goal[3:], quat_conjugate(quat)))
    angle = _length(way)
    # Never faster than what half the acceleration still brakes before the goal; see limit_step.
    braking, settling_s = 0.5 * max_acceleration, SETTLING_TICKS * dt
    near = braking * settling_s * settling_s
    wanted = way / dt
    if _length(wanted) <= max_speed and _length(wanted - turning) <= max_acceleration * dt:
        turning[:] = wanted
        quat[:] = goal[3:]
        return True
    speed = angle / settling_s if angle < near else math.sqrt(2.0 * braking * (angle - 0.5 * near))
    if angle > 0.0:
        wanted = way * (min(speed, max_speed) / angle)
    change = wanted - turning
    length = _length(change)
    if length > max_acceleration * dt:
        change *= max_acceleration * dt / length
    turning += change
    quat[:] = quat_multiply(quat_from_rotation_vector(turning * dt), quat)
    quat /= math.sqrt((quat**2).sum())
    return False
