"""Publishes on ``/diagnostics`` once a second what a node says about itself."""

from collections.abc import Callable
from dataclasses import dataclass, field

from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.clock import Clock, ClockType
from rclpy.node import Node

PERIOD_S = 1.0

OK = 0
WARN = 1
ERROR = 2
"""Levels of a diagnosis, as in diagnostic_msgs/DiagnosticStatus."""


@dataclass(frozen=True)
class Diagnosis:
    """What a node says about itself."""

    level: int = OK
    message: str = ""
    values: dict[str, object] = field(default_factory=dict)
    """Shown in this order; names end in their unit."""


class Diagnostics:
    """Asks a node for its diagnosis on a wall-clock timer, in every lifecycle state."""

    def __init__(self, node: Node, diagnose: Callable[[], Diagnosis]) -> None:
        self._node = node
        self._diagnose = diagnose
        self._publisher = node.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self._timer = node.create_timer(PERIOD_S, self._publish, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _publish(self) -> None:
        diagnosis = self._diagnose()
        status = DiagnosticStatus(
            level=bytes([diagnosis.level]),
            name=self._node.get_fully_qualified_name().lstrip("/"),
            message=diagnosis.message,
            values=[KeyValue(key=key, value=_text(value)) for key, value in diagnosis.values.items()],
        )
        array = DiagnosticArray(status=[status])
        array.header.stamp = self._node.get_clock().now().to_msg()
        self._publisher.publish(array)


def _text(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
