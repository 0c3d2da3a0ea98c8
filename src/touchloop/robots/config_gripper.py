"""The ``gripper`` block of a robot's YAML file."""

from dataclasses import dataclass

from pydantic import ConfigDict

from touchloop.errors import InputError

KINDS = ("topic", "gripper_command", "parallel_gripper_command")
"""Float64MultiArray of a forward_command_controller, or one of control_msgs' actions."""


@dataclass(frozen=True, kw_only=True)
class Gripper:
    """How a gripper is driven. Positions are in the unit of its driver, widths are the gap between the fingers."""

    __pydantic_config__ = ConfigDict(extra="forbid", allow_inf_nan=False)
    kind: str
    name: str
    """Of the topic or action; relative to the arm's namespace unless it begins with a slash."""
    open_width_m: float
    open_position: float
    """What the driver calls ``open_width_m``: half the width with Franka, an angle with Robotiq."""
    closed_position: float
    closed_width_m: float = 0.0
    states: str = ""
    """JointState topic; empty: there is none, and only results of actions tell what the gripper did."""
    joint: str = ""
    """Its joint in ``states``, and in commands of parallel_gripper_command."""
    max_effort: float = 20.0
    """In the driver's unit; 0 leaves it to the driver."""
    tolerance_m: float = 0.003
    """A gripper this near its target has reached it; one that stops before holds something."""
    deadband_m: float = 0.002
    """A target that differs less from the one before is not sent."""
    min_period_s: float = 0.1
    """Between two commands."""
    answer_timeout_s: float = 1.0
    """An action server that is silent for so long is asked again."""
    motion_timeout_s: float = 5.0
    """A motion that has no end after so long has failed."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"kind '{self.kind}': expected one of {', '.join(KINDS)}")
        if not self.name:
            raise InputError("name is empty; expected a topic or an action")
        if not 0.0 <= self.closed_width_m < self.open_width_m <= 1.0:
            raise InputError(
                f"closed_width_m is {self.closed_width_m:g}, open_width_m {self.open_width_m:g}: "
                "expected 0 <= closed_width_m < open_width_m <= 1"
            )
        if self.open_position == self.closed_position:
            raise InputError(f"open_position and closed_position are both {self.open_position:g}; expected two numbers")
        if self.states and not self.joint:
            raise InputError(f"states is {self.states}, but joint is empty; expected the gripper's joint there")
        if self.kind == "parallel_gripper_command" and not self.joint:
            raise InputError("joint is empty; parallel_gripper_command needs its name")
        if self.max_effort < 0.0:
            raise InputError(f"max_effort is {self.max_effort:g}; expected 0 or more")
        for name in ("tolerance_m", "deadband_m", "min_period_s", "answer_timeout_s", "motion_timeout_s"):
            if not getattr(self, name) > 0.0:
                raise InputError(f"{name} is {getattr(self, name):g}; expected a number above 0")

    def position(self, width_m: float) -> float:
        """A width in the driver's unit."""
        share = (width_m - self.closed_width_m) / (self.open_width_m - self.closed_width_m)
        return self.closed_position + share * (self.open_position - self.closed_position)

    def width_m(self, position: float) -> float:
        """A position of the driver as a width."""
        share = (position - self.closed_position) / (self.open_position - self.closed_position)
        return self.closed_width_m + share * (self.open_width_m - self.closed_width_m)
