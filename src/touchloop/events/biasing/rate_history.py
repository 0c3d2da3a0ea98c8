"""The rates measured since the biases last settled."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

KEPT_S = 2.5
NONE_HZ = 1.0
"""Rates below this count as this, for their logarithm."""


@dataclass(frozen=True, slots=True)
class RateHistory:
    """Rates of pieces of time, newest last.

    Attributes:
        pieces: (length [s], rate [events/s]) of each, together a little more than 2.5 s at most.
    """

    pieces: tuple[tuple[float, float], ...] = ()

    def with_piece(self, length_s: float, rate_hz: float) -> "RateHistory":
        """With a newer piece; what is too old is forgotten."""
        pieces = (*self.pieces, (length_s, rate_hz))
        total_s = sum(piece[0] for piece in pieces)
        first = 0
        while total_s - pieces[first][0] > KEPT_S:
            total_s -= pieces[first][0]
            first += 1
        return RateHistory(pieces[first:])

    @property
    def span_s(self) -> float:
        """Length of all pieces."""
        return sum(piece[0] for piece in self.pieces)

    @property
    def newest_hz(self) -> float:
        """Rate of the newest piece; 0 where there is none."""
        return self.pieces[-1][1] if self.pieces else 0.0

    def last(self, span_s: float) -> Sequence[tuple[float, float]]:
        """The newest pieces that cover a span; none where there are not so many yet."""
        covered_s = 0.0
        for k in range(len(self.pieces) - 1, -1, -1):
            covered_s += self.pieces[k][0]
            if covered_s >= span_s - 1e-6:
                return self.pieces[k:]
        return ()

    def least(self, span_s: float) -> float | None:
        """Lowest rate in the last span [events/s]; None as long as it is not covered."""
        pieces = self.last(span_s)
        return min(rate for _, rate in pieces) if pieces else None

    def mean(self, span_s: float) -> float | None:
        """Mean rate over the last span [events/s]."""
        pieces = self.last(span_s)
        return sum(length * rate for length, rate in pieces) / sum(p[0] for p in pieces) if pieces else None


def log_rate(rate_hz: float) -> float:
    """ln of a rate that may be zero."""
    return math.log(max(rate_hz, NONE_HZ))
