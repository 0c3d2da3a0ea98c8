"""The three bias controls of jAER's DVSBiasController: threshold, bandwidth, refractory time."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from touchloop.events.biasing.actuator import Actuator, changed
from touchloop.events.biasing.exchange import BiasCommand, RateObservation, usable
from touchloop.events.sensors.camera import CameraModel

Kind = Literal["threshold", "bandwidth", "refractory"]
ROLES = {
    "threshold": ("on_threshold", "off_threshold"),
    "bandwidth": ("photoreceptor", "follower"),
    "refractory": ("refractory",),
}
RATIOS = {"threshold": 10.0, "bandwidth": 30.0, "refractory": 100.0}
"""A tweak t multiplies the current by ratio ** t; jAER's DAVIS classes."""
STEP = 0.01
HYSTERESIS = 1.3
INTERVAL_S = 0.3
BLANKING_S = 0.1


@dataclass(frozen=True, slots=True)
class JaerState:
    """Memory: the tweak (1 most events, -1 fewest), the state of the rate, time since the last change."""

    tweak: float = 0.0
    rate: Literal["low", "medium", "high"] = "medium"
    since_s: float = INTERVAL_S


@dataclass(frozen=True, slots=True)
class Jaer:
    """One step of the tweak at most every 0.3 s, while the rate is out of its band by more than the hysteresis.

    The refractory control only protects: it goes back to the start value when the rate allows, never above. jAER's
    own band is 0.1 to 1 Mev/s; here the band is given, so that all controllers are after the same. jAER knows no
    Prophesee cameras: there a tweak of 1 or -1 is the end of the driver's range, and steps are straight between.
    """

    camera: CameraModel
    band_hz: tuple[float, float]
    kind: Kind

    @property
    def name(self) -> str:
        """jaer_threshold, jaer_bandwidth or jaer_refractory."""
        return f"jaer_{self.kind}"

    def start(self, values: Mapping[str, int]) -> JaerState:  # noqa: ARG002
        """The tweak is relative to the camera's start values."""
        return JaerState()

    def step(self, state: JaerState, observation: RateObservation, dt_s: float) -> tuple[JaerState, BiasCommand]:
        """At most one step of the tweak."""
        if not usable(observation, dt_s):
            return state, BiasCommand(reason="no usable rate", state="lost")
        state = replace(state, since_s=state.since_s + dt_s)
        if state.since_s < BLANKING_S - 1e-6:
            return state, BiasCommand(reason="blanked after a change", state="settling")
        state = replace(state, rate=self._rate(state.rate, observation.rate_hz))
        word = {"low": "starved", "medium": "steady", "high": "flooded"}[state.rate]
        step = {"low": STEP, "medium": 0.0, "high": -STEP}[state.rate]
        highest = 1.0
        if self.kind == "refractory":
            step, highest = -STEP if state.rate == "high" else STEP, 0.0
        tweak = min(max(state.tweak + step, -1.0), highest)
        if tweak == state.tweak or state.since_s < INTERVAL_S - 1e-6:
            return state, BiasCommand(reason=f"rate is {state.rate}", state=word)
        changes = changed(self._values(tweak, observation.values), observation.values)
        reason = f"rate is {state.rate}: {self.kind} tweak {tweak:+.2f}"
        return replace(state, tweak=tweak, since_s=0.0), BiasCommand(changes, reason, word)

    def _rate(self, rate: str, rate_hz: float) -> Literal["low", "medium", "high"]:
        low_hz, high_hz = self.band_hz
        if rate == "low":
            return "medium" if rate_hz > low_hz * HYSTERESIS else "low"
        if rate == "high":
            return "medium" if rate_hz < high_hz / HYSTERESIS else "high"
        if rate_hz < low_hz / HYSTERESIS:
            return "low"
        return "high" if rate_hz > high_hz * HYSTERESIS else "medium"

    def _values(self, tweak: float, present: Mapping[str, int]) -> dict[str, int]:
        values: dict[str, int] = {}
        for bias in self.camera.biases:
            actuator = Actuator(bias)
            if bias.role not in ROLES[self.kind] or not actuator.available(present):
                continue
            toward = tweak * bias.rate_sign
            if bias.coarse_fine:
                position = toward * math.log(RATIOS[self.kind])
            else:
                low, high = actuator.limits
                position = toward * (high if toward > 0.0 else -low)
            values |= actuator.values_at(position, present)
        return values
