"""Builds the command line of a node, word for word as ROS 2 launch does.

A parameter goes to the node of that full name where name and namespace are given, else to all nodes of the process.
The first kind wins over the second and has to be in a file; the second is written out with ``-p``, where the original
makes a file too.
"""

import re
from collections.abc import Sequence
from pathlib import Path

from touchloop.launching import model
from touchloop.launching.parameter_values import Value, parameter_value, to_yaml
from touchloop.launching.scope import Scope
from touchloop.launching.templates import Call, Template
from touchloop.launching.xml_tree import Place

NAMESPACE = re.compile(r"/|(/[A-Za-z_][A-Za-z0-9_]*)+")
NODE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def joined_namespace(base: str | None, namespace: str, place: Place) -> str:
    """Return ``namespace`` below ``base``, or alone where it begins with a slash.

    Raises:
        LaunchFileError: the result is not a valid ROS namespace.
    """
    joined = namespace if not base or namespace.startswith("/") else f"{base.rstrip('/')}/{namespace}"
    joined = joined.rstrip("/") or "/"
    joined = joined if joined.startswith("/") else f"/{joined}"
    if not NAMESPACE.fullmatch(joined):
        raise place.error(f"the namespace is {joined!r}; its parts can have letters, digits and _, no digit first")
    return joined


def node_command(node: model.Node, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """Return a node's name (its executable's where it has none) and its command line.

    Raises:
        LaunchFileError: package, executable or parameter file missing, or a name or value that is not valid.
    """
    place = node.place

    def text(template: Template) -> str:
        return scope.text(template, place)

    command = [text((Call("exec-in-pkg", (node.executable, node.package)),)), *map(text, node.arguments)]
    if node.ros_arguments:
        command += ["--ros-args", *map(text, node.ros_arguments)]
    command.append("--ros-args")
    name = text(node.name) if node.name is not None else None
    if name is not None:
        if not NODE_NAME.fullmatch(name):
            raise place.error(f"the node's name is {name!r}; it can have letters, digits and _, no digit first")
        command += ["-r", f"__node:={name}"]
    namespace = scope.namespace
    if node.namespace is not None:
        namespace = joined_namespace(scope.namespace, text(node.namespace), place)
    if namespace is not None:
        command += ["-r", f"__ns:={namespace}"]
    owner = f"{namespace.rstrip('/')}/{name}" if name is not None and namespace is not None else None
    command += _parameter_words(node.parameters, owner, scope)
    for old, new in [*scope.remaps, *((text(old), text(new)) for old, new in node.remaps)]:
        command += ["-r", f"{old}:={new}"]
    return name or text(node.executable), tuple(command)


def _parameter_words(
    parameters: Sequence[model.Parameter | model.ParameterFile], owner: str | None, scope: Scope
) -> list[str]:
    words: list[str] = []
    owned: dict[str, Value] = {}

    def write_owned() -> None:
        if owner is not None and owned:
            words.extend(("--params-file", str(scope.write_parameters(owner, owned))))
            owned.clear()

    for parameter in parameters:
        place = parameter.place
        if isinstance(parameter, model.ParameterFile):
            file = Path(scope.text(parameter.file, place))
            if not file.is_file():
                raise place.error(f"the parameter file {file} does not exist")
            write_owned()
            words += ["--params-file", str(file)]
            continue
        name = scope.text(parameter.name, place)
        value = parameter_value(parameter.value, parameter.type, scope.evaluator(place), place)
        if owner is None:
            words += ["-p", f"{name}:={to_yaml(value)}"]
        else:
            owned[name] = value
    write_owned()
    return words
