"""Makes the adapter that a robot's family needs."""

from touchloop.robots.adapters.adapter import Adapter
from touchloop.robots.adapters.crisp import CrispAdapter
from touchloop.robots.config import RobotConfig


def make_adapter(config: RobotConfig, urdf: str) -> Adapter:
    """The adapter of ``config.family``, for the arm that ``urdf`` describes."""
    return {"crisp": CrispAdapter}[config.family](config, urdf)
