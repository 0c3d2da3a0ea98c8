"""A bias of an event camera: the name that its driver gives it, its range, and what it does to the event rate."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["photoreceptor", "follower", "reference", "on_threshold", "off_threshold", "refractory", "high_pass"]

COARSE_HIGHEST = 7


@dataclass(frozen=True, slots=True)
class Bias:
    """One bias.

    Attributes:
        name: the driver's parameter, or its stem where the bias has a coarse and a fine value.
        role: what it sets in the pixel.
        lowest: least value that the driver accepts; of the fine value where there is a coarse one.
        highest: greatest value.
        start: value at power-up.
        coarse_start: coarse value at power-up; None where the bias is a single number.
        rate_sign: 1 where a higher value (current) gives more events, -1 where it gives fewer, 0 where it only
            trades ON events for OFF events.
    """

    name: str
    role: Role
    lowest: int
    highest: int
    start: int
    coarse_start: int | None = None
    rate_sign: int = 1

    @property
    def coarse_fine(self) -> bool:
        """Whether the driver has two parameters for it."""
        return self.coarse_start is not None

    @property
    def coarse_name(self) -> str:
        """Parameter of the coarse value."""
        return f"{self.name}_coarse"

    @property
    def fine_name(self) -> str:
        """Parameter of the fine value; the only one where there is no coarse value."""
        return f"{self.name}_fine" if self.coarse_fine else self.name

    def limits(self) -> dict[str, tuple[int, int]]:
        """Driver parameter -> least and greatest value."""
        limits = {self.fine_name: (self.lowest, self.highest)}
        return {self.coarse_name: (0, COARSE_HIGHEST), **limits} if self.coarse_fine else limits

    def start_values(self) -> dict[str, int]:
        """Driver parameter -> value at power-up."""
        values = {self.fine_name: self.start}
        return {self.coarse_name: self.coarse_start, **values} if self.coarse_start is not None else values
