"""What the live view knows: filled from counted messages and from a few that are read."""

from collections import deque
from dataclasses import dataclass, field
from typing import Any

from touchloop.arm_names import in_arm
from touchloop.report.names import mode_name
from touchloop.report.streams import STREAMS

RATE_WINDOW_S = 2.0
SILENT_S = 1.0
"""A stream is silent after this, or after five of its periods if that is longer."""
WARNING_KEPT_S = 5.0
NOT_WATCHED = ("joint_states", "tcp_twist", "target_wrench")
"""Published in the same instant as tcp_pose or target_pose by the same node; receiving them would double the cost."""


class StreamCounter:
    """Rate and age of one stream from counts; times are those of any steady clock [s]."""

    def __init__(self, name: str, nominal_hz: float | None) -> None:
        self.name = name
        self.nominal_hz = nominal_hz
        self.total = 0
        self._last_s: float | None = None
        self._marks: deque[tuple[float, int]] = deque()

    def add(self, count: int, now_s: float) -> None:
        """So many messages came since the last call; call it also with 0."""
        self.total += count
        if count:
            self._last_s = now_s
        self._marks.append((now_s, self.total))
        while len(self._marks) > 2 and self._marks[1][0] <= now_s - RATE_WINDOW_S:
            self._marks.popleft()

    @property
    def rate_hz(self) -> float | None:
        """Over the last two seconds; None before there are two calls."""
        if len(self._marks) < 2 or self._marks[-1][0] <= self._marks[0][0]:
            return None
        (start_s, before), (end_s, after) = self._marks[0], self._marks[-1]
        return (after - before) / (end_s - start_s)

    def age_s(self, now_s: float) -> float | None:
        """Since the last message; None before any."""
        return None if self._last_s is None else now_s - self._last_s

    def silent(self, now_s: float) -> bool:
        """Whether a stream that should keep coming does not."""
        if self.nominal_hz is None:
            return False
        age_s = self.age_s(now_s)
        return age_s is None or age_s > max(SILENT_S, 5.0 / self.nominal_hz)


@dataclass
class ArmState:
    """What the live view shows of one arm's controller."""

    mode: str = ""
    reason: str = ""
    force_n: float | None = None
    planned_force_n: float | None = None
    plan_sequence: int | None = None
    plan_age_s: float | None = None
    wrench_age_s: float | None = None
    pose_age_s: float | None = None
    tactile_age_s: float | None = None
    lateness_s: float | None = None
    worst_lateness_s: float = 0.0
    missed_ticks: int | None = None

    def read(self, m: Any) -> None:
        """From ``touchloop_msgs/ControllerState``."""
        self.mode = mode_name(m.mode)
        self.reason, self.force_n, self.planned_force_n = m.reason, m.force_n, m.planned_force_n
        self.plan_age_s = m.plan_age_s if m.plan_age_s >= 0.0 else None
        self.plan_sequence = m.plan_sequence if self.plan_age_s is not None else None
        self.wrench_age_s, self.pose_age_s, self.tactile_age_s = m.wrench_age_s, m.tcp_pose_age_s, m.tactile_age_s
        self.lateness_s, self.missed_ticks = m.lateness_s, m.missed_ticks
        self.worst_lateness_s = max(self.worst_lateness_s, m.lateness_s)


@dataclass
class LiveState:
    """All that the live view shows; None and empty text for what has not come yet.

    The ``read_...`` methods take any object with the fields of the ROS message.
    """

    arm_names: tuple[str, ...] = ("",)
    task: str = ""
    variant: str = ""
    seed: int | None = None
    episode: int | None = None
    perturbation: str = ""
    """What the episode was asked to have."""
    start_s: float | None = None
    """ROS time of the episode's start."""
    now_s: float | None = None
    """ROS time of the newest message read."""
    phase: str = ""
    done: bool = False
    success: bool = False
    score: float | None = None
    progress: float | None = None
    peak_force_n: float | None = None
    acting: str = ""
    """What disturbs right now."""
    hold_reason: str = ""
    warnings: dict[str, tuple[str, int, float]] = field(default_factory=dict)
    """By source: text, level (1 warning, 2 error), when it came."""

    def __post_init__(self) -> None:
        self.arms = {name: ArmState() for name in self.arm_names}
        self.streams = _counters(self.arm_names)

    @property
    def mode(self) -> str:
        """Of the first arm that has one; empty before any controller spoke."""
        return next((arm.mode for arm in self.arms.values() if arm.mode), "")

    @property
    def episode_time_s(self) -> float | None:
        """Since the episode's start."""
        return None if self.start_s is None or self.now_s is None else max(self.now_s - self.start_s, 0.0)

    def silent_streams(self, now_s: float) -> list[str]:
        """Streams that should come and do not."""
        return [name for name, counter in self.streams.items() if counter.silent(now_s)]

    def current_warnings(self, now_s: float) -> list[tuple[str, str, int]]:
        """Source, text and level of what was warned of lately."""
        fresh = [(s, text, level) for s, (text, level, at_s) in self.warnings.items() if now_s - at_s < WARNING_KEPT_S]
        return sorted(fresh, key=lambda warning: -warning[2])

    def read_episode(self, m: Any) -> None:
        """From ``touchloop_msgs/Episode``: a new one forgets the last one's outcome."""
        self.task, self.seed, self.episode, self.perturbation = m.task, m.seed, m.index, m.perturbation
        self.start_s = self.now_s = _stamp_s(m)
        self.variant = self.phase = self.acting = ""
        self.done = self.success = False
        self.score = self.progress = None
        for arm in self.arms.values():
            arm.worst_lateness_s = 0.0

    def read_task_state(self, m: Any) -> None:
        """From ``touchloop_msgs/TaskState``."""
        self.task, self.variant, self.phase = m.task, m.variant, m.phase
        self.done, self.success, self.score, self.progress = m.done, m.success, m.score, m.progress
        self.peak_force_n, self.acting = m.peak_force_n, m.perturbation
        self.now_s = _stamp_s(m)

    def read_controller_state(self, m: Any, arm: str = "") -> None:
        """From ``touchloop_msgs/ControllerState`` of an arm."""
        self.arms[arm].read(m)
        self.now_s = max(self.now_s or 0.0, _stamp_s(m))

    def read_hold(self, m: Any) -> None:
        """From ``touchloop_msgs/Hold``."""
        self.hold_reason = (m.reason or "ordered to hold") if m.hold else ""

    def read_diagnostics(self, m: Any, now_s: float) -> None:
        """From ``diagnostic_msgs/DiagnosticArray``; levels are bytes in rclpy and numbers elsewhere."""
        for status in m.status:
            level = status.level[0] if isinstance(status.level, bytes) else int(status.level)
            if level > 0:
                self.warnings[status.name] = (status.message or "warns", min(level, 2), now_s)
            else:
                self.warnings.pop(status.name, None)


def _counters(arms: tuple[str, ...]) -> dict[str, StreamCounter]:
    watched = [stream for stream in STREAMS if stream.nominal_hz and stream.name not in NOT_WATCHED]
    names = [
        (name, stream.nominal_hz)
        for stream in watched
        for name in ([stream.name] if stream.shared else [in_arm(arm, stream.name) for arm in arms])
    ]
    return {name: StreamCounter(name, nominal_hz) for name, nominal_hz in names}


def _stamp_s(m: Any) -> float:
    return m.header.stamp.sec + m.header.stamp.nanosec * 1e-9
