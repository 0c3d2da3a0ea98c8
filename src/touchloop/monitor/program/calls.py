"""Reads ``grasp(left, wiper, speed_m_s=0.1)`` against the registry."""

import math
import re
from collections.abc import Mapping

from touchloop.monitor.program.errors import at_line, choices
from touchloop.monitor.program.model import Condition, Skill
from touchloop.monitor.program.registry import ConditionSpec, Parameter, Registry, SkillSpec

OPTIONS = ("speed_m_s", "force_n")
_CALL = re.compile(r"(\w+)\s*\(([^()]*)\)")


def read_skill(text: str, line: int, registry: Registry) -> Skill:
    """A skill from its text.

    Raises:
        ProgramError: with the line and what is valid.
    """
    name, words = _split(text, line)
    if name not in registry.skills:
        if name in registry.conditions:
            raise at_line(line, f"{name} is a condition; write 'check {text}'")
        raise at_line(line, f"there is no skill {name!r}; {choices(name, registry.skills)}")
    spec = registry.skills[name]
    given, options = _arguments(words, line, spec)
    return Skill(name, bind(spec, given, line), options.get("speed_m_s"), options.get("force_n"))


def read_condition(text: str, line: int, registry: Registry) -> Condition:
    """A condition from its text.

    Raises:
        ProgramError: with the line and what is valid.
    """
    name, words = _split(text, line)
    if name not in registry.conditions:
        raise at_line(line, f"there is no condition {name!r}; {choices(name, registry.conditions)}")
    spec = registry.conditions[name]
    given, options = _arguments(words, line, spec)
    if options:
        raise at_line(line, f"{name} is a condition; it takes no {', '.join(options)}")
    return Condition(name, bind(spec, given, line))


def bind(spec: SkillSpec | ConditionSpec, given: Mapping[str, str], line: int) -> tuple[str, ...]:
    """Values in the order of the parameters, each one valid.

    Raises:
        ProgramError: one is missing or not valid, or two do not go together.
    """
    values = {}
    for parameter in spec.parameters:
        value = given.get(parameter.name)
        if value is None and len(parameter.values) == 1:
            value = parameter.values[0]
        if value is None:
            raise at_line(line, f"{spec.name} needs {_signature(spec.parameters)}; {parameter.name} is missing")
        if value not in parameter.values:
            raise at_line(
                line, f"{spec.name}: {parameter.name} cannot be {value!r}; {choices(value, parameter.values)}"
            )
        values[parameter.name] = value
    places = spec.fits.get(values.get("object", ""))
    if places is not None and values["target"] not in places:
        raise at_line(
            line, f"{spec.name}: {values['object']} does not go to {values['target']}; valid: {', '.join(places)}"
        )
    return tuple(values.values())


def check_options(spec: SkillSpec, options: Mapping[str, float], line: int) -> None:
    """Refuse speeds and forces beyond the skill's caps.

    Raises:
        ProgramError: one is not a number, not above 0, or above the cap.
    """
    for (name, value), cap in zip(
        ((key, options.get(key)) for key in OPTIONS), (spec.max_speed_m_s, spec.max_force_n), strict=True
    ):
        if value is not None and not (math.isfinite(value) and 0.0 < value <= cap):
            raise at_line(line, f"{spec.name}: {name} is {value}; it must be above 0 and at most {cap}")


def _split(text: str, line: int) -> tuple[str, list[str]]:
    call = _CALL.fullmatch(text.strip())
    if not call:
        raise at_line(line, f"{text.strip()!r}: a name with arguments is expected, as 'wipe(left, board)'")
    words = [word.strip() for word in call[2].split(",")] if call[2].strip() else []
    return call[1], words


def _arguments(words: list[str], line: int, spec: SkillSpec | ConditionSpec) -> tuple[dict[str, str], dict[str, float]]:
    names = [parameter.name for parameter in spec.parameters]
    given: dict[str, str] = {}
    options: dict[str, float] = {}
    for index, word in enumerate(words):
        key, sign, value = (part.strip() for part in word.partition("="))
        if not sign:
            if index >= len(names):
                raise at_line(line, f"{spec.name} takes {_signature(spec.parameters)}; {word!r} is too much")
            key, value = names[index], word
        if key in given or key in options:
            raise at_line(line, f"{spec.name}: {key} is given twice")
        if key in OPTIONS and isinstance(spec, SkillSpec):
            options[key] = _number(spec.name, key, value, line)
        elif key in names:
            given[key] = value
        else:
            valid = (*names, *OPTIONS) if isinstance(spec, SkillSpec) else names
            raise at_line(line, f"{spec.name} has no argument {key!r}; {choices(key, valid)}")
    if isinstance(spec, SkillSpec):
        check_options(spec, options, line)
    return given, options


def _number(skill: str, key: str, text: str, line: int) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise at_line(line, f"{skill}: {key} is {text!r}; a number is expected") from error


def _signature(parameters: tuple[Parameter, ...]) -> str:
    return f"({', '.join(parameter.name for parameter in parameters)})"
