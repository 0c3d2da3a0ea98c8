"""Fast and slow control of arXiv 2403.16425, as published and with its defects mended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from touchloop.events.biasing.exchange import BiasCommand, RateObservation, usable
from touchloop.events.rate import WINDOW_S
from touchloop.events.sensors.biases import Bias
from touchloop.events.sensors.camera import CameraModel

SLOW_ROLES = ("photoreceptor", "follower", "on_threshold", "off_threshold")
SLOW_STEP = 5
WINDOWS_AT_RAIL = 2
DAVIS_RAILS = (4, 57)
DAVIS_SHARE = (DAVIS_RAILS[1] - DAVIS_RAILS[0]) / 255.0
"""Of the fine value's range that the fast loop of the paper uses."""


@dataclass(frozen=True, slots=True)
class FastSlowState:
    """Memory.

    Attributes:
        slow: the law's own count of each slow parameter; as published it goes on beyond what the driver takes.
        at_low: windows in a row with the refractory bias at its lower rail (too many events).
        at_high: at its upper rail (too few).
        waited_s: time since the last window.
        deaf: windows still to be left out; only in the mended law.
    """

    slow: Mapping[str, int]
    at_low: int = 0
    at_high: int = 0
    waited_s: float = 0.0
    deaf: int = 0


@dataclass(frozen=True, slots=True)
class FastSlow:
    """Every 0.3 s: the refractory bias straight from the rate; a slow step of 5 after two windows at a rail.

    With too few events each slow bias moves by 5 so that there are more, else the other way; a window between the
    rails sets both counts to zero. On DAVIS the rails are 4 and 57. The law is published for DAVIS346 only: on other
    cameras the rails lie around the start value and span the same share of the range, which is our choice.

    Its defects, mended where ``mended``: the slow values' own count runs on beyond their range while the driver
    clamps them (wind-up); a flip from rail to rail keeps the opposite count; the noise that a slow change makes is
    taken for a rate. Counters that were never set are taken as zero in both, for nobody can know them.
    """

    camera: CameraModel
    band_hz: tuple[float, float]
    mended: bool = False

    @property
    def name(self) -> str:
        """fast_slow or fast_slow_mended."""
        return "fast_slow_mended" if self.mended else "fast_slow"

    def start(self, values: Mapping[str, int]) -> FastSlowState:
        """Counts from the driver's values."""
        return FastSlowState({b.fine_name: values.get(b.fine_name, b.start) for b in self._slow()})

    def step(
        self, state: FastSlowState, observation: RateObservation, dt_s: float
    ) -> tuple[FastSlowState, BiasCommand]:
        """Waits for a whole window, then sets both loops' values."""
        if not usable(observation, dt_s):
            return state, BiasCommand(reason="no usable rate", state="lost")
        state = replace(state, waited_s=state.waited_s + dt_s)
        if state.waited_s < WINDOW_S - 1e-6:
            return state, BiasCommand(reason="window not full", state="waiting")
        state = replace(state, waited_s=0.0)
        if state.deaf > 0:
            return replace(state, deaf=state.deaf - 1), BiasCommand(
                reason="settling after a slow step", state="settling"
            )
        refractory = self._refractory()
        wanted, rail = {}, 0
        if refractory is not None:
            value, rail = self._fast(refractory, observation.rate_hz)
            wanted[refractory.fine_name] = value
        state, direction = self._count(state, rail)
        if direction:
            state = self._slow_step(state, direction, observation.values)
        wanted |= {b.fine_name: min(max(state.slow[b.fine_name], b.lowest), b.highest) for b in self._slow()}
        present = observation.values
        changes = {n: v for n, v in wanted.items() if n in present and present[n] != v}
        word = {0: "steady", 1: "starved", -1: "flooded"}[rail]
        return state, BiasCommand(changes, f"rate {observation.rate_hz / 1e6:.2f} Mev/s", word)

    def _fast(self, bias: Bias, rate_hz: float) -> tuple[int, int]:
        """The refractory value, and 1 at the rail of too few events, -1 at the other."""
        low_hz, high_hz = self.band_hz
        few, many = _rails(bias)
        value = int(few + (many - few) * (rate_hz - low_hz) / (high_hz - low_hz))
        value = min(max(value, min(few, many)), max(few, many))
        return value, (value == few) - (value == many)

    def _count(self, state: FastSlowState, rail: int) -> tuple[FastSlowState, int]:
        low, high = state.at_low, state.at_high
        if rail == 0:
            low = high = 0
        elif rail < 0:
            low, high = low + 1, 0 if self.mended else high
        else:
            low, high = 0 if self.mended else low, high + 1
        direction = (high >= WINDOWS_AT_RAIL) - (low >= WINDOWS_AT_RAIL)
        low, high = (0 if low >= WINDOWS_AT_RAIL else low), (0 if high >= WINDOWS_AT_RAIL else high)
        return replace(state, at_low=low, at_high=high), direction

    def _slow_step(self, state: FastSlowState, direction: int, present: Mapping[str, int]) -> FastSlowState:
        slow = {}
        for bias in self._slow():
            name = bias.fine_name
            count = present.get(name, state.slow[name]) if self.mended else state.slow[name]
            count += SLOW_STEP * direction * bias.rate_sign
            slow[name] = min(max(count, bias.lowest), bias.highest) if self.mended else count
        return replace(state, slow=slow, deaf=1 if self.mended else 0)

    def _slow(self) -> list[Bias]:
        return [bias for bias in self.camera.biases if bias.role in SLOW_ROLES]

    def _refractory(self) -> Bias | None:
        return next((bias for bias in self.camera.biases if bias.role == "refractory"), None)


def _rails(bias: Bias) -> tuple[int, int]:
    """Values for too few and for too many events."""
    if bias.coarse_fine:
        return DAVIS_RAILS[1], DAVIS_RAILS[0]
    reach = DAVIS_SHARE * (bias.highest - bias.lowest) / 2.0
    low, high = max(round(bias.start - reach), bias.lowest), min(round(bias.start + reach), bias.highest)
    return (high, low) if bias.rate_sign > 0 else (low, high)
