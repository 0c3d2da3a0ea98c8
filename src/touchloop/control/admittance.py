"""Force control along the tool's axis: a measured force error moves the target (admittance)."""

from dataclasses import dataclass, replace

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

    def for_period(self, decision_period_s: float) -> "AdmittanceConfig":
        """Gains that stay stable when the force is looked at only so often.

        A loop that acts every 42 ms has 60 ms of delay on top of the arm's 30 ms; more gain than this rings.
        """
        return replace(
            self,
            gain_m_per_ns=self.gain_m_per_ns / (1.0 + decision_period_s / 0.02),
            damping_m_per_n=self.damping_m_per_n / (1.0 + decision_period_s / 0.04),
        )


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
