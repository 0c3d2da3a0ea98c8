"""Drives a real gripper: gripper/command (a width) to its driver's topic or action, its state to gripper/state."""

import time

from rclpy.clock import Clock, ClockType
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64

from touchloop.robots.grippers.commander import GripperCommander, Phase
from touchloop_nodes import matching, qos
from touchloop_nodes.conversions import to_time
from touchloop_nodes.diagnostics import OK, WARN, Diagnosis
from touchloop_nodes.gripper_links import GripperLink, make_link
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.robot_parameters import declare_robot, robot_of

COMMAND, STATE = "gripper/command", "gripper/state"
PERIOD_S = 0.02
LOOK_EVERY, TELL_EVERY = 10, 2
"""Steps between two looks at the graph and between two states that are published."""


class GripperAdapter(ManagedNode):
    """Thin shell around ``touchloop.robots.grippers``. It never opens by itself: on a fault the grip stays."""

    def __init__(self) -> None:
        super().__init__("gripper_adapter")
        declare_robot(self.parameters)
        self._commander: GripperCommander | None = None
        self._link: GripperLink | None = None
        self._foreign = self._said = ""
        self._told = Phase.IDLE
        self._steps = 0

    def on_configure_checked(self) -> None:
        """Read the robot's file."""
        self._config = robot_of(self.parameters, self.arm)[0].gripper
        if self._config is None:
            self.get_logger().info("the robot's file names no gripper: nothing to do")

    def on_activate_checked(self) -> None:
        """Begin to listen; nothing is sent before somebody wants a width."""
        config = self._config
        if config is None:
            return
        self._commander = GripperCommander(config)
        self._link = make_link(self, config, self._commander, self.lockstep)
        self._state = self.create_publisher(JointState, STATE, qos.stream(self.lockstep))
        self._inputs = [self.create_subscription(Float64, COMMAND, self._want, qos.command(self.lockstep))]
        if config.states:
            profile = qos.stream_input(self.lockstep)
            self._inputs.append(self.create_subscription(JointState, config.states, self._measure, profile))
        self._look()
        self._timer = self.create_timer(PERIOD_S, self._step, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def on_deactivate_checked(self) -> None:
        """Stop listening; the gripper keeps its grip."""
        if self._commander is None:
            return
        self.destroy_timer(self._timer)
        for subscription in self._inputs:
            self.destroy_subscription(subscription)
        self.destroy_publisher(self._state)
        if self._link is not None:
            self._link.close()
        self._commander = self._link = None

    def on_cleanup_checked(self) -> None:
        """Forget the robot."""
        self.on_deactivate_checked()
        self._config = None

    def diagnose(self) -> Diagnosis:
        """What the gripper does, and what is refused."""
        commander = self._commander
        if commander is None:
            return Diagnosis(OK, "no gripper" if self.active else "not active")
        values = {"phase": commander.phase.name, "width_m": commander.width_m(time.monotonic())}
        values["refused"] = commander.refused
        problem = self._foreign or commander.problem
        return Diagnosis(WARN if problem else OK, problem or commander.phase.value, values)

    def _want(self, message: Float64) -> None:
        if self._commander is None:
            return
        if self._foreign:
            self._commander.refuse(self._foreign)
        else:
            self._commander.want(message.data, time.monotonic())

    def _measure(self, message: JointState) -> None:
        if self._commander is None or self._config is None or self._config.joint not in message.name:
            return  # Other joints of the robot come on the same topic.
        index = message.name.index(self._config.joint)
        if index < len(message.position):
            self._commander.measure(message.position[index], time.monotonic())

    def _step(self) -> None:
        if self._commander is None or self._link is None:
            return
        self._steps += 1
        if self._steps % LOOK_EVERY == 0:
            self._look()
        now_s = time.monotonic()
        order = None if self._foreign else self._commander.step(now_s)
        if order is not None:
            self._link.send(order)
        if self._steps % TELL_EVERY == 0:
            self._tell(now_s)

    def _look(self) -> None:
        wishers = matching.other_publishers(self, COMMAND)
        several = f"{', '.join(wishers)} all publish {COMMAND}; expected one" if len(wishers) > 1 else ""
        self._foreign = "; ".join(text for text in (several, self._link.look()) if text)

    def _tell(self, now_s: float) -> None:
        commander = self._commander
        message = JointState(name=["gripper"], position=[commander.width_m(now_s)])
        message.header.stamp = to_time(self.get_clock().now().nanoseconds)
        self._state.publish(message)
        problem = self._foreign or commander.problem
        if problem and problem != self._said:
            self.get_logger().error(problem)
        elif commander.phase is Phase.HOLDING and commander.phase is not self._told:
            self.get_logger().info(commander.phase.value)
        self._said, self._told = problem, commander.phase


def main() -> None:
    """Run the node."""
    run_node(GripperAdapter)


if __name__ == "__main__":
    main()
