"""The variables that are visible at one point of a launch file, and the value of a template there."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from touchloop.errors import InputError
from touchloop.launching.packages import package_executable, package_share
from touchloop.launching.parameter_values import Value, to_yaml
from touchloop.launching.templates import Call, Template
from touchloop.launching.xml_tree import Place


@dataclass
class Scope:
    """Launch variables, environment, namespace, remaps. As in ROS 2, only a scoped group restores them, no include."""

    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    variables: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    remaps: list[tuple[str, str]] = field(default_factory=list)
    """For all nodes that follow, before their own."""
    folder: Path = Path()
    """Of the launch file being read."""
    parameter_folder: Path = Path()
    """Where to write files with nodes' parameters."""

    def __post_init__(self) -> None:
        self._first_environment = dict(self.environment)

    @contextmanager
    def pushed(self, forwarding: bool = True) -> Iterator[None]:
        """Undo all changes at the end; without forwarding begin with no variables and the first environment."""
        saved = dict(self.environment), dict(self.variables), self.namespace, list(self.remaps)
        if not forwarding:
            self.environment, self.variables, self.namespace = dict(self._first_environment), {}, None
            self.remaps = []
        try:
            yield
        finally:
            self.environment, self.variables, self.namespace, self.remaps = saved

    @contextmanager
    def inside(self, file: Path) -> Iterator[None]:
        """Let ``$(dirname)`` mean the folder of ``file``."""
        saved, self.folder = self.folder, file.parent
        try:
            yield
        finally:
            self.folder = saved

    def text(self, template: Template, place: Place) -> str:
        """Return the template with its substitutions carried out.

        Raises:
            LaunchFileError: a variable, package or executable that does not exist.
        """
        return "".join(part if isinstance(part, str) else self._call(part, place) for part in template)

    def evaluator(self, place: Place) -> Callable[[Template], str]:
        """Return :meth:`text` for templates at one place."""
        return lambda template: self.text(template, place)

    def write_parameters(self, node: str, values: Mapping[str, Value]) -> Path:
        """Write parameters of the node with that full name to a new file and return its path."""
        self.parameter_folder.mkdir(parents=True, exist_ok=True)
        number = len(list(self.parameter_folder.glob("launch_params_*")))
        file = self.parameter_folder / f"launch_params_{number}_{node.strip('/').replace('/', '.')}.yaml"
        lines = [f"    {to_yaml(name)}: {to_yaml(value)}\n" for name, value in values.items()]
        file.write_text(f"{node}:\n  ros__parameters:\n{''.join(lines)}", encoding="utf-8")
        return file

    def truth(self, template: Template, place: Place) -> bool:
        """Return the value of a condition: true, false, 1 or 0, in any case.

        Raises:
            LaunchFileError: any other value.
        """
        text = self.text(template, place)
        value = {"true": True, "1": True, "false": False, "0": False}.get(text.strip().lower())
        if value is None:
            raise place.error(f"the condition is {text!r}; it can be: true, false, 1, 0")
        return value

    def _call(self, call: Call, place: Place) -> str:
        arguments = [self.text(argument, place) for argument in call.arguments]
        try:
            match call.name:
                case "var":
                    return _look_up("launch variable", self.variables, arguments, place)
                case "env":
                    return _look_up("environment variable", self.environment, arguments, place)
                case "find-pkg-share":
                    return str(package_share(arguments[0], self._first_environment))
                case "dirname":
                    return str(self.folder)
                case _:
                    return str(package_executable(arguments[1], arguments[0], self._first_environment))
        except InputError as error:
            if isinstance(error, type(place.error(""))):
                raise
            raise place.error(str(error)) from error


def _look_up(kind: str, values: Mapping[str, str], arguments: list[str], place: Place) -> str:
    if arguments[0] in values:
        return values[arguments[0]]
    if len(arguments) > 1:
        return arguments[1]
    known = f"; there are: {', '.join(sorted(values)) or 'none'}" if kind == "launch variable" else ""
    raise place.error(f"the {kind} {arguments[0]!r} does not exist{known}")
