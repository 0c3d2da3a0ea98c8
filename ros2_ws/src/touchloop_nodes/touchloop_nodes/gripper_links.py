"""The ways to a gripper's driver: a topic of numbers, or one of control_msgs' actions."""

import time
from collections.abc import Callable
from typing import Any, Protocol

from action_msgs.msg import GoalStatus
from control_msgs.action import GripperCommand, ParallelGripperCommand
from rclpy.action import ActionClient
from rclpy.node import Node
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from touchloop.robots.config_gripper import Gripper
from touchloop.robots.grippers.commander import GripperCommander, Order, Outcome
from touchloop_nodes import matching, qos

_OUTCOMES = {
    GoalStatus.STATUS_SUCCEEDED: Outcome.SUCCEEDED,
    GoalStatus.STATUS_ABORTED: Outcome.ABORTED,
    GoalStatus.STATUS_CANCELED: Outcome.CANCELED,
}


class GripperLink(Protocol):
    """How orders get to the driver."""

    def send(self, order: Order) -> None:
        """Sends one; what comes of it is told to the commander."""
        ...

    def look(self) -> str:
        """Tells the commander whether the driver is there; who else commands it, empty for nobody."""
        ...

    def close(self) -> None:
        """Ends it; the gripper stays as it is."""
        ...


def make_link(node: Node, config: Gripper, commander: GripperCommander, lockstep: bool) -> GripperLink:
    """The link that ``config.kind`` needs."""
    if config.kind == "topic":
        return _TopicLink(node, config, lockstep)
    return _ActionLink(node, config, commander)


class _TopicLink:
    def __init__(self, node: Node, config: Gripper, lockstep: bool) -> None:
        self._node, self._topic = node, config.name
        self._publisher = node.create_publisher(Float64MultiArray, config.name, qos.command(lockstep))

    def send(self, order: Order) -> None:
        self._publisher.publish(Float64MultiArray(data=[order.position]))

    def look(self) -> str:
        others = matching.other_publishers(self._node, self._topic)
        return f"{', '.join(others)} also publishes {self._topic}" if others else ""

    def close(self) -> None:
        self._node.destroy_publisher(self._publisher)


class _ActionLink:
    def __init__(self, node: Node, config: Gripper, commander: GripperCommander) -> None:
        self._config, self._commander, self._node = config, commander, node
        kinds = {
            "gripper_command": (GripperCommand, self._simple_goal),
            "parallel_gripper_command": (ParallelGripperCommand, self._parallel_goal),
        }
        kind, self._goal = kinds[config.kind]
        self._client: ActionClient = ActionClient(node, kind, config.name)

    def send(self, order: Order) -> None:
        future = self._client.send_goal_async(self._goal(order))
        future.add_done_callback(self._answered(order.number))

    def look(self) -> str:
        self._commander.reachable = self._client.server_is_ready()
        return ""

    def close(self) -> None:
        self._client.destroy()

    def _answered(self, number: int) -> Callable[[Future], None]:
        def answered(future: Future) -> None:
            handle = future.result()
            if not handle.accepted:
                self._commander.rejected(number)
                return
            self._commander.accepted(number)
            handle.get_result_async().add_done_callback(finished)

        def finished(future: Future) -> None:
            answer = future.result()
            outcome = _OUTCOMES.get(answer.status, Outcome.ABORTED)
            result = answer.result
            self._commander.finished(number, outcome, result.reached_goal, result.stalled, time.monotonic())

        return answered

    @staticmethod
    def _simple_goal(order: Order) -> Any:
        goal = GripperCommand.Goal()
        goal.command.position, goal.command.max_effort = order.position, order.effort
        return goal

    def _parallel_goal(self, order: Order) -> Any:
        command = JointState(name=[self._config.joint], position=[order.position])
        if order.effort > 0.0:
            command.effort = [order.effort]
        return ParallelGripperCommand.Goal(command=command)
