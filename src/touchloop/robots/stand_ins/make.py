"""Makes the stand-in of a controller family."""

from touchloop.robots.config import RobotConfig
from touchloop.robots.stand_ins.crisp import CrispStandIn
from touchloop.robots.stand_ins.forward import ForwardStandIn, TopicBasedStandIn
from touchloop.robots.stand_ins.fzi import FziStandIn
from touchloop.robots.stand_ins.servo import ServoStandIn
from touchloop.robots.stand_ins.stand_in import StandIn
from touchloop.robots.stand_ins.trajectory import TrajectoryStandIn

_STAND_INS = {
    "crisp": CrispStandIn,
    "fzi": FziStandIn,
    "joint_trajectory_controller": TrajectoryStandIn,
    "forward_command_controller": ForwardStandIn,
    "moveit_servo": ServoStandIn,
    "topic_based": TopicBasedStandIn,
}


def make_stand_in(config: RobotConfig, urdf: str) -> StandIn:
    """The stand-in of ``config.family``; the robot's frames must be the simulated arm's."""
    return _STAND_INS[config.family](config, urdf)
