"""Decides what a gripper is told and when, from wanted widths and what its driver says.

A gripper keeps its grip whatever fails. Nothing but a new wanted width makes it move: a fault is told, never answered
by opening. Goals are never cancelled, because a cancelled ros2_control gripper holds its present position, and one of
Franka stops, and both lose the force that they press with.
"""

import math
from dataclasses import dataclass
from enum import Enum

from touchloop.robots.config_gripper import Gripper

TRIES = 3
"""A goal without an answer is sent so often."""
STATE_TIMEOUT_S = 1.0
WISH_TIMEOUT_S = 1.0
"""A wanted width that could not be sent for so long is forgotten: nothing moves when a server comes back much later."""
STILL_S, STILL_M = 0.4, 0.0005
"""A gripper that moved less than this in such a time stands still."""


class Phase(Enum):
    """What the gripper does, as far as it is known."""

    IDLE = "nothing was wanted yet"
    SENT = "told, no answer yet"
    MOVING = "moves"
    REACHED = "where it was told"
    HOLDING = "stopped on the way to closing: it holds something"
    FAILED = "not where it was told"


class Outcome(Enum):
    """How an action ended."""

    SUCCEEDED = "succeeded"
    ABORTED = "was aborted"
    CANCELED = "was cancelled"


@dataclass(frozen=True, slots=True)
class Order:
    """One command. ``position`` and ``effort`` are in the driver's unit; of several orders the newest counts."""

    number: int
    position: float
    effort: float


class GripperCommander:
    """Wanted widths and the driver's words in, orders out; all times are monotonic [s].

    Attributes:
        phase: what the gripper does.
        problem: what is wrong; empty when nothing is.
        refused: wanted widths that were not obeyed.
    """

    def __init__(self, config: Gripper) -> None:
        self._config = config
        self._acts = config.kind != "topic"
        self.phase, self.problem, self.refused = Phase.IDLE, "", 0
        self._wanted_m = self._target_m = self._from_m = math.nan
        self._wanted_at_s = -math.inf
        self._number = self._tries = 0
        self._sent_at_s = self._began_at_s = -math.inf
        self._width_m, self._heard_at_s = math.nan, -math.inf
        self._still_m, self._still_since_s = math.nan, -math.inf
        self.reachable = not self._acts
        """Whether an action server is there; set it as the graph changes."""

    def width_m(self, now_s: float) -> float:
        """The gap between the fingers; NaN while it is not known."""
        return self._width_m if now_s - self._heard_at_s <= STATE_TIMEOUT_S else math.nan

    def want(self, width_m: float, now_s: float) -> None:
        """A width is wanted; one that cannot be is refused, with the reason in ``problem``."""
        low, high, slack = self._config.closed_width_m, self._config.open_width_m, self._config.tolerance_m
        if not low - slack <= width_m <= high + slack:
            self.refuse(f"width {width_m:g} m is refused: expected {low:g} to {high:g}")
            return
        self._wanted_m, self._wanted_at_s = min(max(width_m, low), high), now_s

    def refuse(self, reason: str) -> None:
        """A wanted width does not count, for this reason."""
        self.refused += 1
        self.problem = f"{reason}; the gripper stays as it is"

    def measure(self, position: float, now_s: float) -> None:
        """The driver's position of the joint; one that is not finite does not count."""
        if not math.isfinite(position):
            return
        self._width_m, self._heard_at_s = self._config.width_m(position), now_s
        if not abs(self._width_m - self._still_m) <= STILL_M:
            self._still_m, self._still_since_s = self._width_m, now_s

    def step(self, now_s: float) -> Order | None:
        """What is to be sent now. To be called often."""
        config = self._config
        if self._is_new(now_s):
            if now_s - self._sent_at_s >= config.min_period_s:
                return self._begin(self._wanted_m, now_s)
        elif self.phase is Phase.SENT and self._acts and now_s - self._sent_at_s > config.answer_timeout_s:
            if self._tries < TRIES and self.reachable:
                return self._order(now_s)
            self._fail(f"{config.name} does not answer")
        elif self.phase in (Phase.SENT, Phase.MOVING):
            return self._watch(now_s)
        return None

    def accepted(self, number: int) -> None:
        """The server took the goal."""
        if number == self._number and self.phase is Phase.SENT:
            self.phase, self.problem = Phase.MOVING, ""

    def rejected(self, number: int) -> None:
        """The server refused the goal."""
        if number == self._number:
            self._fail(f"{self._config.name} rejected the goal of {self._target_m:g} m")

    def finished(self, number: int, outcome: Outcome, reached: bool, stalled: bool, now_s: float) -> None:
        """The action ended; results of goals that a later one replaced do not count."""
        if number != self._number or self.phase not in (Phase.SENT, Phase.MOVING):
            return
        if reached and outcome is Outcome.SUCCEEDED:
            self._settle(Phase.REACHED)
        elif outcome is Outcome.CANCELED:
            self._fail(f"the goal of {self._target_m:g} m {outcome.value} by somebody else or by a fault of the driver")
        elif stalled:
            self._stopped(self.width_m(now_s))
        else:
            # Drivers differ: Franka aborts on an object, xArm succeeds without having reached. The width decides.
            width_m = self.width_m(now_s)
            if math.isnan(width_m):
                self._fail(f"the goal of {self._target_m:g} m {outcome.value} without being reached")
            elif abs(width_m - self._target_m) <= self._config.tolerance_m:
                self._settle(Phase.REACHED)
            else:
                self._stopped(width_m)

    def _is_new(self, now_s: float) -> bool:
        if not now_s - self._wanted_at_s <= WISH_TIMEOUT_S:
            return False
        if math.isnan(self._target_m):
            return True
        if self.phase is Phase.FAILED and now_s - self._began_at_s > 2.0 * self._config.motion_timeout_s:
            return True
        at_end = self._wanted_m in (self._config.closed_width_m, self._config.open_width_m)
        difference_m = abs(self._wanted_m - self._target_m)
        return difference_m >= self._config.deadband_m or (at_end and difference_m > 0.0)

    def _begin(self, wanted_m: float, now_s: float) -> Order | None:
        if not self.reachable:
            self.problem = f"the action server {self._config.name} is not there; the gripper stays as it is"
            return None
        # Without a measured width the last target stands in for it.
        width_m = self.width_m(now_s)
        self._from_m = width_m if math.isfinite(width_m) else self._target_m
        self._target_m, self._tries, self._began_at_s = wanted_m, 0, now_s
        return self._order(now_s)

    def _order(self, now_s: float) -> Order:
        self._number, self._tries, self._sent_at_s = self._number + 1, self._tries + 1, now_s
        self._still_m = math.nan
        self.phase, self.problem = Phase.SENT, ""
        return Order(self._number, self._config.position(self._target_m), self._config.max_effort)

    def _watch(self, now_s: float) -> Order | None:
        width_m = self.width_m(now_s)
        if not self._acts:
            if math.isfinite(width_m) and abs(width_m - self._target_m) <= self._config.tolerance_m:
                self._settle(Phase.REACHED)
            elif math.isfinite(width_m) and now_s - max(self._still_since_s, self._sent_at_s) > STILL_S:
                # A topic may have lost the command; telling it again does no harm.
                if abs(width_m - self._from_m) <= self._config.tolerance_m and self._tries < TRIES:
                    return self._order(now_s)
                self._stopped(width_m)
            elif not self._config.states:
                self._settle(Phase.SENT)
                return None
        if self.phase in (Phase.SENT, Phase.MOVING) and now_s - self._began_at_s > self._config.motion_timeout_s:
            self._fail(f"no end of the motion to {self._target_m:g} m after {self._config.motion_timeout_s:g} s")
        return None

    def _stopped(self, width_m: float) -> None:
        short = math.isnan(width_m) or width_m > self._target_m + self._config.tolerance_m
        open_still = width_m >= self._config.open_width_m - self._config.tolerance_m
        if short and not open_still and not self._target_m >= self._from_m:
            self._settle(Phase.HOLDING)
            return
        at = "somewhere" if math.isnan(width_m) else f"at {width_m:.4f} m"
        self._fail(f"stopped {at} on the way to {self._target_m:g} m")

    def _settle(self, phase: Phase) -> None:
        self.phase, self.problem = phase, ""

    def _fail(self, problem: str) -> None:
        self.phase, self.problem = Phase.FAILED, f"{problem}; the gripper stays as it is"
