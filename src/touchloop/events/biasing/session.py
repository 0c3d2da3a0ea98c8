"""One camera under one controller: from counts of events to bias changes, on the camera's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass

from touchloop.events.biasing.exchange import BiasCommand, BiasController, RateObservation
from touchloop.events.rate import Rate, RateMeter

STEP_NS = 50_000_000
"""A controller looks so often; the rate it sees is over 0.3 s."""
LONGEST_GAP_NS = 1_000_000_000
"""Between two steps; more means that the camera's clock jumped ahead, or that nobody could step meanwhile."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a step saw and said."""

    rate: Rate
    command: BiasCommand


class BiasSession:
    """Feeds a controller; starts anew when the camera's clock jumps, back or ahead.

    Args:
        controller: decides.
    """

    def __init__(self, controller: BiasController) -> None:
        self._controller = controller
        self.meter = RateMeter()
        self._state: object = None
        self._stepped_ns: int | None = None
        self._jumps = 0

    @staticmethod
    def warm_up(controller: BiasController, values: Mapping[str, int]) -> None:
        """Runs a session that is thrown away, so that nothing is compiled or imported while packets wait."""
        session = BiasSession(controller)
        for step in range(40):
            stamp_ns = step * STEP_NS
            session.meter.add_counts(stamp_ns, 1000 * step, 1000 * step)
            session.step(stamp_ns, values)

    def due(self, stamp_ns: int) -> bool:
        """Whether it is time for a step."""
        return self._stepped_ns is None or not 0 <= stamp_ns - self._stepped_ns < STEP_NS

    def step(self, stamp_ns: int, values: Mapping[str, int], dropped: int = 0) -> Look:
        """One step of the controller.

        Args:
            stamp_ns: now, on the clock of the counts.
            values: bias parameters as read back from the driver.
            dropped: events lost so far, as far as known.
        """
        rate = self.meter.observe(stamp_ns)
        late = self._stepped_ns is not None and stamp_ns - self._stepped_ns > LONGEST_GAP_NS
        if self._state is None or self._stepped_ns is None or late or self.meter.jumps != self._jumps:
            self._state, self._jumps = self._controller.start(values), self.meter.jumps
            self._stepped_ns = stamp_ns
            return Look(rate, BiasCommand(reason="begins", state="settling"))
        dt_s = (stamp_ns - self._stepped_ns) * 1e-9
        self._stepped_ns = stamp_ns
        observation = RateObservation(stamp_ns, rate.rate_hz, rate.on_share, values, dropped, rate.recent_hz)
        self._state, command = self._controller.step(self._state, observation, dt_s)
        return Look(rate, command)
