"""Felt contact of an arm: what changes quickly on the wrist's sensor, whatever tool hangs there."""

from dataclasses import dataclass, replace

import numpy as np

from touchloop.touch.wrench import low_pass_share

CUTOFF_HZ = 20.0
BASE_S = 0.4
"""Time constant of what is taken for the tool's weight."""
TARE_S = 0.12
"""After a change of the tool the weight is learnt anew for so long."""
CONTACT_N, GONE_N = 2.5, 1.2


@dataclass(frozen=True, slots=True)
class Felt:
    """Memory of one arm between two ticks.

    Attributes:
        quick: (3,) low-passed force on the sensor [N].
        base: (3,) of the tool alone.
        tare_left_s: the base follows at once.
        contact: something is touched.
    """

    quick: np.ndarray
    base: np.ndarray
    tare_left_s: float = TARE_S
    contact: bool = False

    @staticmethod
    def start(wrench_at_sensor: np.ndarray) -> "Felt":
        """From the first sample (6,)."""
        return Felt(wrench_at_sensor[:3].copy(), wrench_at_sensor[:3].copy())

    def step(self, wrench_at_sensor: np.ndarray, dt_s: float) -> "Felt":
        """With the next sample (6,)."""
        quick = self.quick + low_pass_share(CUTOFF_HZ, dt_s) * (wrench_at_sensor[:3] - self.quick)
        if self.tare_left_s > 0.0:
            return Felt(quick, quick, self.tare_left_s - dt_s)
        force_n = float(np.linalg.norm(quick - self.base))
        contact = force_n > (GONE_N if self.contact else CONTACT_N)
        base = self.base if contact else self.base + min(dt_s / BASE_S, 1.0) * (quick - self.base)
        return Felt(quick, base, 0.0, contact)

    def tared(self) -> "Felt":
        """The tool has changed."""
        return replace(self, tare_left_s=TARE_S, contact=False)

    @property
    def force_n(self) -> float:
        """Of what is touched."""
        return float(np.linalg.norm(self.quick - self.base))
