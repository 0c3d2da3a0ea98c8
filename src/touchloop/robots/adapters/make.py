"""Makes the adapter that a robot's family needs."""

from touchloop.robots.adapters.adapter import Adapter
from touchloop.robots.adapters.crisp import CrispAdapter
from touchloop.robots.adapters.fzi import FziAdapter
from touchloop.robots.adapters.joints import JointAdapter
from touchloop.robots.adapters.servo import ServoAdapter
from touchloop.robots.config import RobotConfig

_ADAPTERS = {
    "crisp": CrispAdapter,
    "fzi": FziAdapter,
    "joint_trajectory_controller": JointAdapter,
    "forward_command_controller": JointAdapter,
    "moveit_servo": ServoAdapter,
    "topic_based": JointAdapter,
}


def make_adapter(config: RobotConfig, urdf: str) -> Adapter:
    """The adapter of ``config.family``, for the arm that ``urdf`` describes."""
    return _ADAPTERS[config.family](config, urdf)
