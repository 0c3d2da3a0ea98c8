"""A gripper and its driver as documentation and source say they behave; the node around it has topics and actions.

Manners of the action servers, read in their sources:

- ``ros2_control`` (parallel_gripper_action_controller): refuses a goal without exactly one position; a new goal
  replaces the old one, which ends; a gripper that stands still short of its goal for a while has stalled, which counts
  as success where stalling is allowed; a cancelled goal holds the present position.
- ``franka`` (franka_gripper, GripperCommand): takes every goal; aborts one outside its range; closes by a grasp, which
  only succeeds on an object whose width is within an epsilon of the goal, opens by a move; tells widths, takes half.
- ``xarm`` (xarm_ros2): takes every goal, does not act on cancelling, ends every goal as a success and never says that
  it was reached.
"""

import math
from dataclasses import dataclass

from touchloop.errors import InputError
from touchloop.robots.config_gripper import Gripper
from touchloop.robots.grippers.commander import Outcome

MANNERS = ("ros2_control", "franka", "xarm")
SPEED_M_S = 0.1
GOAL_TOLERANCE_M, STALL_S, EPSILON_M = 0.001, 0.05, 0.005


@dataclass(frozen=True, slots=True)
class GripperResult:
    """How a goal ended; ``position`` in the unit that the driver answers in."""

    outcome: Outcome
    position: float
    stalled: bool
    reached: bool


class StandInGripper:
    """Two fingers, perhaps an object between them. ``step`` moves them.

    Args:
        config: the robot's block; the driver takes and gives its unit.
        manner: of the driver, one of ``MANNERS``.
        object_width_m: the fingers do not close further; 0 for none.
        allow_stalling: with ros2_control, whether a stall is a success.

    Attributes:
        width_m: the gap now.
        force_kept: whether the fingers press on the object.

    Raises:
        InputError: an unknown manner.
    """

    def __init__(self, config: Gripper, manner: str, object_width_m: float = 0.0, allow_stalling: bool = True) -> None:
        if manner not in MANNERS:
            raise InputError(f"manner '{manner}': expected one of {', '.join(MANNERS)}")
        self._config, self._manner, self._allow_stalling = config, manner, allow_stalling
        self._object_m = object_width_m
        self.width_m = config.open_width_m
        self._target_m = self.width_m
        self._goal_m: float | None = None
        self._still_s = 0.0

    @property
    def position(self) -> float:
        """Of the joint, in the driver's unit."""
        return self._config.position(self.width_m)

    @property
    def force_kept(self) -> bool:
        """Whether the fingers press on the object."""
        return self._object_m > 0.0 and self.width_m <= self._object_m and self._target_m < self._object_m

    def takes(self, positions: list[float]) -> bool:
        """Whether a goal is accepted."""
        return self._manner != "ros2_control" or len(positions) == 1

    def begin(self, position: float) -> GripperResult | None:
        """A goal, or a command by topic, in the driver's unit; a result where it ends at once."""
        if not math.isfinite(position):
            # forward_command_controller drops these, and the action servers compare them with everything in vain.
            return self._result(Outcome.ABORTED, False, False)
        width_m = self._config.width_m(position)
        if self._manner == "franka" and not 0.0 <= width_m <= self._config.open_width_m + 1e-9:
            return self._result(Outcome.ABORTED, False, False)
        self._goal_m = self._target_m = width_m
        self._still_s = 0.0
        return None

    def cancel(self) -> GripperResult | None:
        """A goal is to be given up; None where the driver does not act on it."""
        if self._manner == "xarm" or self._goal_m is None:
            return None
        self._goal_m, self._target_m = None, self.width_m
        return self._result(Outcome.CANCELED, False, False)

    def step(self, period_s: float) -> GripperResult | None:
        """Moves the fingers; the result of the goal when it ends now."""
        before_m = self.width_m
        reach_m = SPEED_M_S * period_s
        wanted_m = before_m + min(max(self._target_m - before_m, -reach_m), reach_m)
        if self._object_m > 0.0 and before_m >= self._object_m:
            wanted_m = max(wanted_m, self._object_m)
        self.width_m = min(max(wanted_m, self._config.closed_width_m), self._config.open_width_m)
        self._still_s = 0.0 if abs(self.width_m - before_m) > 1e-6 else self._still_s + period_s
        return None if self._goal_m is None else self._end(self._goal_m)

    def _end(self, goal_m: float) -> GripperResult | None:
        there = abs(self.width_m - goal_m) < GOAL_TOLERANCE_M
        stalled = self._still_s > STALL_S
        if not there and not stalled:
            return None
        self._goal_m = None
        if self._manner == "xarm":
            return self._result(Outcome.SUCCEEDED, False, False)
        if self._manner == "franka":
            grasped = there or abs(self.width_m - goal_m) <= EPSILON_M
            return self._result(Outcome.SUCCEEDED if grasped else Outcome.ABORTED, False, grasped)
        if there:
            return self._result(Outcome.SUCCEEDED, False, True)
        return self._result(Outcome.SUCCEEDED if self._allow_stalling else Outcome.ABORTED, True, False)

    def _result(self, outcome: Outcome, stalled: bool, reached: bool) -> GripperResult:
        return GripperResult(outcome, self.width_m if self._manner == "franka" else self.position, stalled, reached)
