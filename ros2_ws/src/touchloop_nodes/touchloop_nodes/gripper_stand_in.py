"""A gripper's driver, as its source says it behaves, for tests and dry runs without a gripper."""

import random

from control_msgs.action import GripperCommand, ParallelGripperCommand
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.action.server import ServerGoalHandle
from rclpy.clock import Clock, ClockType
from rclpy.task import Future
from sensor_msgs.msg import JointState
from std_msgs.msg import Float64MultiArray

from touchloop.errors import InputError
from touchloop.robots.grippers.commander import Outcome
from touchloop.robots.grippers.stand_in import MANNERS, GripperResult, StandInGripper
from touchloop_nodes.managed_node import ManagedNode, run_node
from touchloop_nodes.robot_parameters import declare_robot, robot_of

PERIOD_S = 0.01
ACTIONS = {"gripper_command": GripperCommand, "parallel_gripper_command": ParallelGripperCommand}


class GripperStandIn(ManagedNode):
    """Thin shell around ``touchloop.robots.grippers.stand_in``."""

    def __init__(self) -> None:
        super().__init__("gripper_stand_in")
        declare_robot(self.parameters)
        declare = self.parameters.declare
        declare("manner", "ros2_control", "Whose driver it behaves as.", choices=MANNERS)
        declare("object_width_m", 0.0, "The fingers close no further.", minimum=0.0, maximum=1.0, live=True)
        declare("allow_stalling", True, "With ros2_control: a stall is a success.")
        declare("reject", False, "Every goal is refused.", live=True)
        declare("loss", 0.0, "Share of commands and goals that are lost.", minimum=0.0, maximum=1.0)
        declare("seed", 0, "Of the losses.", minimum=0)
        self._gripper: StandInGripper | None = None
        self._ends: Future | None = None

    def on_configure_checked(self) -> None:
        """Read the robot's file."""
        config = robot_of(self.parameters, self.arm)[0].gripper
        if config is None:
            raise InputError("the robot's file names no gripper")
        self._config, get = config, self.parameters
        self._gripper = StandInGripper(config, get["manner"], get["object_width_m"], get["allow_stalling"])
        self._lost = random.Random(get["seed"])

    def on_activate_checked(self) -> None:
        """Switch the driver on."""
        config = self._config
        self._states = self.create_publisher(JointState, config.states or "gripper_states", 10)
        if config.kind == "topic":
            self._input = self.create_subscription(Float64MultiArray, config.name, self._hear, 1)
        else:
            self._server = ActionServer(
                self, ACTIONS[config.kind], config.name, self._execute,
                goal_callback=self._judge, cancel_callback=self._cancel,
            )  # fmt: skip
        self._timer = self.create_timer(PERIOD_S, self._step, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def _hear(self, message: Float64MultiArray) -> None:
        if len(message.data) == 1 and self._lost.random() >= self.parameters["loss"]:
            self._gripper.begin(message.data[0])

    def _judge(self, goal: GripperCommand.Goal | ParallelGripperCommand.Goal) -> GoalResponse:
        reject = self.parameters["reject"] or not self._gripper.takes(_positions(goal))
        return GoalResponse.REJECT if reject else GoalResponse.ACCEPT

    def _cancel(self, _: ServerGoalHandle) -> CancelResponse:
        result = self._gripper.cancel()
        if result is not None and self._ends is not None:
            self._ends.set_result(result)
        return CancelResponse.ACCEPT

    async def _execute(self, handle: ServerGoalHandle) -> object:
        replaced, self._ends = self._ends, Future()
        ends = self._ends
        if replaced is not None and not replaced.done():
            replaced.set_result(GripperResult(Outcome.ABORTED, self._gripper.position, False, False))
        if self._lost.random() < self.parameters["loss"]:
            end = await ends  # The goal is lost on its way to the fingers.
        else:
            end = self._gripper.begin(_positions(handle.request)[0]) or await ends
        if end.outcome is Outcome.SUCCEEDED:
            handle.succeed()
        elif end.outcome is Outcome.CANCELED and handle.is_cancel_requested:
            handle.canceled()
        else:
            handle.abort()
        result = ACTIONS[self._config.kind].Result(stalled=end.stalled, reached_goal=end.reached)
        if self._config.kind == "gripper_command":
            result.position = end.position
        else:
            result.state = JointState(name=[self._config.joint], position=[end.position], effort=[0.0])
        return result

    def _step(self) -> None:
        end = self._gripper.step(PERIOD_S)
        if end is not None and self._ends is not None and not self._ends.done():
            self._ends.set_result(end)
        joint = self._config.joint or "gripper"
        message = JointState(name=[joint], position=[self._gripper.position])
        message.header.stamp = self.get_clock().now().to_msg()
        self._states.publish(message)


def _positions(goal: GripperCommand.Goal | ParallelGripperCommand.Goal) -> list[float]:
    command = goal.command
    return list(command.position) if isinstance(command, JointState) else [command.position]


def main() -> None:
    """Run the node."""
    run_node(GripperStandIn)


if __name__ == "__main__":
    main()
