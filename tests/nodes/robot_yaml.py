"""Robots' YAML files for tests of nodes: the simulated arm's, with blocks added."""

from pathlib import Path

import yaml

FOLDER = Path(__file__).parents[2] / "config" / "robots"
GRIPPER = {
    "kind": "gripper_command",
    "name": "driver/gripper_action",
    "states": "driver/gripper_states",
    "joint": "finger",
    "open_width_m": 0.08,
    "open_position": 0.04,
    "closed_position": 0.0,
    "answer_timeout_s": 0.5,
}


def robot_with(folder: Path, **blocks: object) -> Path:
    """A file of a robot with these blocks; its description is a file, so that nothing waits for a topic."""
    content = yaml.safe_load((FOLDER / "panda.yaml").read_text()) | {"description": "fr3.urdf"} | blocks
    path = folder / "robot.yaml"
    path.write_text(yaml.safe_dump(content))
    return path
