"""Force control along the tool's axis: a measured force error moves the target (admittance)."""

from dataclasses import dataclass

from numba import njit


@dataclass(frozen=True, slots=True)
class AdmittanceConfig:
    """Gains of the force loop around a Cartesian impedance arm."""

    gain_m_per_ns: float = 0.030
    """Speed of the offset for each newton of error [m/(N s)]."""
    damping_m_per_n: float = 0.0010
    """Yields at once by this much for each newton of change [m/N]."""
    max_speed_m_s: float = 0.12
    approach_speed_m_s: float = 0.05
    """Greatest speed into the surface while nothing is touched."""
    max_offset_m: float = 0.08


@njit(cache=True)
def admittance_step(
    offset_m: float,
    previous_error_n: float,
    error_n: float,
    dt: float,
    gain_m_per_ns: float,
    damping_m_per_n: float,
    max_speed_m_s: float,
    max_offset_m: float,
) -> float:
    """The next offset into the surface [m]; ``error_n`` is planned minus measured contact force.

    A proportional-integral law in velocity form, so that gains can change and limits act without wind-up.
    """
    speed = gain_m_per_ns * error_n + damping_m_per_n * (error_n - previous_error_n) / dt
    speed = min(max(speed, -max_speed_m_s), max_speed_m_s)
    return min(max(offset_m + speed * dt, -max_offset_m), max_offset_m)
