"""What a chaos run is judged against: the supervisor's own limits, from its configuration."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml

from touchloop.errors import InputError

OVER_CAP = 1.2
"""The force may overshoot the supervisor's cap by a fifth before it stops."""
HOLD_S = 0.2
STANDSTILL_M_S = 0.01
"""Across the tool's axis. A wiping tool moves at 0.055 m/s."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of the measured arm."""

    force_cap_n: float
    lower_in_base_m: np.ndarray
    """(3,) corner of the workspace."""
    upper_in_base_m: np.ndarray
    hold_s: float = HOLD_S
    standstill_m_s: float = STANDSTILL_M_S

    @property
    def force_n(self) -> float:
        """No sample may be above this."""
        return OVER_CAP * self.force_cap_n

    @classmethod
    def read(cls, config: Path) -> "Limits":
        """Those of a supervisor's parameter file.

        Raises:
            InputError: the file cannot be read, or lacks one of them.
        """
        try:
            parameters = yaml.safe_load(config.read_text())["/**"]["ros__parameters"]
            force_n = float(parameters["force_n"])
            lower, upper = (np.array(parameters[f"{name}_in_base_m"], float).reshape(3) for name in ("lower", "upper"))
        except (OSError, yaml.YAMLError, KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{config}: expected force_n, lower_in_base_m and upper_in_base_m of a supervisor: {error}"
            ) from error
        return cls(force_n, lower, upper)
