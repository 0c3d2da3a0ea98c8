"""A piece of an event stream, as arrays."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class Events:
    """Events in the order of their time.

    Attributes:
        x: (N,) uint16, column, 0 at the left.
        y: (N,) uint16, row, 0 at the top.
        polarity: (N,) uint8, 1 where it became brighter (ON), 0 where darker (OFF).
        t_ns: (N,) int64, sensor time.

    Raises:
        InputError: arrays of other shapes or types.
    """

    x: np.ndarray
    y: np.ndarray
    polarity: np.ndarray
    t_ns: np.ndarray

    def __post_init__(self) -> None:
        wanted = (("x", np.uint16), ("y", np.uint16), ("polarity", np.uint8), ("t_ns", np.int64))
        for name, dtype in wanted:
            array = getattr(self, name)
            if array.dtype != dtype or array.shape != (len(self.t_ns),):
                raise InputError(
                    f"events: {name} is {array.dtype} of shape {array.shape}; "
                    f"expected {np.dtype(dtype)} of shape ({len(self.t_ns)},)"
                )

    def __len__(self) -> int:
        return len(self.t_ns)

    def __getitem__(self, rows: slice | np.ndarray) -> "Events":
        return Events(self.x[rows], self.y[rows], self.polarity[rows], self.t_ns[rows])

    @staticmethod
    def empty(count: int = 0) -> "Events":
        """Room for so many, not filled."""
        return Events(
            np.empty(count, np.uint16), np.empty(count, np.uint16), np.empty(count, np.uint8), np.empty(count, np.int64)
        )

    @staticmethod
    def join(parts: "Iterable[Events]") -> "Events":
        """One after the other."""
        parts = list(parts)
        if not parts:
            return Events.empty()
        return Events(
            *(np.concatenate([getattr(part, name) for part in parts]) for name in ("x", "y", "polarity", "t_ns"))
        )

    @property
    def on_share(self) -> float:
        """ON events over all; 0.5 where there are none."""
        return float(self.polarity.mean()) if len(self) else 0.5

    def between(self, start_ns: int, stop_ns: int) -> "Events":
        """Those in [start_ns, stop_ns)."""
        first, last = np.searchsorted(self.t_ns, (start_ns, stop_ns))
        return self[first:last]
