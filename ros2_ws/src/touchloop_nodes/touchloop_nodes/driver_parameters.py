"""The bias parameters of an event camera's driver: set, read back, followed; the driver may come and go."""

import time
from collections.abc import Iterable, Mapping

from rcl_interfaces.msg import ParameterEvent, ParameterType
from rclpy.node import Node
from rclpy.parameter import Parameter, parameter_value_to_python
from rclpy.parameter_client import AsyncParameterClient
from rclpy.task import Future

ANSWER_TIMEOUT_S = 2.0
REFRESH_S, URGENT_S = 2.0, 0.2
"""Drivers apply a value after the set and may adjust it without an event, so values are read again."""
EVENTS_TOPIC = "/parameter_events"


class DriverParameters:
    """Follows integer parameters of another node. One request is in flight at a time; nothing here waits.

    Args:
        node: whose executor is used.
        driver: name of the driver's node.
        names: parameters that a bias controller would like to use.

    Attributes:
        values: as last read back; those that the driver has not are missing.
        missing: wanted, and not there.
        problem: what is wrong now; empty when nothing is.
        refusals: sets that the driver refused so far.
        alive_at_s: monotonic time at which the last request was sent that has been answered.
    """

    def __init__(self, node: Node, driver: str, names: Iterable[str]) -> None:
        self._node, self._wanted = node, tuple(names)
        self._names = self._wanted
        self._client = AsyncParameterClient(node, driver)
        space = node.get_namespace().rstrip("/")
        self._driver = driver if driver.startswith("/") else f"{space}/{driver}"
        self.values: dict[str, int] = {}
        self.missing: tuple[str, ...] = ()
        self.problem = f"no answer from {self._driver} yet"
        self.refusals = 0
        self.alive_at_s = float("-inf")
        self._future: Future | None = None
        self._sent_at_s = self._read_at_s = float("-inf")
        self._setting: tuple[str, ...] = ()
        self._events = node.create_subscription(ParameterEvent, EVENTS_TOPIC, self._on_event, 100)

    def close(self) -> None:
        """Ends the subscription."""
        self._node.destroy_subscription(self._events)

    @property
    def ready(self) -> bool:
        """Whether the driver is there, its values are known, and no request is in flight."""
        return self._future is None and bool(self.values) and not self.problem

    def set(self, changes: Mapping[str, int]) -> None:
        """Asks for new values; ``values`` changes when the driver has said what it made of them."""
        self._setting = tuple(changes)
        self._send(self._client.set_parameters([Parameter(name, value=int(value)) for name, value in changes.items()]))

    def refresh(self, urgent: bool = False) -> None:
        """Call often: takes answers, gives up late ones, reads the values again now and then, or soon if ``urgent``."""
        now_s = time.monotonic()
        if not self._client.services_are_ready():
            self._future, self._setting = None, ()
            self._names = self._wanted  # The next driver may have them all.
            self.problem = f"{self._driver} is not there"
            self._read_at_s = float("-inf")
            return
        if self._future is not None and self._future.done():
            self._take(self._future)
        elif self._future is not None and now_s - self._sent_at_s > ANSWER_TIMEOUT_S:
            self._future, self._setting = None, ()
            self.problem = f"{self._driver} does not answer"
        if self._future is None and now_s - self._read_at_s > (URGENT_S if urgent else REFRESH_S):
            self._read_at_s = now_s
            self._send(self._client.get_parameters(list(self._names)))

    def _send(self, future: Future) -> None:
        self._future, self._sent_at_s = future, time.monotonic()

    def _take(self, future: Future) -> None:
        self._future = None
        error = future.exception()
        if error is not None:
            self.problem = f"{self._driver}: {error}"
            return
        self.alive_at_s = self._sent_at_s
        if self._setting:
            reasons = [result.reason for result in future.result().results if not result.successful]
            self.refusals += len(reasons)
            self._setting = ()
            self._node.get_logger().warning("; ".join(reasons)) if reasons else None
            self._read_at_s = float("-inf")
            return
        answers = future.result().values
        # A driver that lacks one of the names answers with an empty list: then they are asked for one by one.
        found = zip(self._names, answers, strict=False) if len(answers) == len(self._names) else ()
        read = {name: v.integer_value for name, v in found if v.type == ParameterType.PARAMETER_INTEGER}
        if not answers:
            self._find_names()
            return
        self.values.update(read)
        self.missing = tuple(name for name in self._wanted if name not in read)
        self.problem = "" if read else f"{self._driver} has none of the parameters {', '.join(self._names)}"

    def _find_names(self) -> None:
        """Ask which of the names there are; the answer narrows what is read from then on."""
        self._client.list_parameters(callback=self._on_names)

    def _on_names(self, future: Future) -> None:
        there = set(future.result().result.names)
        self.missing = tuple(name for name in self._wanted if name not in there)
        self._names = tuple(name for name in self._wanted if name in there)
        self._read_at_s = float("-inf")
        if not self._names:
            self.problem = f"{self._driver} has none of the parameters {', '.join(self.missing)}"

    def _on_event(self, event: ParameterEvent) -> None:
        if event.node != self._driver:
            return
        for parameter in (*event.new_parameters, *event.changed_parameters):
            value = parameter_value_to_python(parameter.value)
            if parameter.name in self._names and isinstance(value, int) and not isinstance(value, bool):
                self.values[parameter.name] = value
