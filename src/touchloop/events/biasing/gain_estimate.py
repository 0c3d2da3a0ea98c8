"""What the controller learns about the camera it meets: the slope of each segment, and a bracket around the target."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

SLOPE_LIMITS = (0.4, 4.0)
FORGETTING = 0.6
"""Share of a measured slope that is taken over."""
SHORTEST_MOVE = 0.12
"""In ln(rate); shorter ones tell little."""
ROUNDING = 1e-6
NARROW = 0.05
"""A bracket of less width on the path is closed."""
FIRST_REACH = 0.25
REACH_GROWS = 3.0
EDGE = 0.2
"""A point inside a bracket keeps this share of its width from its ends."""

Point = tuple[float, float]
"""Place on the path, and ln(rate) measured there."""


@dataclass(frozen=True, slots=True)
class GainEstimate:
    """Slopes and bracket.

    Attributes:
        slopes: segment -> true gain over first guess.
        below: the place nearest to the target from below in this search, where there is one.
        above: from above.
        last: the last measured point in this search.
        parts: how the path was walked since then.
        reopened: 0 in a first search; else one more than the moves since a closed bracket was opened once again.
    """

    slopes: Mapping[str, float]
    below: Point | None = None
    above: Point | None = None
    last: Point | None = None
    parts: Mapping[str, float] | None = None
    reopened: int = 0

    @property
    def closed(self) -> bool:
        """Whether the bracket has no room left inside."""
        return self.below is not None and self.above is not None and self.above[0] - self.below[0] < NARROW

    def inside(self, place: float) -> bool:
        """Whether a place lies between the ends of the bracket; a driver's whole numbers may round it onto one."""
        if self.below is None or self.above is None:
            return False
        return self.below[0] + ROUNDING < place < self.above[0] - ROUNDING

    def opened(self, point: Point, target: float) -> "GainEstimate":
        """Without the end of the bracket that lies on the other side: it may have been measured in another scene."""
        if point[1] < target:
            return replace(self, above=None, reopened=1)
        return replace(self, below=None, reopened=1)

    def searched(self) -> "GainEstimate":
        """The search is over: its points are forgotten, the slopes stay."""
        return GainEstimate(self.slopes)

    def measured(self, point: Point, target: float) -> "GainEstimate":
        """With a settled measurement."""
        estimate = self._learned(point) if self.last is not None and self.parts else self
        place, level = point
        below, above = estimate.below, estimate.above
        if level < target:
            below = point if below is None or place >= below[0] else below
            above = None if above is not None and above[0] <= place else above
        else:
            above = point if above is None or place <= above[0] else above
            below = None if below is not None and below[0] >= place else below
        return replace(estimate, below=below, above=above, last=point, parts=None)

    def moved(self, parts: Mapping[str, float]) -> "GainEstimate":
        """After a move."""
        return replace(self, parts=dict(parts), reopened=self.reopened + (self.reopened > 0))

    def rested(self) -> "GainEstimate":
        """After a rest beside a closed bracket: it is tried with small moves first whether it still holds."""
        return GainEstimate(self.slopes, reopened=1)

    @property
    def reach(self) -> float:
        """How far a move may go, in ln(rate): beside a bracket that had closed, first a little, then farther."""
        return FIRST_REACH * REACH_GROWS ** (self.reopened - 1) if self.reopened else math.inf

    def between(self, target: float) -> float | None:
        """The place where the target lies by a straight line between the ends of the bracket; None without both."""
        if self.below is None or self.above is None:
            return None
        (low, low_level), (high, high_level) = self.below, self.above
        share = (target - low_level) / max(high_level - low_level, 1e-6)
        return low + min(max(share, EDGE), 1.0 - EDGE) * (high - low)

    def _learned(self, point: Point) -> "GainEstimate":
        """Recursive estimate: the ratio of measured to predicted change goes to the segments that made it."""
        last, parts = self.last, self.parts or {}
        shares = {key: self.slopes.get(key, 1.0) * part for key, part in parts.items()}
        predicted = sum(shares.values())
        if last is None or abs(predicted) < SHORTEST_MOVE:
            return self
        low, high = SLOPE_LIMITS
        ratio = min(max((point[1] - last[1]) / predicted, low), high)
        slopes = dict(self.slopes)
        for key, share in shares.items():
            exponent = FORGETTING * abs(share / predicted)
            slopes[key] = min(max(slopes.get(key, 1.0) * ratio**exponent, low), high)
        return replace(self, slopes=slopes)
