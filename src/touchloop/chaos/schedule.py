"""Decides which drawn faults may be thrown now: in contact only, and what needs a hold only at a moving arm."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from touchloop.chaos.catalogue import Fault

LOOK_AHEAD = 12
BRIEFS_AT_ONCE = 3
BRIEF_GAP_S = 0.06
CALM_S = 0.25
"""No new brief faults for so long before one that needs a hold, so that it is judged alone."""
PATIENCE_S = 3.0
"""An arm that runs in contact but does not move after so long takes a fault that needs a hold all the same."""


@dataclass(frozen=True, slots=True)
class Situation:
    """What counts now.

    Attributes:
        now_s: by the machine's clock.
        contact: the arm touches.
        running: the supervisor passes targets on.
        moving: the arm moves along the surface.
        whole: all nodes are active.
        busy: targets that have a fault.
        briefs: how many brief faults act.
        others: how many others act, but for what the machine as a whole suffers.
    """

    now_s: float
    contact: bool
    running: bool
    moving: bool
    whole: bool
    busy: frozenset[str]
    briefs: int
    others: int


class Schedule:
    """Takes faults in the order in which they were drawn; brief ones may overtake others.

    Args:
        faults: drawn, endless.
        count: how many to throw.
    """

    def __init__(self, faults: Iterable[Fault], count: int) -> None:
        self._faults: Iterator[Fault] = iter(faults)
        self._left = count
        self._queue: deque[Fault] = deque()
        self._brief_at_s = -1e9
        self._ready_since_s = -1.0
        self._refill()

    @property
    def empty(self) -> bool:
        """Whether all are thrown."""
        return not self._queue

    def next(self, seen: Situation) -> Fault | None:
        """A fault to throw now; None if there is none that may be."""
        ready = seen.contact and seen.running and seen.whole
        if not ready:
            self._ready_since_s = -1.0
        elif self._ready_since_s < 0.0:
            self._ready_since_s = seen.now_s
        if not seen.contact:
            return None
        first_other = next((fault for fault in self._queue if fault.group != "brief"), None)
        if first_other is not None and self._may_other(first_other, seen):
            return self._take(first_other)
        calm = first_other is not None and first_other.needs_hold and seen.others == 0 and ready
        if calm or seen.briefs >= BRIEFS_AT_ONCE or seen.now_s - self._brief_at_s < BRIEF_GAP_S:
            return None
        for fault in self._queue:
            if fault.group == "brief" and fault.target not in seen.busy:
                self._brief_at_s = seen.now_s
                return self._take(fault)
        return None

    def put_back(self, fault: Fault) -> None:
        """It met nothing to strike; it is thrown again."""
        self._queue.append(fault)

    def _may_other(self, fault: Fault, seen: Situation) -> bool:
        if fault.target in seen.busy:
            return False
        if fault.group == "machine":
            return True
        if seen.others > 0 or not seen.whole:
            return False
        if not fault.needs_hold:
            return True
        waited = self._ready_since_s >= 0.0 and seen.now_s - self._ready_since_s > PATIENCE_S
        return seen.running and seen.briefs == 0 and seen.now_s - self._brief_at_s > CALM_S and (seen.moving or waited)

    def _take(self, fault: Fault) -> Fault:
        self._queue.remove(fault)
        self._refill()
        return fault

    def _refill(self) -> None:
        while self._left > 0 and len(self._queue) < LOOK_AHEAD:
            self._queue.append(next(self._faults))
            self._left -= 1
