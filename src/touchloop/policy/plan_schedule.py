"""When to plan, and from what: between the streams as they arrive and the planner."""

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


class PlanSchedule:
    """Feed it what arrives; ``next_plan`` plans when a plan is due and its observation complete.

    A plan is made from the samples of the very instant that it is stamped with. In lock-step (``exact``) the instants
    are ``episode start + k * period`` (k >= 1), whatever it takes. Free-running they are those of the newest picture
    that comes a period or more after the last plan; when none comes, the plan is made from the newest touch and the
    last picture.

    Attributes:
        buffer: takes the samples.
        problem: why there is no plan; empty if nothing is wrong.
    """

    def __init__(self, planner: Planner, period_ns: int, exact: bool) -> None:
        self._planner = planner
        self._period_ns = period_ns
        self._exact = exact
        self.buffer = ObservationBuffer()
        self.problem = "no samples yet"
        self._bias_ns = -1
        self._bias = np.zeros(6)
        self._start_ns = -1
        self._seed = 0
        self._due_ns = -1
        self._sequence = -1

    def begin_episode(self, start_ns: int, seed: int) -> None:
        """An episode begins; what was sensed before it is forgotten."""
        self.buffer.forget_before(start_ns)
        self._start_ns, self._seed = start_ns, seed
        self._due_ns = start_ns + self._period_ns
        self._sequence = -1

    def set_bias(self, stamp_ns: int, wrench_bias: np.ndarray) -> None:
        """The controller measured the wrench's bias (6,)."""
        self._bias_ns, self._bias = stamp_ns, wrench_bias

    def next_plan(self) -> LatentPlan | None:
        """The plan that is due, or None; to be called again until it returns None."""
        if self._start_ns < 0:
            self.problem = "no episode yet"
            return None
        stamp_ns = self._due_ns if self._exact else self._newest_instant_ns()
        if stamp_ns < 0 or (self._exact and not self.buffer.complete_at(stamp_ns)):
            return None
        tared = self._bias_ns >= self._start_ns
        if not self._exact and not tared:
            self.problem = "the controller has not measured the wrench bias yet"
            return None
        if self._sequence < 0:
            # A planner that comes into the middle of an episode counts on from where it would be.
            self._sequence = max((stamp_ns - self._start_ns) // self._period_ns - 1, 0)
        try:
            observation = self.buffer.observation(stamp_ns, self._bias if tared else np.zeros(6))
            plan = self._planner.plan(observation, self._sequence, self._seed)
        except InputError as error:
            self.problem = str(error)
            if self._exact:
                self._due_ns += self._period_ns
            return None
        self.problem = ""
        self._due_ns = stamp_ns + self._period_ns
        self._sequence += 1
        return plan

    def _newest_instant_ns(self) -> int:
        """When to plan from if a plan is due and the samples are fresh, else -1."""
        newest_ns, picture_ns = self.buffer.newest_touch_ns, self.buffer.newest_picture_ns
        missing = self.buffer.missing(newest_ns, STREAM_TIMEOUT_S, PICTURE_TIMEOUT_S)
        if missing:
            self.problem = f"no fresh {missing}"
            return -1
        if picture_ns >= self._due_ns and self.buffer.complete_at(picture_ns):
            return picture_ns
        return newest_ns if newest_ns >= self._due_ns + OVERDUE_NS else -1
