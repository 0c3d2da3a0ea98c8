"""Both ways between the project's topics and one arm's driver; the node around it only moves messages."""

import numpy as np

from touchloop.control.standstill import standstill_pose
from touchloop.errors import InputError
from touchloop.robots.adapters.adapter import ArmState
from touchloop.robots.adapters.make import make_adapter
from touchloop.robots.config import RobotConfig
from touchloop.robots.feedback import Feedback, checked_pose
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.weight import ToolCompensation
from touchloop.robots.wire import Command, JointSample, PoseSample, TwistSample, WrenchSample
from touchloop.safety.preflight import check_model
from touchloop.touch.wrench import wrench_at_tcp

TOOL_AXIS = np.array([0.0, 0.0, 1.0])
GAP_S = 0.5
"""After a pause this long the adapter begins again where the arm is."""


class ArmBridge:
    """Adapter and feedback of one arm.

    Args:
        config: the robot.
        urdf: its description's text.
        base_frame: frame that target poses must be in.
        timeout_s: a target older than this is not obeyed, and the arm is stopped where it is.

    Attributes:
        state: what is known of the arm.
        problem: why the last target was not obeyed; empty when it was.
        refused: how many were not.
    """

    def __init__(self, config: RobotConfig, urdf: str, base_frame: str, timeout_s: float) -> None:
        self._adapter = make_adapter(config, urdf)
        self._feedback, self._compensation = Feedback(config), ToolCompensation(config)
        self._kinematics, self._pose_is_given = Kinematics(config, urdf), bool(config.topics.pose)
        self._base_frame, self._timeout_ns = base_frame, round(timeout_s * 1e9)
        self.commands = self._adapter.commands
        self.state = ArmState()
        self.problem, self.refused = "", 0
        self._bias: np.ndarray | None = None
        self._planned = np.zeros(6)
        self._now_ns = -1
        self._target: np.ndarray | None = None
        self._target_ns = self._sent_ns = -1

    def joints(self, sample: JointSample) -> tuple[np.ndarray, np.ndarray]:
        """Positions and velocities (joints,) [rad], [rad/s]; raises InputError for a sample that is not usable."""
        positions, velocities = self._feedback.joints(sample)
        self._now_ns = max(self._now_ns, sample.stamp_ns)
        self.state.joint_positions = positions
        return positions, velocities

    def pose_by_joints(self, velocities: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        """Pose (7,) and twist (6,) of ``tcp`` after ``joints``; None where the driver gives the pose itself."""
        positions = self.state.joint_positions
        if self._pose_is_given or positions is None:
            return None
        jacobian = self._kinematics.jacobian(positions)
        self.state.tcp_in_base = self._kinematics.tcp_in_base(positions)
        return self.state.tcp_in_base, jacobian @ velocities

    def pose(self, sample: PoseSample) -> np.ndarray:
        """Pose (7,) of ``tcp`` in ``base_link``; raises InputError for a sample that is not usable."""
        tcp = self._feedback.tcp_pose(sample)
        self._now_ns = max(self._now_ns, sample.stamp_ns)
        self.state.tcp_in_base = tcp
        return tcp

    def twist(self, sample: TwistSample) -> np.ndarray:
        """Twist (6,) of ``tcp`` in ``base_link``; raises InputError for a sample that is not usable."""
        if self.state.tcp_in_base is None:
            raise InputError("a twist came before any pose")
        return self._feedback.tcp_twist(sample, self.state.tcp_in_base)

    def wrench(self, sample: WrenchSample) -> np.ndarray:
        """What the environment does to the tool (6,), not tared; raises InputError for a sample that is not usable.

        What was calibrated of the tool's weight and the sensor's bias is taken off.
        """
        wrench = self._compensation.applied(self._feedback.wrench(sample), self.state.tcp_in_base)
        if self._bias is not None:
            self.state.wrench_at_sensor = wrench - self._bias
            wrench_at_tcp(wrench, self._bias, self.state.wrench_at_tcp)
        return wrench

    def tare(self, bias: np.ndarray) -> None:
        """The fast controller measured a new bias (6,) in ``ft_sensor``."""
        self._bias = bias

    def plan_wrench(self, wrench: np.ndarray) -> None:
        """The planned wrench (6,) in ``tcp`` that goes with the coming target."""
        if np.isfinite(wrench).all():
            self._planned = wrench

    def target(self, sample: PoseSample) -> list[Command]:
        """The commands for a target pose; none, with the reason in ``problem``, for one that is not obeyed."""
        self.problem = ""
        try:
            if sample.frame != self._base_frame:
                raise InputError(f"target_pose is in frame '{sample.frame}'; expected '{self._base_frame}'")
            pose = checked_pose(sample.pose, "target_pose")
            self._check_time(sample.stamp_ns)
            if self._target is None or sample.stamp_ns - self._sent_ns > round(GAP_S * 1e9):
                self._check_model()
                self._adapter.start(self.state)
            self._target, self._target_ns = pose, sample.stamp_ns
            return self._send(sample.stamp_ns, pose)
        except InputError as error:
            self.problem = str(error)
            self.refused += 1
            return []

    def stop_if_silent(self) -> list[Command]:
        """Commands that stop the arm where it is, once, when no target came for the time-out; else none."""
        target, tcp = self._target, self.state.tcp_in_base
        if target is None or tcp is None or self._now_ns - self._target_ns <= self._timeout_ns:
            return []
        self._target = None
        age_s = (self._now_ns - self._target_ns) * 1e-9
        self.problem = f"no target_pose for {age_s:.2f} s: the arm is stopped"
        return self._send(self._now_ns, standstill_pose(target, tcp, TOOL_AXIS))

    def _send(self, stamp_ns: int, pose: np.ndarray) -> list[Command]:
        self._sent_ns = stamp_ns
        return self._adapter.step(stamp_ns, pose, self._planned, self.state)

    def _check_model(self) -> None:
        """Before motion, where the driver gives a pose: the description must agree with it."""
        positions, tcp = self.state.joint_positions, self.state.tcp_in_base
        if not self._pose_is_given:
            return
        if positions is None or tcp is None:
            raise InputError(f"no {'joint_states' if positions is None else 'pose'} of the driver yet")
        check = check_model(self._kinematics.tcp_in_base(positions), tcp)
        if not check.passed:
            raise InputError(f"the robot's description does not fit: {check.reason}")

    def _check_time(self, stamp_ns: int) -> None:
        if self._now_ns < 0:
            raise InputError("the driver has not said anything yet")
        age_s = (self._now_ns - stamp_ns) * 1e-9
        if abs(age_s) > self._timeout_ns * 1e-9:
            raise InputError(f"target_pose is {age_s:.3f} s old; expected at most {self._timeout_ns * 1e-9:g} s")
        if stamp_ns < self._target_ns:
            raise InputError("target_pose is older than the one before; is there a second publisher?")
