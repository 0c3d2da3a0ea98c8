"""Typed, described, bounded node parameters that say what is valid when a value is not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor, SetParametersResult
from rclpy.exceptions import ParameterException
from rclpy.node import Node
from rclpy.parameter import Parameter

from touchloop.errors import InputError

T = TypeVar("T", bool, int, float, str, list[str], list[float])

ROS_OWN = ("use_sim_time", "start_type_description_service")
ROS_OWN_PREFIX = "qos_overrides."


@dataclass(frozen=True)
class _Rule:
    default: Any
    choices: Sequence[Any] | None
    check: Callable[[Any], None] | None
    live: bool


class Parameters:
    """The parameters of one node, read as ``parameters["name"]``.

    An integer is accepted where a float is declared, because ``rate:=250`` on a command line is an integer.
    A parameter that is not ``live`` takes effect when the node is configured, so it cannot be set while
    ``locked()`` is true.
    """

    def __init__(self, node: Node, locked: Callable[[], bool] = lambda: False) -> None:
        self._node = node
        self._locked = locked
        self._rules: dict[str, _Rule] = {}
        node.add_pre_set_parameters_callback(self._widen_integers)
        node.add_on_set_parameters_callback(self._judge)

    def declare(
        self,
        name: str,
        default: T,
        description: str,
        *,
        minimum: float | None = None,
        maximum: float | None = None,
        choices: Sequence[T] | None = None,
        check: Callable[[T], None] | None = None,
        live: bool = False,
        read_only: bool = False,
    ) -> T:
        """Declare one parameter and return its value.

        Args:
            name: lower_case, ending in its unit where it has one.
            default: its value unless set; its type is the parameter's type. Lists must not be empty.
            description: one line, shown by ``ros2 param describe``.
            minimum, maximum: inclusive bounds of a number.
            choices: the only valid values.
            check: raises InputError with the reason for a value that is not valid.
            live: takes effect at once, also while the node is configured.
            read_only: cannot be set after the start.

        Raises:
            InputError: when the value given at the start is not valid.
        """
        descriptor = ParameterDescriptor(name=name, description=description, read_only=read_only)
        if choices is not None:
            descriptor.additional_constraints = "one of: " + ", ".join(map(str, choices))
        bounds = (-1e308 if minimum is None else minimum, 1e308 if maximum is None else maximum)
        if minimum is None and maximum is None:
            pass
        elif isinstance(default, float):
            descriptor.floating_point_range = [FloatingPointRange(from_value=bounds[0], to_value=bounds[1])]
        else:
            limits = [int(max(-(2**63), min(2**63 - 1, bound))) for bound in bounds]
            descriptor.integer_range = [IntegerRange(from_value=limits[0], to_value=limits[1])]
        self._rules[name] = _Rule(default, choices, check, live)
        overrides = self._node._parameter_overrides
        if name in overrides:
            overrides[name] = self._widen(overrides[name])
        try:
            self._node.declare_parameter(name, default, descriptor)
        except ParameterException as error:
            raise InputError(f"{self._node.get_name()}: parameter {name}: {_without_suffix(error)}") from error
        return self[name]

    def __getitem__(self, name: str) -> Any:
        value = self._node.get_parameter(name).value
        return list(value) if isinstance(self._rules[name].default, list) else value

    def refuse_unknown(self) -> None:
        """Raise InputError when a parameter was given at the start that the node does not have."""
        given = set(self._node._parameter_overrides)
        unknown = sorted(
            name
            for name in given - set(self._rules) - set(ROS_OWN)
            if not name.startswith(ROS_OWN_PREFIX) and not self._node.has_parameter(name)
        )
        if unknown:
            known = ", ".join(sorted(self._rules))
            raise InputError(f"{self._node.get_name()} has no parameter {', '.join(unknown)}; it has: {known}")

    def _widen(self, parameter: Parameter) -> Parameter:
        rule = self._rules.get(parameter.name)
        if rule and isinstance(rule.default, float) and parameter.type_ == Parameter.Type.INTEGER:
            return Parameter(parameter.name, Parameter.Type.DOUBLE, float(parameter.value))
        if rule and isinstance(rule.default, list) and parameter.type_ == Parameter.Type.INTEGER_ARRAY:
            return Parameter(parameter.name, Parameter.Type.DOUBLE_ARRAY, [float(v) for v in parameter.value])
        return parameter

    def _widen_integers(self, parameters: list[Parameter]) -> list[Parameter]:
        return [self._widen(parameter) for parameter in parameters]

    def _judge(self, parameters: list[Parameter]) -> SetParametersResult:
        for parameter in parameters:
            rule = self._rules.get(parameter.name)
            if rule is None:
                continue
            reason = self._reason_against(parameter, rule)
            if reason:
                return SetParametersResult(successful=False, reason=reason)
        return SetParametersResult(successful=True)

    def _reason_against(self, parameter: Parameter, rule: _Rule) -> str:
        if rule.choices is not None and parameter.value not in rule.choices:
            return f"{parameter.name} is {parameter.value!r}; it can be one of: {', '.join(map(str, rule.choices))}"
        if self._node.has_parameter(parameter.name) and not rule.live and self._locked():
            return (
                f"{parameter.name} takes effect when {self._node.get_name()} is configured; "
                f"deactivate and clean up the node first"
            )
        if rule.check is not None:
            try:
                rule.check(parameter.value)
            except InputError as error:
                return str(error)
        return ""


def _without_suffix(error: ParameterException) -> str:
    """rclpy appends the name again; the reason before it is what a person needs."""
    return str(error).rpartition(": ")[0] or str(error)
