"""Watches, from joint_states and robot_description, how near the arm comes to itself and to the table."""

import math
import time

import numpy as np
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from rclpy.serialization import deserialize_message
from sensor_msgs.msg import JointState
from std_msgs.msg import String

from touchloop.errors import InputError
from touchloop.safety.collision import CollisionGuard, movable_joints
from touchloop.safety.preflight import Check, check_model
from touchloop_nodes import qos
from touchloop_nodes.parameters import Parameters
from touchloop_nodes.polled_input import PolledInput

LOOK_PERIOD_S = 0.05
"""At the greatest commanded speed the arm moves by less than the margin in it."""
SILENT_S = 0.3


class CollisionWatch:
    """Looks 20 times a second, in the executor's thread; the distances take too long for the loop.

    Args:
        node: in the arm's namespace.
        margin_m: nearer than this is too near.
        table_z_m: height of the table in the model's root frame; None to watch the arm alone.
        touching: links that may touch the table.

    Attributes:
        violation: what is too near; empty if nothing is.
        fault: why nothing is known; empty if something is.
    """

    def __init__(self, node: Node, margin_m: float, table_z_m: float | None, touching: list[str]) -> None:
        self._node, self._settings = node, (margin_m, table_z_m, touching)
        self._joint_states = PolledInput(node, JointState, "joint_states", qos.stream_input(False, 1))
        self._description = node.create_subscription(String, "robot_description", self._hear, qos.latched())
        self._urdf, self._joints = "", []
        self._guard: CollisionGuard | None = None
        self._positions = np.zeros(0)
        self._heard_s = -math.inf
        self.violation, self.fault = "", "no robot_description yet"
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        self._timer = node.create_timer(LOOK_PERIOD_S, self._look, clock=steady)

    def close(self) -> None:
        """Ends it."""
        self._node.destroy_timer(self._timer)
        self._node.destroy_subscription(self._description)
        self._joint_states.close()

    def check_model(self, tcp_in_base: np.ndarray) -> Check:
        """Whether the URDF's TCP is where the robot says that it is (7,)."""
        if self._guard is None:
            return Check("model", False, self.fault)
        try:
            return check_model(self._guard.tip_in_base(self._positions), tcp_in_base)
        except InputError as error:
            return Check("model", False, str(error))

    def _hear(self, message: String) -> None:
        self._urdf, self._guard, self.fault = message.data, None, "no joint_states yet"
        try:
            self._joints = movable_joints(self._urdf)
        except InputError as error:
            self._urdf, self.fault = "", str(error)

    def _look(self) -> None:
        now_s = time.monotonic()
        for data in self._joint_states.take():
            self._take(deserialize_message(bytes(data), JointState), now_s)
        if self._guard is not None and now_s - self._heard_s > SILENT_S:
            self.fault = f"joint_states is silent for {now_s - self._heard_s:.1f} s"

    def _take(self, message: JointState, now_s: float) -> None:
        if not self._urdf:
            return
        named = dict(zip(message.name, message.position, strict=False))
        missing = [name for name in self._joints if name not in named]
        if missing:
            self.fault = f"joint_states lack {', '.join(missing)} of robot_description"
            return
        self._positions, self._heard_s = np.array([named[name] for name in self._joints]), now_s
        try:
            if self._guard is None:
                # Where the arm stands when the watch begins nothing has collided.
                self._guard = CollisionGuard(self._urdf, self._joints, self._positions, *self._settings)
            self.violation, self.fault = self._guard.problem(self._positions), ""
        except InputError as error:
            self._guard, self.fault = None, str(error)


def watch_collisions(node: Node, parameters: Parameters) -> CollisionWatch | None:
    """The watch that the node's parameters ask for."""
    if parameters["watch_collisions"] == "no":
        return None
    table_z_m = parameters["table_z_m"] if parameters["watch_collisions"] == "arm and table" else None
    return CollisionWatch(node, parameters["collision_margin_m"], table_z_m, parameters["tool_links"])
