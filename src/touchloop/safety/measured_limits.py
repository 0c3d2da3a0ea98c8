"""Limits on what is measured: where the arm is, how it moves, and what it does to its surroundings."""

import math
from dataclasses import dataclass, field

import numpy as np
from numba import njit

from touchloop.safety.bounds import require_box, require_positive
from touchloop.safety.command_limits import NOTHING, depth_outside
from touchloop.touch.wrench import low_pass_share

FORCE, TORQUE, POWER, ENERGY, SPEED, TURNING, ACCELERATION, DEPTH = range(8)
"""Indices of the figures."""
_NAMES = (
    "contact force",
    "contact torque",
    "power into the surroundings",
    "energy",
    "speed",
    "turning speed",
    "acceleration",
    "depth outside of the workspace",
)
_UNITS = ("N", "N m", "W", "J", "m/s", "rad/s", "m/s2", "m")


@dataclass(frozen=True, slots=True)
class MeasuredLimits:
    """Bounds on the measured arm; beyond one of them it must stop. Wider than what is commanded, since arms lag.

    Raises:
        InputError: a bound is not positive and finite, or the box is none.
    """

    force_n: float = 25.0
    """Magnitude of the tared force at the tool."""
    torque_nm: float = 5.0
    power_w: float = 10.0
    """Work that the tool does on its surroundings a second."""
    energy_j: float = 5.0
    """Kinetic energy of the arm's moving mass, plus the work done on the surroundings within about ``window_s``."""
    speed_m_s: float = 0.6
    turning_speed_rad_s: float = 2.5
    acceleration_m_s2: float = 25.0
    margin_m: float = 0.03
    """How far outside of the workspace the TCP may be measured: an arm overshoots its target a little."""
    mass_kg: float = 5.0
    """Effective mass of the arm at the tool."""
    window_s: float = 1.0
    cutoff_hz: float = 40.0
    """Of the low-pass filter on force and acceleration: a spike of one sample is noise."""
    lower_in_base: np.ndarray = field(default_factory=lambda: np.array([0.25, -0.35, 0.12]))
    upper_in_base: np.ndarray = field(default_factory=lambda: np.array([0.75, 0.35, 0.60]))
    planes: np.ndarray = field(default_factory=lambda: NOTHING)

    def __post_init__(self) -> None:
        names = ("force_n", "torque_nm", "power_w", "energy_j", "speed_m_s", "turning_speed_rad_s")
        require_positive(self, *names, "acceleration_m_s2", "margin_m", "mass_kg", "window_s", "cutoff_hz")
        require_box(self.lower_in_base, self.upper_in_base)


@njit(cache=True)
def _observe(
    twist: np.ndarray,
    wrench_in_base: np.ndarray,
    before: np.ndarray,
    filtered: np.ndarray,
    work: float,
    dt: float,
    share: float,
    fade: float,
    mass: float,
    figures: np.ndarray,
) -> float:
    """Filters, and writes the eight figures but for the depth; returns the work done lately [J]."""
    for i in range(6):
        filtered[i] += share * (wrench_in_base[i] - filtered[i])
    for i in range(3):
        filtered[6 + i] += share * ((twist[i] - before[i]) / dt - filtered[6 + i])
        before[i] = twist[i]
    figures[0] = math.sqrt((filtered[:3] ** 2).sum())
    figures[1] = math.sqrt((filtered[3:6] ** 2).sum())
    # The wrench is what the surroundings do to the tool, so work on them is its opposite.
    power = -(filtered[:6] * twist).sum()
    figures[2] = power
    work = fade * work + max(power, 0.0) * dt
    figures[4] = math.sqrt((twist[:3] ** 2).sum())
    figures[5] = math.sqrt((twist[3:] ** 2).sum())
    figures[6] = math.sqrt((filtered[6:] ** 2).sum())
    figures[3] = 0.5 * mass * figures[4] ** 2 + work
    return work


class MeasuredGuard:
    """Watches one arm; ``observe`` once for each new pose.

    Attributes:
        figures: (8,) newest force [N], torque [N m], power [W], energy [J], speed [m/s], turning speed [rad/s],
            acceleration [m/s2] and depth outside of the workspace [m].
    """

    def __init__(self, limits: MeasuredLimits) -> None:
        self._limits = limits
        self._bounds = np.array(
            [
                limits.force_n,
                limits.torque_nm,
                limits.power_w,
                limits.energy_j,
                limits.speed_m_s,
                limits.turning_speed_rad_s,
                limits.acceleration_m_s2,
                limits.margin_m,
            ]
        )
        self._lower, self._upper = np.array(limits.lower_in_base, float), np.array(limits.upper_in_base, float)
        self._planes = np.ascontiguousarray(limits.planes, float)
        self.figures = np.zeros(8)
        self.reset()

    def reset(self) -> None:
        """Forgets what was measured."""
        self._before, self._filtered, self._work = np.zeros(3), np.zeros(9), 0.0
        self._first = True
        self.figures[:] = 0.0

    def observe(self, tcp_in_base: np.ndarray, twist: np.ndarray, wrench_in_base: np.ndarray, dt_s: float) -> str:
        """What is beyond its limit, and by how much; empty if nothing is.

        Args:
            tcp_in_base: pose (7,).
            twist: (6,) of the TCP, linear first, in base.
            wrench_in_base: (6,) tared, at the TCP, with the axes of base: what the surroundings do to the tool.
            dt_s: since the last call.
        """
        total = float(tcp_in_base.sum() + twist.sum() + wrench_in_base.sum())
        if not math.isfinite(total) or not dt_s > 0.0:
            # Not a limit but a fault of a stream, which the supervisor is told of by others; nothing is known here.
            return "the measured pose, twist or wrench is not finite" if not math.isfinite(total) else ""
        limits = self._limits
        if self._first:
            self._before[:] = twist[:3]
            self._filtered[:6] = wrench_in_base
            self._first = False
        self._work = _observe(
            twist,
            wrench_in_base,
            self._before,
            self._filtered,
            self._work,
            dt_s,
            low_pass_share(limits.cutoff_hz, dt_s),
            math.exp(-dt_s / limits.window_s),
            limits.mass_kg,
            self.figures,
        )
        self.figures[DEPTH] = depth_outside(tcp_in_base, self._lower, self._upper, self._planes)
        return self._words() if (self.figures > self._bounds).any() else ""

    def _words(self) -> str:
        beyond = np.flatnonzero(self.figures > self._bounds)
        return "; ".join(
            f"{_NAMES[i]} is {self.figures[i]:.3g} {_UNITS[i]}, the limit is {self._bounds[i]:g}" for i in beyond
        )
