"""Moves an arm for a calibration, in the fast controller's place, through the safety supervisor."""

import time

import numpy as np
from geometry_msgs.msg import PoseStamped, WrenchStamped
from lifecycle_msgs.msg import State as LifecycleState
from rclpy.clock import Clock, ClockType
from rclpy.node import Node
from std_srvs.srv import Trigger
from touchloop_msgs.msg import SafetyState

from touchloop.arm_names import in_arm
from touchloop.calibration.tour import Tour
from touchloop.safety.states import State
from touchloop_nodes import qos
from touchloop_nodes.conversions import ArmFrames, from_time, pose_template, wrench_template
from touchloop_nodes.heartbeat import Heartbeat

PERIOD_S = 0.004
BIAS_SAMPLES = 100
MOST_CHANGE_N = 4.0
"""Another force than at the beginning means contact: the tour ends."""
PATIENCE_S = 20.0
MOST_HELD_S = 5.0
"""In sum; a tour that is held longer ends."""


class CalibratorArm:
    """Sends targets and asks the supervisor to let them pass.

    Args:
        node: in the arm's namespace, named as the supervisor's ``controller``.
        arm: its name, of several.
        heartbeat: topic of the heartbeats.

    Attributes:
        problem: why the arm does not move any more; empty while all is well.
    """

    def __init__(self, node: Node, arm: str, heartbeat: str) -> None:
        frames = ArmFrames.of(arm)
        self._node = node
        self._pose, self._wrench = pose_template(frames.base), wrench_template(frames.sensor)
        self._targets = node.create_publisher(PoseStamped, "target_pose", qos.command(False))
        self._bias = node.create_publisher(WrenchStamped, "wrench_bias", qos.latched())
        self._starter = node.create_client(Trigger, "safety_supervisor/start")
        # The project's streams: the supervisor compares stamps with theirs.
        node.create_subscription(PoseStamped, "tcp_pose", self._hear_pose, qos.stream_input(False))
        node.create_subscription(WrenchStamped, "wrench", self._hear_wrench, qos.stream_input(False))
        node.create_subscription(SafetyState, "safety_state", self._hear_state, qos.stream(False))
        self._beat = Heartbeat(
            node,
            in_arm(arm, node.get_name()),
            heartbeat,
            lambda: LifecycleState.PRIMARY_STATE_ACTIVE,
            lambda fault: node.get_logger().fatal(f"hears no more: {fault}; start the calibration again"),
        )
        self._beat.start()
        self._heard: tuple[int, float] | None = None
        self._at = np.zeros(7)
        self._forces: list[np.ndarray] = []
        self._state, self._reason = State.STARTING, "safety_supervisor says nothing; does calibrate.launch.xml run?"
        self._asked = self._began_s = None
        self._made_s = self._looked_s = time.monotonic()
        self._held_s = 0.0
        self._tour: Tour | None = None
        self.problem = ""
        self._timer = node.create_timer(PERIOD_S, self._send, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def close(self) -> None:
        """Ends the heartbeat; without it the supervisor holds the arm."""
        self._timer.cancel()
        self._beat.stop()

    @property
    def where(self) -> np.ndarray | None:
        """Pose (7,) of the tool, as the project's stream has it; None before the first."""
        return None if self._heard is None else self._at

    def begin(self, tour: Tour) -> None:
        """Follow a tour as soon as the supervisor lets targets pass."""
        self._tour, self._began_s, self._held_s = tour, None, 0.0
        self._made_s = self._looked_s = time.monotonic()

    def reached(self) -> tuple[int, float]:
        """Number of the leg at whose end the arm rests (-1: none), and for how long."""
        if self._tour is None or self._began_s is None:
            return -1, 0.0
        _, leg, rested_s = self._tour.at(time.monotonic() - self._began_s)
        return leg, rested_s

    @property
    def done(self) -> bool:
        """Whether the tour is over."""
        tour = self._tour
        return tour is not None and self._began_s is not None and time.monotonic() - self._began_s > tour.duration_s

    def _send(self) -> None:
        if self._heard is None or self.problem:
            return
        target = self._at
        if self._tour is not None:
            self._go()
            passed_s = 0.0 if self._began_s is None else time.monotonic() - self._began_s
            target = self._tour.at(passed_s)[0]
        stamp_ns, heard_s = self._heard
        passed_ns = min(round((time.monotonic() - heard_s) * 1e9), round(PERIOD_S * 1e9))
        self._targets.publish(self._pose.filled(stamp_ns + passed_ns, target))

    def _go(self) -> None:
        """Starts the tour when targets pass; ends it when they do not any more."""
        now_s = time.monotonic()
        passed_s, self._looked_s = now_s - self._looked_s, now_s
        if self._state is State.RUNNING:
            if self._began_s is None:
                self._began_s = now_s
        elif self._state is State.HOLDING and self._began_s is not None and self._held_s < MOST_HELD_S:
            # The supervisor goes on by itself when the cause is gone; the tour waits for it.
            self._began_s += passed_s
            self._held_s += passed_s
        elif self._began_s is not None or self._state >= State.PROTECTIVE_STOP or now_s - self._made_s > PATIENCE_S:
            hint = "; mend that, then `touchloop safety reset`" if self._state >= State.PROTECTIVE_STOP else ""
            told = self._reason or "no reason told"
            self.problem = f"the supervisor is {self._state.name}, not RUNNING: {told}{hint}"
        elif self._state is State.READY and self._starter.service_is_ready() and self._asked is None:
            self._asked = self._starter.call_async(Trigger.Request())
            self._asked.add_done_callback(self._started)

    def _started(self, future) -> None:
        answer = future.result()
        if not answer.success:
            # Asked again until patience ends: a cause may pass.
            self._asked, self._reason = None, answer.message

    def _hear_pose(self, message: PoseStamped) -> None:
        p, q = message.pose.position, message.pose.orientation
        pose = np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w])
        self._heard = from_time(message.header.stamp), time.monotonic()
        if self._tour is None:
            # Held fast once heard, so that a compliant arm does not creep.
            self._at = pose if not self._at.any() or np.abs(pose - self._at).max() > 0.02 else self._at

    def _hear_wrench(self, message: WrenchStamped) -> None:
        f, t = message.wrench.force, message.wrench.torque
        wrench = np.array([f.x, f.y, f.z, t.x, t.y, t.z])
        if len(self._forces) < BIAS_SAMPLES:
            self._forces.append(wrench)
            if len(self._forces) == BIAS_SAMPLES:
                self._mean = np.mean(self._forces, axis=0)
                self._bias.publish(self._wrench.filled(from_time(message.header.stamp), self._mean))
                self._smooth = self._mean.copy()
            return
        self._smooth += 0.1 * (wrench - self._smooth)

    @property
    def change_n(self) -> float:
        """How much the force differs from that at the beginning; 0 before it is known."""
        known = len(self._forces) == BIAS_SAMPLES
        return float(np.linalg.norm((self._smooth - self._mean)[:3])) if known else 0.0

    def _hear_state(self, message: SafetyState) -> None:
        self._state, self._reason = State(message.state), message.reason
