"""Makes the stand-in of a controller family."""

from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.crisp import CrispStandIn
from touchloop.robots.stand_ins.stand_in import StandIn


def make_stand_in(config: RobotConfig, urdf: str) -> StandIn:
    """The stand-in of ``config.family``; the robot's frames must be the simulated arm's."""
    return {"crisp": CrispStandIn}[config.family](config, urdf)
