"""The configuration of one robot: what its YAML file says, checked."""

import math
from dataclasses import dataclass, field

import numpy as np

from touchloop.errors import InputError
from touchloop.robots.config_calibration import Calibration
from touchloop.robots.config_gripper import Gripper
from touchloop.robots.config_sensors import Camera, Tactile, Tare
from touchloop.robots.config_types import IDENTITY, STRICT, Pose, Six, Three, check_pose

FAMILIES = (
    "crisp",
    "fzi",
    "joint_trajectory_controller",
    "forward_command_controller",
    "moveit_servo",
    "topic_based",
)


@dataclass(frozen=True, kw_only=True)
class Frames:
    """Names of the driver's frames, and where the project's lie in them. Poses are (7,), quaternions xyzw.

    The project's are ``base_link``, ``ft_sensor`` and ``tcp``; the sensor's z axis points out of the tool.
    """

    __pydantic_config__ = STRICT
    base: str
    """Frame of the poses that the driver takes and gives."""
    tip: str
    """Link whose pose the driver takes and gives."""
    sensor: str = ""
    """Frame of the driver's wrench; empty: any."""
    base_link_in_base: Pose = IDENTITY
    tcp_in_tip: Pose = IDENTITY
    ft_sensor_in_sensor: Pose = IDENTITY
    gravity_in_base_link_m_s2: Three = (0.0, 0.0, -9.80665)
    """Another direction for an arm on a wall or a ceiling."""
    wrench_on_environment: bool = False
    """The driver gives what the tool does to the environment, not the opposite."""

    def __post_init__(self) -> None:
        for name in ("base_link_in_base", "tcp_in_tip", "ft_sensor_in_sensor"):
            check_pose(name, getattr(self, name))
        if not 9.0 < math.hypot(*self.gravity_in_base_link_m_s2) < 10.5:
            raise InputError(
                f"gravity_in_base_link_m_s2 is {list(self.gravity_in_base_link_m_s2)}; expected a length of about 9.81"
            )


@dataclass(frozen=True, kw_only=True)
class Topics:
    """Topic names, relative to the arm's namespace unless they begin with a slash. Empty: there is none."""

    __pydantic_config__ = STRICT
    joint_states: str
    wrench: str = ""
    pose: str = ""
    twist: str = ""
    commands: dict[str, str] = field(default_factory=dict)
    """The family's command to its topic."""


@dataclass(frozen=True, kw_only=True)
class JointLimits:
    """What the adapter keeps below, a number a joint."""

    __pydantic_config__ = STRICT
    velocity_rad_s: tuple[float, ...]
    acceleration_rad_s2: tuple[float, ...]
    jerk_rad_s3: tuple[float, ...]

    def __post_init__(self) -> None:
        for name in ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3"):
            if not all(value > 0.0 for value in getattr(self, name)):
                raise InputError(f"{name} is {list(getattr(self, name))}: expected numbers above 0")


@dataclass(frozen=True, kw_only=True)
class Compliance:
    """The spring that an arm shall feel like: by its own controller, or made from the wrench on a stiff arm."""

    __pydantic_config__ = STRICT
    stiffness: Six = (800.0, 800.0, 800.0, 40.0, 40.0, 40.0)
    """[N/m], then [N m/rad], in the TCP frame."""
    damping: Six = (100.0, 100.0, 100.0, 2.0, 2.0, 2.0)
    """[N s/m], then [N m s/rad]."""
    mass: Six = (2.0, 2.0, 2.0, 0.05, 0.05, 0.05)
    """[kg], then [kg m2]."""

    def __post_init__(self) -> None:
        for name in ("stiffness", "damping", "mass"):
            if not all(value > 0.0 for value in getattr(self, name)):
                raise InputError(f"{name} is {list(getattr(self, name))}: expected numbers above 0")


@dataclass(frozen=True, kw_only=True)
class RobotConfig:
    """One arm."""

    __pydantic_config__ = STRICT
    name: str
    family: str
    description: str
    """URDF: a file of touchloop.robots.descriptions, a path beside the YAML, or ``topic`` for robot_description."""
    joints: tuple[str, ...]
    posture_rad: tuple[float, ...]
    """What the null space pulls towards."""
    frames: Frames
    topics: Topics
    limits: JointLimits
    compliance: Compliance = field(default_factory=Compliance)
    options: dict[str, float] = field(default_factory=dict)
    """Of the family's adapter."""
    gripper: Gripper | None = None
    cameras: dict[str, Camera] = field(default_factory=dict)
    """By the name that their pictures go on under: ``wrist`` is what the planner sees."""
    tactile: Tactile | None = None
    tare: Tare | None = None
    calibration: Calibration = field(default_factory=Calibration)

    def __post_init__(self) -> None:
        if self.family not in FAMILIES:
            raise InputError(f"family '{self.family}': expected one of {', '.join(FAMILIES)}")
        if not self.joints or len(set(self.joints)) != len(self.joints):
            raise InputError(f"joints {list(self.joints)}: expected at least one, each once")
        limits = self.limits
        counted = {"posture_rad": self.posture_rad} | {
            f"limits.{name}": getattr(limits, name) for name in ("velocity_rad_s", "acceleration_rad_s2", "jerk_rad_s3")
        }
        for name, values in counted.items():
            if len(values) != len(self.joints):
                raise InputError(f"{name} has {len(values)} numbers; expected {len(self.joints)}, one a joint")


@dataclass(frozen=True, kw_only=True)
class PairConfig:
    """Two or more arms, each in a namespace of its own."""

    __pydantic_config__ = STRICT
    arms: dict[str, str]
    """Name of an arm to the robot that it is."""


def as_array(values: tuple[float, ...]) -> np.ndarray:
    """A tuple as float64 (n,)."""
    return np.array(values, dtype=float)
