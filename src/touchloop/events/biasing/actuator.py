"""A bias on one scale: logarithm of its current where it has coarse and fine, else its number."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from touchloop.events.sensors.biases import Bias
from touchloop.events.sensors.coarse_fine import current_a, nearest_coarse_fine

FINE_LOWEST = 1


@dataclass(frozen=True, slots=True)
class Actuator:
    """Positions are e-folds of current, or units of the driver's number, relative to the bias's start value."""

    bias: Bias

    @property
    def names(self) -> tuple[str, ...]:
        """Driver parameters."""
        return tuple(self.bias.limits())

    def available(self, values: Mapping[str, int]) -> bool:
        """Whether the driver has all parameters of this bias."""
        return all(name in values for name in self.names)

    def position(self, values: Mapping[str, int]) -> float:
        """Where it stands."""
        return self._absolute(values) - _start(self.bias)

    @property
    def limits(self) -> tuple[float, float]:
        """Lowest and highest position."""
        bias = self.bias
        if not bias.coarse_fine:
            return float(bias.lowest - bias.start), float(bias.highest - bias.start)
        start = _start(bias)
        ends = (current_a(0, max(bias.lowest, FINE_LOWEST)), current_a(7, bias.highest))
        return math.log(ends[0]) - start, math.log(ends[1]) - start

    def values_at(self, position: float, present: Mapping[str, int]) -> dict[str, int]:
        """Driver parameters at a position, within the limits; the present coarse value is kept where it reaches."""
        low, high = self.limits
        position = min(max(position, low), high)
        absolute = position + _start(self.bias)
        if not self.bias.coarse_fine:
            return {self.bias.fine_name: round(absolute)}
        coarse, fine = nearest_coarse_fine(math.exp(absolute), present.get(self.bias.coarse_name))
        return {self.bias.coarse_name: coarse, self.bias.fine_name: min(max(fine, self.bias.lowest), self.bias.highest)}

    def _absolute(self, values: Mapping[str, int]) -> float:
        return _absolute(self.bias, values)


def changed(wanted: Mapping[str, int], present: Mapping[str, int]) -> dict[str, int]:
    """Those of the wanted values that differ from the present ones; parameters that the driver lacks are left out."""
    return {name: value for name, value in wanted.items() if name in present and present[name] != value}


def _absolute(bias: Bias, values: Mapping[str, int]) -> float:
    if not bias.coarse_fine:
        return float(values[bias.fine_name])
    return math.log(current_a(values[bias.coarse_name], values[bias.fine_name]))


@cache
def _start(bias: Bias) -> float:
    """Asked for at every look, and always the same."""
    return _absolute(bias, bias.start_values())
