"""The ``calibration`` block of a robot's YAML file: what ``touchloop calibrate`` measured."""

import datetime
from dataclasses import dataclass, field

from touchloop.errors import InputError
from touchloop.robots.config_types import STRICT, Pose, Six, Three, check_pose

PARTS = ("tool", "bias", "hand_eye", "latency")
"""What is calibrated, each with a date of its own."""


@dataclass(frozen=True, kw_only=True)
class CameraCalibration:
    """Where a camera is, and its lens where that was calibrated too. The optical frame: z ahead, x right, y down."""

    __pydantic_config__ = STRICT
    camera_in_tip: Pose | None = None
    """Of a camera that the arm carries; in the driver's tip, so that it outlives a change of tool."""
    camera_in_base_link: Pose | None = None
    """Of a camera that looks at the arm."""
    focal_px: tuple[float, float] | None = None
    centre_px: tuple[float, float] | None = None
    distortion: tuple[float, ...] | None = None
    """k1 k2 p1 p2 k3, as in sensor_msgs/CameraInfo."""

    def __post_init__(self) -> None:
        for name in ("camera_in_tip", "camera_in_base_link"):
            pose = getattr(self, name)
            if pose is not None:
                check_pose(name, pose)


@dataclass(frozen=True, kw_only=True)
class Calibration:
    """What ``touchloop calibrate`` measured. An absent date means that nothing was."""

    __pydantic_config__ = STRICT
    date: datetime.date | None = None
    """Of the oldest part."""
    dates: dict[str, datetime.date] = field(default_factory=dict)
    """Of each part."""
    tool_mass_kg: float = 0.0
    tool_com_in_sensor_m: Three = (0.0, 0.0, 0.0)
    """Centre of mass of all that hangs on the sensor, in ``ft_sensor``."""
    sensor_bias: Six = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    """Force [N], then torque [N m], in ``ft_sensor``: what it tells when nothing acts on it."""
    latency_s: dict[str, float] = field(default_factory=dict)
    """``command``: lag of the joints behind what they are told; else of a stream: age of what it tells on arrival."""
    cameras: dict[str, CameraCalibration] = field(default_factory=dict)
    residuals: dict[str, float] = field(default_factory=dict)
    """What the fits leave; names end in their unit."""

    def __post_init__(self) -> None:
        unknown = [part for part in self.dates if part not in PARTS]
        if unknown:
            raise InputError(f"dates has {', '.join(unknown)}: expected some of {', '.join(PARTS)}")
        if self.tool_mass_kg < 0.0:
            raise InputError(f"tool_mass_kg is {self.tool_mass_kg:g}: expected 0 or more")
