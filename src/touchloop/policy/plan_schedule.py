"""When to plan, and from what: between the streams of all arms as they arrive and the planner."""

from collections.abc import Sequence

import numpy as np

from touchloop.errors import InputError
from touchloop.policy.observation_buffer import ObservationBuffer
from touchloop.policy.plan import LatentPlan
from touchloop.policy.planner import Planner

STREAM_TIMEOUT_S = 0.3
"""An older pose, wrench or marker field is not planned from."""
PICTURE_TIMEOUT_S = 2.0
"""Pictures may come late on a busy machine, and change slowly."""
OVERDUE_NS = 150_000_000
"""A plan that waited so long for its picture is made with the last one."""
MARKERS_PERIOD_NS = 20_000_000
PICTURE_PERIOD_NS = 100_000_000
"""In lock-step these streams have a sample so often, counted from the episode's start."""


class PlanSchedule:
    """Feed it what arrives; ``next_plans`` plans when a plan is due and its observation complete.

    A plan is made from the poses and wrenches of the very instant that it is stamped with. In lock-step (``exact``) the
    instants are ``episode start + k * period`` (k >= 1), whatever it takes, with the newest markers and pictures up to
    then. Free-running they are those of the newest picture that comes a period or more after the last plan; when none
    comes, the plan is made from the newest touch and the last picture.

    Args:
        planner: plans for all arms at once.
        period_ns: between two plans.
        exact: lock-step.
        arms: their names, for messages to people.

    Attributes:
        buffers: take the samples, one an arm.
        problem: why there is no plan; empty if nothing is wrong.
    """

    def __init__(self, planner: Planner, period_ns: int, exact: bool, arms: Sequence[str] = ("",)) -> None:
        self._planner = planner
        self._period_ns = period_ns
        self._exact = exact
        self._prefixes = [f"{arm}/" if arm else "" for arm in arms]
        self.buffers = tuple(ObservationBuffer() for _ in arms)
        self.problem = "no samples yet"
        self._biases = [(-1, np.zeros(6)) for _ in arms]
        self._start_ns = -1
        self._seed = 0
        self._due_ns = -1
        self._sequence = -1

    def begin_episode(self, start_ns: int, seed: int) -> None:
        """An episode begins; what was sensed before it is forgotten."""
        for buffer in self.buffers:
            buffer.forget_before(start_ns)
        self._start_ns, self._seed = start_ns, seed
        self._due_ns = start_ns + self._period_ns
        self._sequence = -1

    def set_bias(self, stamp_ns: int, wrench_bias: np.ndarray, arm: int = 0) -> None:
        """The controller of an arm measured its wrench's bias (6,)."""
        self._biases[arm] = (stamp_ns, wrench_bias)

    def next_plans(self) -> tuple[LatentPlan, ...] | None:
        """The plans that are due, one an arm, or None; to be called again until it returns None."""
        if self._start_ns < 0:
            self.problem = "no episode yet"
            return None
        stamp_ns = self._due_ns if self._exact else self._newest_instant_ns()
        if stamp_ns < 0 or (self._exact and not self._complete_at(stamp_ns)):
            return None
        tared = [bias_ns >= self._start_ns for bias_ns, _ in self._biases]
        if not self._exact and not all(tared):
            self.problem = "the controller has not measured the wrench bias yet"
            return None
        if self._sequence < 0:
            # A planner that comes into the middle of an episode counts on from where it would be.
            self._sequence = max((stamp_ns - self._start_ns) // self._period_ns - 1, 0)
        try:
            seen = [
                buffer.observation(stamp_ns, bias if known else np.zeros(6))
                for buffer, (_, bias), known in zip(self.buffers, self._biases, tared, strict=True)
            ]
            plans = self._planner.plan(seen, self._sequence, self._seed)
        except InputError as error:
            self.problem = str(error)
            if self._exact:
                self._due_ns += self._period_ns
            return None
        self.problem = ""
        self._due_ns = stamp_ns + self._period_ns
        self._sequence += 1
        return plans

    def _complete_at(self, stamp_ns: int) -> bool:
        """Whether lock-step's observation of an instant is there."""
        since_ns = stamp_ns - self._start_ns
        markers_ns, picture_ns = stamp_ns - since_ns % MARKERS_PERIOD_NS, stamp_ns - since_ns % PICTURE_PERIOD_NS
        return all(buffer.complete_at(stamp_ns, markers_ns, picture_ns) for buffer in self.buffers)

    def _newest_instant_ns(self) -> int:
        """When to plan from if a plan is due and the samples are fresh, else -1."""
        newest_ns = min(buffer.newest_touch_ns for buffer in self.buffers)
        picture_ns = min(buffer.newest_picture_ns for buffer in self.buffers)
        missing = [
            f"{prefix}{stream}"
            for prefix, buffer in zip(self._prefixes, self.buffers, strict=True)
            for stream in buffer.missing(newest_ns, STREAM_TIMEOUT_S, PICTURE_TIMEOUT_S)
        ]
        if missing:
            self.problem = f"no fresh {', '.join(missing)}"
            return -1
        if picture_ns >= self._due_ns and all(buffer.complete_at(picture_ns) for buffer in self.buffers):
            return picture_ns
        return newest_ns if newest_ns >= self._due_ns + OVERDUE_NS else -1
