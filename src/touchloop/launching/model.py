"""What a launch file says, before any value is known."""

from dataclasses import dataclass
from pathlib import Path

from touchloop.launching.templates import Template
from touchloop.launching.xml_tree import Place


@dataclass(frozen=True, slots=True)
class Condition:
    """An ``if`` (wanted is true) or ``unless`` attribute."""

    expression: Template
    wanted: bool


@dataclass(frozen=True, slots=True)
class Action:
    """Anything that stands in a launch file."""

    place: Place
    condition: Condition | None


@dataclass(frozen=True, slots=True)
class Argument(Action):
    """``<arg>``: a variable that the caller may set."""

    name: str
    default: Template | None
    description: str
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Let(Action):
    """``<let>``: sets a variable."""

    name: Template
    value: Template


@dataclass(frozen=True, slots=True)
class SetEnvironment(Action):
    """``<set_env>``: sets an environment variable for what follows."""

    name: Template
    value: Template


@dataclass(frozen=True, slots=True)
class PushNamespace(Action):
    """``<push_ros_namespace>``: prefixes the namespace of the nodes that follow."""

    namespace: Template


@dataclass(frozen=True, slots=True)
class SetRemap(Action):
    """``<set_remap>``: another name for a topic or service of the nodes that follow."""

    old: Template
    new: Template


@dataclass(frozen=True, slots=True)
class Include(Action):
    """``<include>``: another launch file, with values for its arguments."""

    file: Template
    arguments: tuple[tuple[Template, Template], ...]


@dataclass(frozen=True, slots=True)
class Group(Action):
    """``<group>``: actions with a scope of their own, unless it is not scoped."""

    actions: tuple[Action, ...]
    scoped: bool
    forwarding: bool


@dataclass(frozen=True, slots=True)
class Parameter:
    """``<param name value>``; ``type`` as in the ROS 2 launch front end, ``None`` for YAML's rules."""

    place: Place
    name: Template
    value: str
    type: str | None


@dataclass(frozen=True, slots=True)
class ParameterFile:
    """``<param from>``."""

    place: Place
    file: Template


@dataclass(frozen=True, slots=True)
class ProcessOptions:
    """What ``<node>`` and ``<executable>`` have in common."""

    output: Template
    cwd: Template | None
    environment: tuple[tuple[Template, Template], ...]
    respawn: Template
    respawn_delay_s: float
    shutdown_on_exit: bool
    sigterm_timeout_s: float
    """From SIGINT to SIGTERM."""
    sigkill_timeout_s: float
    """From SIGTERM to SIGKILL."""


@dataclass(frozen=True, slots=True)
class Executable(Action):
    """``<executable>``: any program; ``command`` is split as a shell would, without a shell."""

    command: tuple[Template, ...]
    name: Template | None
    options: ProcessOptions


@dataclass(frozen=True, slots=True)
class Node(Action):
    """``<node>``: a ROS node."""

    package: Template
    executable: Template
    name: Template | None
    namespace: Template | None
    arguments: tuple[Template, ...]
    ros_arguments: tuple[Template, ...]
    parameters: tuple[Parameter | ParameterFile, ...]
    remaps: tuple[tuple[Template, Template], ...]
    options: ProcessOptions


@dataclass(frozen=True, slots=True)
class LaunchFile:
    """One parsed file."""

    file: Path
    actions: tuple[Action, ...]
