"""Finds and reads robots' YAML files."""

from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError

from touchloop.errors import InputError
from touchloop.robots.config import PairConfig, RobotConfig

FOLDER = Path("config") / "robots"
T = TypeVar("T")


def robot_file(robot: str, folder: Path) -> Path:
    """The YAML of a robot, by its name in ``folder`` or its path.

    Raises:
        InputError: there is none; the message lists those in the folder.
    """
    path = Path(robot).expanduser() if robot.endswith((".yaml", ".yml")) else folder / f"{robot}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in folder.glob("*.yaml"))) or "none"
        raise InputError(f"robot '{robot}': there is no {path}; {folder} has: {known}")
    return path


def load_robot(path: Path, arm: str = "") -> tuple[RobotConfig, Path]:
    """Reads one arm's configuration; of a file that names several arms, that of ``arm``.

    Returns:
        The configuration and the file that it stands in.

    Raises:
        InputError: not readable, or what it says is not valid; each fault is named by its place.
    """
    content = _content(path)
    if not isinstance(content, dict) or "arms" not in content:
        return _checked(path, content, RobotConfig), path
    arms = _checked(path, content, PairConfig).arms
    if arm not in arms:
        raise InputError(f"{path} has no arm '{arm}'; its arms are: {', '.join(arms)}")
    file = robot_file(arms[arm], path.parent)
    return _checked(file, _content(file), RobotConfig), file


def description_of(config: RobotConfig, path: Path) -> str:
    """The URDF's text that a configuration read from ``path`` names.

    Raises:
        InputError: there is no such file, or it comes by topic only.
    """
    if config.description == "topic":
        raise InputError(f"{path}: the description of {config.name} comes by the topic robot_description")
    beside = path.parent / config.description
    inside = files("touchloop.robots") / "descriptions" / config.description
    for place in (beside, inside):
        if place.is_file():
            return place.read_text(encoding="utf-8")
    raise InputError(f"{path}: description '{config.description}': neither {beside} nor {inside} is there")


def _content(path: Path) -> object:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def _checked(path: Path, content: object, kind: type[T]) -> T:
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        faults = [
            f"{'.'.join(map(str, fault['loc'])) or 'file'}: {fault['msg'].removeprefix('Value error, ')}"
            for fault in error.errors()
        ]
        raise InputError(f"{path}: {'; '.join(faults)}") from error
