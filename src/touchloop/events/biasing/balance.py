"""Balance of ON and OFF events by opposite moves of the two thresholds."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

from touchloop.events.biasing.actuator import changed
from touchloop.events.biasing.sensitivity_path import Segment, sensitivity

FAIR_SHARE = (0.35, 0.65)
"""ON share that is left alone."""
SMOOTHING_S = 2.0
INTERVAL_S = 6.0
LONGEST_PAUSE_S = 60.0
LARGEST_SHARE_OF_RANGE = 0.15
LEAST_HELP = 0.02
"""A trim that moved the share by less did not help: what makes the share uneven is not the thresholds."""


@dataclass(frozen=True, slots=True)
class Balance:
    """Smoothed ON share, time to the next trim, and the share before the last one."""

    on_share: float = 0.5
    pause_s: float = INTERVAL_S
    before: float | None = None

    def seen(self, on_share: float, dt_s: float) -> "Balance":
        """With a newer ON share."""
        if not 0.0 <= on_share <= 1.0:
            return self
        weight = -math.expm1(-dt_s / SMOOTHING_S)
        return replace(
            self, on_share=self.on_share + weight * (on_share - self.on_share), pause_s=max(self.pause_s - dt_s, 0.0)
        )

    def trim(self, segments: tuple[Segment, ...], values: Mapping[str, int]) -> tuple["Balance", dict[str, int]]:
        """What to change, if anything; both thresholds move by as much, so that the rate stays."""
        if self.pause_s > 0.0 or FAIR_SHARE[0] <= self.on_share <= FAIR_SHARE[1]:
            return self, {}
        if self.before is not None and abs(self.before - 0.5) - abs(self.on_share - 0.5) < LEAST_HELP:
            return Balance(self.on_share, LONGEST_PAUSE_S), {}
        sides = [segment for segment in segments if segment.key.startswith("thresholds")]
        by_role = {a.bias.role: a for segment in sides for a in segment.actuators}
        if len(by_role) < 2:
            return self, {}
        low, high = min(s.low for s in sides), max(s.high for s in sides)
        gain = sum(s.gain for s in sides) / len(sides)
        odds = math.log(min(max(self.on_share, 0.02), 0.98) / (1.0 - min(max(self.on_share, 0.02), 0.98)))
        shift = min(abs(odds) / (4.0 * gain), LARGEST_SHARE_OF_RANGE * (high - low))
        wanted: dict[str, int] = {}
        for role, way in (("on_threshold", -1.0), ("off_threshold", 1.0)):
            actuator = by_role[role]
            place = sensitivity(actuator, values) + way * math.copysign(shift, odds)
            wanted |= actuator.values_at(actuator.bias.rate_sign * min(max(place, low), high), values)
        return Balance(self.on_share, INTERVAL_S, self.on_share), changed(wanted, values)
