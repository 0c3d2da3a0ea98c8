"""A bad line: latency, jitter and loss, the same for the same seed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from touchloop.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LinkFaults:
    """What a line does to messages."""

    latency_s: float = 0.0
    jitter_s: float = 0.0
    """Each message takes up to this much longer, evenly distributed."""
    loss: float = 0.0
    """Share of messages that never arrive, 0 to 1."""

    def __post_init__(self) -> None:
        if not 0.0 <= self.latency_s <= 10.0 or not 0.0 <= self.jitter_s <= 10.0:
            raise InputError(f"latency {self.latency_s:g} s, jitter {self.jitter_s:g} s: expected 0 to 10 s")
        if not 0.0 <= self.loss <= 1.0:
            raise InputError(f"loss {self.loss:g}: expected a share between 0 and 1")


class Link(Generic[T]):
    """Messages go in with ``send`` and come out of ``arrived`` when they are due.

    What is overtaken is dropped, as a reader of depth 1 drops it.
    """

    def __init__(self, faults: LinkFaults, seed: int) -> None:
        self._faults, self._rng = faults, np.random.default_rng(seed)
        self._waiting: list[tuple[int, int, T]] = []
        self._sent = 0
        self._newest = -1
        self.lost = 0

    def send(self, now_ns: int, message: T) -> None:
        """Something goes onto the line."""
        faults, self._sent = self._faults, self._sent + 1
        if self._rng.random() < faults.loss:
            self.lost += 1
            return
        delay_s = faults.latency_s + faults.jitter_s * self._rng.random()
        self._waiting.append((now_ns + round(delay_s * 1e9), self._sent, message))

    def arrived(self, now_ns: int) -> list[T]:
        """What is due, in the order of arrival, without what a later message has overtaken."""
        due = sorted((item for item in self._waiting if item[0] <= now_ns), key=lambda item: item[:2])
        self._waiting = [item for item in self._waiting if item[0] > now_ns]
        out = []
        for _, number, message in due:
            if number > self._newest:
                self._newest = number
                out.append(message)
        return out
