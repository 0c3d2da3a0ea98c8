"""What a robot's driver tells, in the project's frames, logged for a calibration: live and from bags alike."""

import numpy as np

from touchloop.calibration.streams import Stream, StreamLog, simulated_arrivals
from touchloop.errors import InputError
from touchloop.geometry.pose import compose
from touchloop.robots.config import RobotConfig, as_array
from touchloop.robots.feedback import Feedback, inverse
from touchloop.robots.kinematics import Kinematics
from touchloop.robots.wire import JointPath, JointSample, Numbers, PoseSample, TwistSample, Wire, WrenchSample

KINDS: dict[str, type] = {
    "joint_states": JointSample,
    "tcp_pose": PoseSample,
    "tcp_twist": TwistSample,
    "wrench": WrenchSample,
}
"""The project's streams and what they are."""
COMMANDS: dict[str, tuple[str, type]] = {
    "crisp": ("target_pose", PoseSample),
    "fzi": ("target_frame", PoseSample),
    "joint_trajectory_controller": ("joint_trajectory", JointPath),
    "forward_command_controller": ("commands", Numbers),
    "topic_based": ("robot_joint_command", JointSample),
    "moveit_servo": ("pose_target_cmds", PoseSample),
}
"""Of each family: the command whose echo is measured, and what it is."""


class DriverLog:
    """Translates and keeps one arm's messages.

    Args:
        config: the robot.
        urdf: its description; needed only where the driver gives no pose.
        of_project: the messages are the project's own (``tcp_pose`` of ``arm_adapter`` or the simulated world), so
            frames and signs are right already.

    Attributes:
        topics: name of a stream, or ``command``, to its topic and kind.
        clock: messages of a simulated clock; filled by who hears them.
        faults: name to why the last message of it was not usable.
    """

    def __init__(self, config: RobotConfig, urdf: str = "", of_project: bool = False) -> None:
        self._config, self._feedback, self._of_project = config, Feedback(config), of_project
        topics = config.topics
        names = {
            "joint_states": topics.joint_states,
            "tcp_pose": topics.pose,
            "tcp_twist": topics.twist,
            "wrench": topics.wrench,
        }
        if of_project:
            names = {name: name for name in KINDS}
        self.topics = {name: (topic, KINDS[name]) for name, topic in names.items() if topic}
        command, kind = COMMANDS[config.family]
        if command in topics.commands:
            self.topics["command"] = (topics.commands[command], kind)
        self._kinematics = Kinematics(config, urdf) if "tcp_pose" not in self.topics and urdf else None
        self.logs = {name: StreamLog() for name in (*KINDS, "command", "echo")}
        self.clock = StreamLog()
        self.faults: dict[str, str] = {}
        self.tcp_in_base: np.ndarray | None = None

    def hear(self, name: str, sample: Wire, arrival_ns: int) -> None:
        """One message; one that is not usable is passed over and named in ``faults``."""
        try:
            self._hear(name, sample, arrival_ns)
            self.faults.pop(name, None)
        except InputError as error:
            self.faults[name] = str(error)

    def tip_in_base(self, tcp_in_base: np.ndarray) -> np.ndarray:
        """Pose (7,) of the driver's tip in ``base_link``."""
        return compose(tcp_in_base, inverse(as_array(self._config.frames.tcp_in_tip)))

    def streams(self, simulated_time: bool = False) -> dict[str, Stream]:
        """Those that were heard, in seconds since the first message. Arrivals in ROS time.

        Args:
            simulated_time: arrivals are by another clock than stamps.
        """
        rows = {name: log for name, log in self.logs.items() if len(log)}
        if not rows:
            return {}
        # Arrivals of a simulated arm count from another origin than its stamps; both are small numbers then.
        found = {name: log.stream() for name, log in rows.items()}
        if simulated_time and "joint_states" in found:
            # Without the clock's own messages the ages of all streams count from that of the joints.
            heard = self.clock.stream() if len(self.clock) else found["joint_states"]
            first_a, first_s = heard.arrivals_s[0], heard.stamps_s[0]
            offset, rate = simulated_arrivals(
                Stream(heard.arrivals_s - first_a, heard.stamps_s - first_s, heard.values)
            )
            found = {
                name: Stream(rate * (s.arrivals_s - first_a) + offset, s.stamps_s - first_s, s.values)
                for name, s in found.items()
            }
        origin = min(float(stream.arrivals_s[0]) for stream in found.values())
        return {
            name: Stream(stream.arrivals_s - origin, stream.stamps_s - origin, stream.values)
            for name, stream in found.items()
        }

    def _hear(self, name: str, sample: Wire, arrival_ns: int) -> None:
        if name == "command":
            values = _command_values(sample)
            expected = 3 if isinstance(sample, PoseSample) else len(self._config.joints)
            if len(values) != expected:
                raise InputError(f"command has {len(values)} numbers; expected {expected}")
            self.logs[name].add(arrival_ns, 0, values)
        elif name == "joint_states" and isinstance(sample, JointSample):
            positions, _ = self._feedback.joints(sample)
            self.logs[name].add(arrival_ns, sample.stamp_ns, positions)
            if COMMANDS[self._config.family][1] is not PoseSample:
                self.logs["echo"].add(arrival_ns, sample.stamp_ns, positions)
            if self._kinematics is not None:
                self._pose(self._kinematics.tcp_in_base(positions), sample.stamp_ns, arrival_ns)
        elif name == "tcp_pose" and isinstance(sample, PoseSample):
            pose = sample.pose if self._of_project else self._feedback.tcp_pose(sample)
            if not np.isfinite(pose).all():
                raise InputError(f"tcp_pose {pose.tolist()} is not finite")
            self._pose(pose, sample.stamp_ns, arrival_ns)
            if COMMANDS[self._config.family][1] is PoseSample:
                self.logs["echo"].add(arrival_ns, sample.stamp_ns, sample.pose[:3])
        elif name == "tcp_twist" and isinstance(sample, TwistSample):
            if self.tcp_in_base is None:
                return
            twist = sample.twist if self._of_project else self._feedback.tcp_twist(sample, self.tcp_in_base)
            self.logs[name].add(arrival_ns, sample.stamp_ns, twist[:3])
        elif name == "wrench" and isinstance(sample, WrenchSample):
            wrench = sample.wrench if self._of_project else self._feedback.wrench(sample)
            if not np.isfinite(wrench).all():
                raise InputError(f"wrench {wrench.tolist()} is not finite")
            self.logs[name].add(arrival_ns, sample.stamp_ns, wrench)

    def _pose(self, tcp_in_base: np.ndarray, stamp_ns: int, arrival_ns: int) -> None:
        self.tcp_in_base = tcp_in_base
        self.logs["tcp_pose"].add(arrival_ns, stamp_ns, tcp_in_base)


def _command_values(sample: Wire) -> np.ndarray:
    if isinstance(sample, PoseSample):
        values = sample.pose[:3]
    elif isinstance(sample, JointPath):
        values = sample.positions[-1] if len(sample.positions) else np.empty(0)
    elif isinstance(sample, JointSample):
        values = sample.positions
    elif isinstance(sample, Numbers):
        values = sample.values
    else:
        raise InputError(f"a command of {type(sample).__name__} has no position to compare with")
    if not len(values) or not np.isfinite(values).all():
        raise InputError(f"command {values.tolist()} is not usable")
    return values
