"""Values of node parameters, typed by the rules of the ROS 2 launch front end."""

from collections.abc import Callable
from typing import Any

import yaml

from touchloop.launching.templates import Template, is_literal, literal_text, parse_template
from touchloop.launching.xml_tree import Place

SCALARS: dict[str, type] = {"str": str, "bool": bool, "float": float, "int": int}
LISTS = {f"list_of_{name}": kind for name, kind in SCALARS.items()}
TYPES = (*SCALARS, *LISTS, "yaml")
"""Valid values of the attribute ``type``; without it ``yaml``."""

Value = Any
"""str, bool, int, float, or a list of one of them."""


def parameter_value(raw: str, kind: str | None, evaluate: Callable[[Template], str], place: Place) -> Value:
    """Return the typed value of ``<param value="raw" type="kind">``.

    The literal text is typed first, then strings in it are evaluated, then what substitutions gave is typed again.
    So ``"'1'"`` is a string, but ``"'$(var x)'"`` becomes a number where x is one; ``type="str"`` keeps a string.

    Raises:
        LaunchFileError: the value does not fit the type, or is not a scalar or a list of one kind.
    """
    if kind is not None and kind not in TYPES:
        raise place.error(f"the parameter's type is {kind!r}; it can be: {', '.join(TYPES)}")
    kind = None if kind == "yaml" else kind
    typed = _typed(raw, kind, place, may_stay_text=True)
    if isinstance(typed, list):
        item_kind = kind.removeprefix("list_of_") if kind else None
        values = [_evaluated(item, item_kind, evaluate, place) for item in typed]
        if not values and item_kind not in (None, "str"):
            raise place.error(f"the parameter's list is empty, which ROS takes for a list of texts, not of type {kind}")
        return _uniform(values, raw, place)
    return _evaluated(typed, kind, evaluate, place)


def to_yaml(value: Value) -> str:
    """Return a value as one line of YAML, so that ROS reads the same type again."""
    text = yaml.safe_dump(value, default_flow_style=True, width=float("inf"), allow_unicode=True)
    text = text.removesuffix("\n").removesuffix("\n...")
    if len(text.splitlines()) > 1:  # only texts have line breaks, and only double quotes keep those on one line
        text = yaml.safe_dump(value, default_flow_style=True, default_style='"', width=float("inf"))
    return text.removesuffix("\n")


def _evaluated(value: Value, kind: str | None, evaluate: Callable[[Template], str], place: Place) -> Value:
    if not isinstance(value, str):
        return value
    template = parse_template(value, place)
    if not is_literal(template):
        return _typed(evaluate(template), kind, place, may_stay_text=False)
    text = literal_text(template)
    if kind not in (None, "str"):
        raise place.error(f"the parameter's value is {text!r}, which is not of type {kind}")
    return text


def _typed(text: str, kind: str | None, place: Place, may_stay_text: bool) -> Value:
    if kind == "str" or not text:
        return text
    if kind in ("int", "float"):
        try:
            return SCALARS[kind](text)
        except ValueError as error:
            if may_stay_text:
                return text
            raise place.error(f"the parameter's value is {text!r}, which is not of type {kind}") from error
    if kind == "bool":
        text = {"1": "true", "0": "false"}.get(text, text)
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as error:
        if may_stay_text:
            return text
        raise place.error(f"the parameter's value is {text!r}, which is not valid YAML") from error
    return _checked(value, text, kind, place, may_stay_text)


def _checked(value: Value, text: str, kind: str | None, place: Place, may_stay_text: bool) -> Value:
    allowed: tuple[type, ...]
    if kind is None:
        allowed = (str, bool, int, float)
        if isinstance(value, list):
            return value if may_stay_text else _uniform(value, text, place)
    elif kind in LISTS:
        allowed = (LISTS[kind], str) if may_stay_text else (LISTS[kind],)
        if isinstance(value, list) and all(type(item) in allowed for item in value):
            return value
        allowed = ()
    else:
        allowed = (SCALARS[kind], str) if may_stay_text else (SCALARS[kind],)
    if type(value) in allowed:
        return value
    expected = kind or "a text, a number, true, false or a list of one of them"
    raise place.error(f"the parameter's value is {text!r}; expected: {expected}")


def _uniform(values: list[Value], raw: str, place: Place) -> list[Value]:
    kinds = {type(value) for value in values}
    if not values or (len(kinds) == 1 and kinds <= set(SCALARS.values())):
        return values
    raise place.error(f"the parameter's list is {raw!r}; its items must be of one type: str, bool, int or float")
