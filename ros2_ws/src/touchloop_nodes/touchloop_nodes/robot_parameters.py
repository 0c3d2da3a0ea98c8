"""Parameters that name a robot, shared by the adapter and the stand-ins."""

from dataclasses import replace
from pathlib import Path

from touchloop.errors import InputError
from touchloop.robots.config import FAMILIES, RobotConfig
from touchloop.robots.load import description_of, load_robot
from touchloop_nodes.parameters import Parameters


def declare_robot(parameters: Parameters) -> None:
    """Declares robot and family."""
    parameters.declare("robot", "", "YAML file of the robot, as config/robots/fr3.yaml.")
    parameters.declare("family", "", "Controller family; empty: the robot's.", choices=("", *FAMILIES))


def robot_of(parameters: Parameters, arm: str) -> tuple[RobotConfig, str]:
    """The configuration of an arm and its URDF; the latter is empty where it comes by topic.

    Raises:
        InputError: no file, or what it says is not valid.
    """
    if not parameters["robot"]:
        raise InputError("robot is empty; expected a YAML file, as config/robots/fr3.yaml")
    path = Path(parameters["robot"]).expanduser()
    if not path.is_file():
        raise InputError(f"robot is {path}; there is no such file")
    config, path = load_robot(path, arm)
    if parameters["family"]:
        config = replace(config, family=parameters["family"])
    return config, "" if config.description == "topic" else description_of(config, path)
