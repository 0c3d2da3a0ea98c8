"""Recorded grey pictures and their times."""

from dataclasses import dataclass

import numpy as np

from touchloop.errors import InputError


@dataclass(frozen=True, slots=True)
class GreyFrames:
    """Pictures in the order of time.

    Attributes:
        levels: (N, H, W) uint8 or float32 grey levels.
        stamps_ns: (N,) int64, rising: the middle of the exposure.

    Raises:
        InputError: fewer than two pictures, other shapes or types, times that do not rise, levels that are negative
            or no numbers.
    """

    levels: np.ndarray
    stamps_ns: np.ndarray

    def __post_init__(self) -> None:
        if self.levels.ndim != 3 or self.levels.dtype not in (np.uint8, np.float32) or len(self.levels) < 2:
            raise InputError(
                f"grey frames: {self.levels.dtype} of shape {self.levels.shape}; "
                "expected uint8 or float32 of shape (N, H, W), two or more"
            )
        if self.stamps_ns.shape != (len(self.levels),) or self.stamps_ns.dtype != np.int64:
            raise InputError(
                f"grey frames: stamps are {self.stamps_ns.dtype} of shape {self.stamps_ns.shape}; "
                f"expected int64 of shape ({len(self.levels)},)"
            )
        if (np.diff(self.stamps_ns) <= 0).any():
            raise InputError("grey frames: the stamps do not rise; expected each later than the one before")
        if self.levels.dtype == np.float32 and not (self.levels.min() >= 0.0 and np.isfinite(self.levels.max())):
            raise InputError("grey frames: levels are negative or no numbers; expected finite ones from 0 up")

    def __len__(self) -> int:
        return len(self.levels)

    def between(self, start_ns: int, stop_ns: int) -> "GreyFrames":
        """Those in [start_ns, stop_ns).

        Raises:
            InputError: fewer than two.
        """
        first, last = np.searchsorted(self.stamps_ns, (start_ns, stop_ns))
        return GreyFrames(self.levels[first:last], self.stamps_ns[first:last])
