"""Disturbances during contact, with stated magnitudes: the board is moved, the arm is pushed."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from touchloop.errors import InputError
from touchloop.sim.world import Disturbance

PerturbationKind = Literal["none", "board", "push", "both"]
BOARD_SHIFT_M = (0.010, 0.020)
"""Bounds of each vertical shift's size; its sign is random."""
BOARD_SHIFT_DURATION_S = 0.3
PUSH_BOUND_N = np.array([5.0, 5.0, 10.0])
"""Each component of a push is uniform within these bounds."""
PUSH_DURATION_S = 0.4
PUSH_RAMP_S = 0.05
FIRST_AFTER_CONTACT_S = (0.4, 1.4)
SECOND_AFTER_CONTACT_S = (2.0, 3.0)


@dataclass(frozen=True, slots=True)
class BoardShift:
    """The board glides by ``displacement_in_base`` (3,) [m] and stays there."""

    start_s: float
    displacement_in_base: np.ndarray
    duration_s: float = BOARD_SHIFT_DURATION_S

    def displacement_at(self, time_s: float) -> np.ndarray:
        """(3,) half a cosine from rest to rest."""
        share = min(max((time_s - self.start_s) / self.duration_s, 0.0), 1.0)
        return self.displacement_in_base * (0.5 - 0.5 * np.cos(np.pi * share))


@dataclass(frozen=True, slots=True)
class Push:
    """A force (3,) [N] on the flange with short ramps."""

    start_s: float
    force_in_base: np.ndarray
    duration_s: float = PUSH_DURATION_S

    def force_at(self, time_s: float) -> np.ndarray:
        """(3,) [N]"""
        since, left = time_s - self.start_s, self.start_s + self.duration_s - time_s
        return self.force_in_base * min(max(min(since, left) / PUSH_RAMP_S, 0.0), 1.0)


def checked_kind(kind: str) -> PerturbationKind:
    """The kind, or an error that lists the valid ones."""
    for valid in get_args(PerturbationKind):
        if kind == valid:
            return valid
    raise InputError(f"perturbation '{kind}': expected one of {', '.join(get_args(PerturbationKind))}")


class PerturbationSchedule:
    """What is to act on the cell; times count from the first contact of an episode.

    Events drawn from the seed start at the first contact; ``add`` puts in one by hand at any time.
    """

    def __init__(self, kind: PerturbationKind, rng: np.random.Generator) -> None:
        self._planned: list[BoardShift | Push] = []
        for bounds in (FIRST_AFTER_CONTACT_S, SECOND_AFTER_CONTACT_S):
            shift_at, push_at = rng.uniform(*bounds, size=2)
            shift = np.array([0.0, 0.0, rng.uniform(*BOARD_SHIFT_M) * rng.choice([-1.0, 1.0])])
            push = rng.uniform(-PUSH_BOUND_N, PUSH_BOUND_N)
            if kind in ("board", "both"):
                self._planned.append(BoardShift(float(shift_at), shift))
            if kind in ("push", "both"):
                self._planned.append(Push(float(push_at), push))
        self._by_hand: list[BoardShift | Push] = []

    def add(self, event: BoardShift | Push) -> None:
        """Adds an event whose ``start_s`` counts from the episode's start."""
        self._by_hand.append(event)

    def at(self, time_s: float, since_contact_s: float | None) -> Disturbance:
        """The disturbance at a time since the episode's start and since first contact (None: no contact yet)."""
        displacement, push = np.zeros(3), np.zeros(3)
        for events, now in ((self._by_hand, time_s), (self._planned, since_contact_s)):
            if now is None:
                continue
            for event in events:
                if isinstance(event, BoardShift):
                    displacement += event.displacement_at(now)
                else:
                    push += event.force_at(now)
        return Disturbance(displacement, push)

    def acting(self, time_s: float, since_contact_s: float | None) -> str:
        """Name of what acts right now: board, push, both, or empty."""
        names = set()
        for events, now in ((self._by_hand, time_s), (self._planned, since_contact_s)):
            for event in events:
                if now is not None and event.start_s <= now <= event.start_s + event.duration_s:
                    names.add("board" if isinstance(event, BoardShift) else "push")
        return "both" if len(names) == 2 else "".join(names)
