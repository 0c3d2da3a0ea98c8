"""Parses the subset of the ROS 2 launch XML that touchloop uses; everything else is refused by name and line."""

from collections.abc import Callable
from pathlib import Path

from touchloop.launching import model
from touchloop.launching.command_line import split_words
from touchloop.launching.templates import Template, parse_template, unescape
from touchloop.launching.xml_tree import Element, read_xml

CONDITIONS = ("if", "unless")
OPTIONS = ("output", "cwd", "respawn", "respawn_delay", "on_exit", "sigterm_timeout", "sigkill_timeout")
STOP_TIMEOUT_S = 5.0
"""As in ROS 2 launch: from SIGINT to SIGTERM, and from there to SIGKILL."""


def parse_file(file: Path) -> model.LaunchFile:
    """Parse one launch file; included files are parsed when they are reached.

    Raises:
        LaunchFileError: with file and line of what cannot be read or is not supported.
    """
    root = read_xml(file)
    if root.tag != "launch":
        raise root.place.error(f"the outermost tag is <{root.tag}>; it must be <launch>")
    root.refuse_others((), _PARSERS)
    return model.LaunchFile(file, tuple(_action(child) for child in root.children))


def _action(element: Element) -> model.Action:
    return _PARSERS[element.tag](element)


def _template(element: Element, name: str) -> Template:
    return parse_template(element.required(name), element.place)


def _optional(element: Element, name: str) -> Template | None:
    return _template(element, name) if name in element.attributes else None


def _pairs(element: Element, tag: str, first: str, second: str) -> tuple[tuple[Template, Template], ...]:
    pairs = []
    for child in element.children:
        if child.tag == tag:
            child.refuse_others((first, second), ())
            pairs.append((_template(child, first), _template(child, second)))
    return tuple(pairs)


def _condition(element: Element) -> model.Condition | None:
    given = [name for name in CONDITIONS if name in element.attributes]
    if len(given) == 2:
        raise element.place.error(f"<{element.tag}> has both 'if' and 'unless'; give one of them")
    return model.Condition(_template(element, given[0]), given[0] == "if") if given else None


def _argument(element: Element) -> model.Argument:
    element.refuse_others(("name", "default", "description", *CONDITIONS), ("choice",))
    choices = []
    for choice in element.children:
        choice.refuse_others(("value",), ())
        choices.append(unescape(choice.required("value")))
    return model.Argument(
        element.place,
        _condition(element),
        name=unescape(element.required("name")),
        default=_optional(element, "default"),
        description=unescape(element.attributes.get("description", "")),
        choices=tuple(choices),
    )


def _setter(kind: type[model.Let] | type[model.SetEnvironment]) -> Callable[[Element], model.Action]:
    def parse(element: Element) -> model.Action:
        element.refuse_others(("name", "value", *CONDITIONS), ())
        return kind(element.place, _condition(element), _template(element, "name"), _template(element, "value"))

    return parse


def _push_namespace(element: Element) -> model.PushNamespace:
    element.refuse_others(("namespace", *CONDITIONS), ())
    return model.PushNamespace(element.place, _condition(element), _template(element, "namespace"))


def _set_remap(element: Element) -> model.SetRemap:
    element.refuse_others(("from", "to", *CONDITIONS), ())
    return model.SetRemap(element.place, _condition(element), _template(element, "from"), _template(element, "to"))


def _include(element: Element) -> model.Include:
    element.refuse_others(("file", *CONDITIONS), ("arg",))
    arguments = _pairs(element, "arg", "name", "value")
    return model.Include(element.place, _condition(element), _template(element, "file"), arguments)


def _group(element: Element) -> model.Group:
    element.refuse_others(("scoped", "forwarding", *CONDITIONS), _PARSERS)
    return model.Group(
        element.place,
        _condition(element),
        actions=tuple(_action(child) for child in element.children),
        scoped=_boolean(element, "scoped", True),
        forwarding=_boolean(element, "forwarding", True),
    )


def _executable(element: Element) -> model.Executable:
    element.refuse_others(("cmd", "name", *OPTIONS, *CONDITIONS), ("env",))
    command = split_words(element.required("cmd"), element.place)
    if not command:
        raise element.place.error("<executable> has an empty 'cmd'")
    return model.Executable(
        element.place, _condition(element), command=command, name=_optional(element, "name"), options=_options(element)
    )


def _node(element: Element) -> model.Node:
    attributes = ("pkg", "exec", "name", "namespace", "args", "ros_args")
    element.refuse_others((*attributes, *OPTIONS, *CONDITIONS), ("param", "remap", "env"))
    return model.Node(
        element.place,
        _condition(element),
        package=_template(element, "pkg"),
        executable=_template(element, "exec"),
        name=_optional(element, "name"),
        namespace=_optional(element, "namespace"),
        arguments=split_words(element.attributes.get("args", ""), element.place),
        ros_arguments=split_words(element.attributes.get("ros_args", ""), element.place),
        parameters=tuple(_parameter(child) for child in element.children if child.tag == "param"),
        remaps=_pairs(element, "remap", "from", "to"),
        options=_options(element),
    )


def _parameter(element: Element) -> model.Parameter | model.ParameterFile:
    if "from" in element.attributes:
        element.refuse_others(("from",), ())
        return model.ParameterFile(element.place, _template(element, "from"))
    element.refuse_others(("name", "value", "type"), ())
    name, value = _template(element, "name"), element.required("value")
    parse_template(value, element.place)
    return model.Parameter(element.place, name, value, element.attributes.get("type"))


def _options(element: Element) -> model.ProcessOptions:
    on_exit = element.attributes.get("on_exit")
    if on_exit not in (None, "shutdown"):
        raise element.place.error(f"on_exit is {on_exit!r}; it can only be: shutdown")
    return model.ProcessOptions(
        output=_optional(element, "output") or ("log",),
        cwd=_optional(element, "cwd"),
        environment=_pairs(element, "env", "name", "value"),
        respawn=_optional(element, "respawn") or ("false",),
        respawn_delay_s=_seconds(element, "respawn_delay", 0.0),
        shutdown_on_exit=on_exit is not None,
        sigterm_timeout_s=_seconds(element, "sigterm_timeout", STOP_TIMEOUT_S),
        sigkill_timeout_s=_seconds(element, "sigkill_timeout", STOP_TIMEOUT_S),
    )


def _boolean(element: Element, name: str, default: bool) -> bool:
    text = element.attributes.get(name, str(default)).lower()
    if text not in ("true", "false", "1", "0"):
        raise element.place.error(f"{name} is {element.attributes[name]!r}; it can be: true, false")
    return text in ("true", "1")


def _seconds(element: Element, name: str, default: float) -> float:
    text = element.attributes.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 <= value < float("inf"):
        raise element.place.error(f"{name} is {text!r}; it must be a number of seconds, 0 or more")
    return value


_PARSERS: dict[str, Callable[[Element], model.Action]] = {
    "arg": _argument,
    "let": _setter(model.Let),
    "set_env": _setter(model.SetEnvironment),
    "push_ros_namespace": _push_namespace,
    "push-ros-namespace": _push_namespace,
    "set_remap": _set_remap,
    "include": _include,
    "group": _group,
    "executable": _executable,
    "node": _node,
}
