"""Waits for the driver to show what was asked of it, and tells which biases do not move."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

PATIENCE_S = 0.5
"""A driver has this long to show a change."""
RETRY_S = 60.0
"""A stuck bias is tried again after this long."""


@dataclass(frozen=True, slots=True)
class Readback:
    """What was asked and is not seen yet, and what did not move.

    Attributes:
        asked: driver parameter -> (value before, value asked).
        waited_s: since it was asked.
        stuck: name of bias -> time until it is tried again.
    """

    asked: Mapping[str, tuple[int, int]]
    waited_s: float
    stuck: Mapping[str, float]

    @staticmethod
    def nothing() -> "Readback":
        """Nothing asked, nothing stuck."""
        return Readback({}, 0.0, {})

    @property
    def waiting(self) -> bool:
        """Whether something is not seen yet."""
        return bool(self.asked)

    def asking(self, changes: Mapping[str, int], present: Mapping[str, int]) -> "Readback":
        """After a command."""
        return Readback({name: (present[name], value) for name, value in changes.items()}, 0.0, self.stuck)

    def seen(self, values: Mapping[str, int], dt_s: float, owners: Mapping[str, Collection[str]]) -> "Readback":
        """After a look at the driver's values.

        A value that moved is taken as it is, adjusted or not. Where time is up, a bias of which nothing moved is stuck.

        Args:
            values: as read back.
            dt_s: since the last look.
            owners: name of bias -> its driver parameters.
        """
        stuck = {name: left_s - dt_s for name, left_s in self.stuck.items() if left_s > dt_s}
        open_ = {n: pair for n, pair in self.asked.items() if n in values and values[n] == pair[0]}
        # Of a coarse and a fine value, one may rightly stay when the driver rounds: the bias moved.
        moved = {name for name, own in owners.items() if any(n in self.asked and n not in open_ for n in own)}
        open_ = {n: pair for n, pair in open_.items() if not any(n in owners[name] for name in moved)}
        waited_s = self.waited_s + dt_s
        if open_ and waited_s >= PATIENCE_S - 1e-6:
            stuck |= {name: RETRY_S for name, own in owners.items() if any(n in open_ for n in own)}
            open_ = {}
        return Readback(open_, waited_s if open_ else 0.0, stuck)
