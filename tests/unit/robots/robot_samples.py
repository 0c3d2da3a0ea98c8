"""The simulated arm's configuration, for tests."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from touchloop.robots.config import RobotConfig
from touchloop.robots.load import load_robot
from touchloop.robots.stand_ins.stand_in import Measured
from touchloop.sim.arm import HOME_JOINT_POSITIONS, urdf_path

FOLDER = Path(__file__).parents[3] / "config" / "robots"
URDF = Path(urdf_path()).read_text()
HOME_POSE = np.array([0.45, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0])


def robot(family: str = "crisp", **changes: object) -> RobotConfig:
    return replace(load_robot(FOLDER / "panda.yaml")[0], family=family, **changes)


def measured(stamp_ns: int = 0, tcp: np.ndarray = HOME_POSE, joints: np.ndarray = HOME_JOINT_POSITIONS) -> Measured:
    return Measured(stamp_ns, joints.copy(), np.zeros(7), tcp.copy(), np.zeros(6))


def moved(x: float = 0.0, y: float = 0.0, z: float = 0.0) -> np.ndarray:
    """The home pose, moved [m]."""
    return np.concatenate([HOME_POSE[:3] + np.array([x, y, z]), HOME_POSE[3:]])
