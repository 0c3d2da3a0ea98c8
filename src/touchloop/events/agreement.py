"""How well simulated events agree with recorded ones."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError
from touchloop.events.stream import Events

RATE_WINDOW_NS = 40_000_000
BLOCK_PX = 8


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two event streams of one scene, compared over one stretch of time.

    Attributes:
        rate_correlation: Pearson's, between the event counts in windows of 40 ms.
        density_correlation: between the event counts in blocks of 8 x 8 pixels.
        on_share: of the simulated events.
        recorded_on_share: of the recorded ones.
        events: simulated.
        recorded_events: recorded.
    """

    rate_correlation: float
    density_correlation: float
    on_share: float
    recorded_on_share: float
    events: int
    recorded_events: int

    @property
    def on_share_apart(self) -> float:
        """Distance of both ON shares."""
        return abs(self.on_share - self.recorded_on_share)


def agreement(simulated: Events, recorded: Events, start_ns: int, stop_ns: int, width: int, height: int) -> Agreement:
    """Compare the events in [start_ns, stop_ns); a last window that is not full is left out of the rate.

    Raises:
        InputError: less than three windows, or no recorded events.
    """
    windows = (stop_ns - start_ns) // RATE_WINDOW_NS
    recorded = recorded.between(start_ns, stop_ns)
    simulated = simulated.between(start_ns, stop_ns)
    if windows < 3 or not len(recorded):
        raise InputError(
            f"agreement: {windows} windows of 40 ms and {len(recorded)} recorded events; "
            "expected 3 windows and some events"
        )
    edges = start_ns + RATE_WINDOW_NS * np.arange(windows + 1)
    rates = [np.histogram(events.t_ns, edges)[0] for events in (simulated, recorded)]
    densities = [density(events, width, height) for events in (simulated, recorded)]
    return Agreement(
        _correlation(*rates),
        _correlation(*densities),
        simulated.on_share,
        recorded.on_share,
        len(simulated),
        len(recorded),
    )


def density(events: Events, width: int, height: int) -> np.ndarray:
    """(ceil(height / 8), ceil(width / 8)) events in each block."""
    columns = -(-width // BLOCK_PX)
    blocks = (events.y // BLOCK_PX).astype(np.int64) * columns + events.x // BLOCK_PX
    return np.bincount(blocks, minlength=columns * -(-height // BLOCK_PX)).reshape(-1, columns)


def _correlation(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's; 0 where one of both does not change."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale > 0.0 else 0.0
