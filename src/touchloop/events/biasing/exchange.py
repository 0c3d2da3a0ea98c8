"""What a bias controller sees and says."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class RateObservation:
    """One look at the camera.

    Attributes:
        stamp_ns: end of the window, sensor time.
        rate_hz: events a second over 0.3 s; NaN where nothing is known.
        on_share: ON events over all.
        values: bias parameters as read back from the driver; those that it lacks are absent.
        dropped: events lost so far, as far as known.
        recent_hz: events a second over the last 0.05 s or so; NaN where not measured.
    """

    stamp_ns: int
    rate_hz: float
    on_share: float
    values: Mapping[str, int]
    dropped: int = 0
    recent_hz: float = math.nan


@dataclass(frozen=True, slots=True)
class BiasCommand:
    """What to do now.

    Attributes:
        changes: driver parameter -> new value, to be set together; empty: nothing.
        reason: why, in a sentence.
        state: one word, for diagnostics.
    """

    changes: dict[str, int] = field(default_factory=dict)
    reason: str = ""
    state: str = "steady"


class BiasController(Protocol):
    """Keeps the rate in a band. It holds nothing between steps: its memory is the state that it is given back."""

    @property
    def name(self) -> str:
        """As in ``CONTROLLERS``."""
        ...

    def start(self, values: Mapping[str, int]) -> Any:
        """The state before the first step.

        Args:
            values: bias parameters as the driver has them.
        """
        ...

    def step(self, state: Any, observation: RateObservation, dt_s: float) -> tuple[Any, BiasCommand]:
        """One step.

        Args:
            state: as returned by ``start`` or the last step.
            observation: what is seen now.
            dt_s: time since the last step.

        Returns:
            The next state, and what to set.
        """
        ...


def usable(observation: RateObservation, dt_s: float) -> bool:
    """Whether the rate is a number and time went forward; controllers hold still otherwise."""
    return math.isfinite(observation.rate_hz) and observation.rate_hz >= 0.0 and math.isfinite(dt_s) and dt_s > 0.0


def checked_band(band_hz: tuple[float, float]) -> tuple[float, float]:
    """The band.

    Raises:
        InputError: not two rising positive rates.
    """
    low_hz, high_hz = band_hz
    if not 0.0 < low_hz < high_hz < math.inf:
        raise InputError(f"band {low_hz} to {high_hz} events/s: expected two positive rates, the second higher")
    return low_hz, high_hz
