"""A quantity that changes over time: the light of a scene, its speed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np

from touchloop.errors import InputError

Between = Literal["hold", "straight", "ratio"]


@dataclass(frozen=True, slots=True)
class Profile:
    """Points in time and what lies between them.

    Attributes:
        times_s: (N,) rising.
        values: (N,) value at each time; before the first and after the last they stay.
        between: ``hold`` the last value (steps), ``straight`` in the value, or by ``ratio``, straight in its logarithm
            (a ramp over decades of light; all values positive).

    Raises:
        InputError: no points, times that do not rise, values that are not finite, or not positive with ``ratio``.
    """

    times_s: Sequence[float]
    values: Sequence[float]
    between: Between = "hold"

    def __post_init__(self) -> None:
        if not self.times_s or len(self.times_s) != len(self.values):
            raise InputError(
                f"profile: {len(self.times_s)} times and {len(self.values)} values; expected as many, 1 up"
            )
        if any(b <= a for a, b in pairwise(self.times_s)):
            raise InputError(f"profile: times {list(self.times_s)}; expected rising ones")
        if not all(math.isfinite(value) for value in (*self.times_s, *self.values)):
            raise InputError(f"profile: {list(self.times_s)}, {list(self.values)}; expected finite numbers")
        if self.between not in ("hold", "straight", "ratio"):
            raise InputError(f"profile: between '{self.between}'; expected hold, straight or ratio")
        if self.between == "ratio" and min(self.values) <= 0.0:
            raise InputError(f"profile: values {list(self.values)}; expected positive ones for a ramp by ratio")

    @staticmethod
    def constant(value: float) -> "Profile":
        """The same at all times."""
        return Profile((0.0,), (value,))

    @staticmethod
    def steps(values: Sequence[float], every_s: float) -> "Profile":
        """One value after the other, each for so long."""
        return Profile([every_s * k for k in range(len(values))], values)

    @staticmethod
    def ramp(start: float, stop: float, start_s: float, stop_s: float) -> "Profile":
        """From one positive value to another by equal ratios in equal times."""
        return Profile((start_s, stop_s), (start, stop), "ratio")

    def __call__(self, t_s: float) -> float:
        """The value at a time."""
        if self.between == "hold":
            row = int(np.searchsorted(self.times_s, t_s, side="right")) - 1
            return float(self.values[max(row, 0)])
        if self.between == "straight":
            return float(np.interp(t_s, self.times_s, self.values))
        return float(math.exp(np.interp(t_s, self.times_s, np.log(self.values))))

    def integral(self, t_s: float) -> float:
        """From 0 to a time: the way of a speed. Exact for ``hold`` and ``straight``.

        Raises:
            InputError: a ramp by ratio.
        """
        if self.between == "ratio":
            raise InputError("profile: a ramp by ratio has no integral here; use hold or straight")
        return self._way(t_s) - self._way(0.0)

    def _way(self, t_s: float) -> float:
        """From the first point's time."""
        first_s = self.times_s[0]
        if t_s <= first_s:
            return (t_s - first_s) * self.values[0]
        way = 0.0
        corners = [*(time for time in self.times_s if time < t_s), t_s]
        for a, b in pairwise(corners):
            mean = self(a) if self.between == "hold" else (self(a) + self(b)) / 2.0
            way += (b - a) * mean
        return way
