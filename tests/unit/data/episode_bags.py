"""Bags of episodes as our recorder or `ros2 bag record` writes them, of streams that are easy to compute."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.data.bag_types import MessageTypes
from touchloop.data.bag_writer import BagWriter
from touchloop.geometry.pose import quat_from_rotation_vector
from touchloop.sim.tactile import rest_positions

TYPES = MessageTypes()
POSE, WRENCH = "geometry_msgs/msg/PoseStamped", "geometry_msgs/msg/WrenchStamped"
CLOUD, IMAGE, EPISODE = "sensor_msgs/msg/PointCloud2", "sensor_msgs/msg/Image", "touchloop_msgs/msg/Episode"
STATE = "touchloop_msgs/msg/TaskState"
FRAMES = {
    "tcp_pose": "base_link",
    "wrench": "ft_sensor",
    "tactile/markers": "tcp",
    "camera/wrist/image_raw": "wrist_camera",
    "target_pose": "base_link",
    "target_wrench": "tcp",
}
KINDS = {
    "tcp_pose": POSE,
    "wrench": WRENCH,
    "tactile/markers": CLOUD,
    "camera/wrist/image_raw": IMAGE,
    "target_pose": POSE,
    "target_wrench": WRENCH,
}
BEGIN_NS = 1_790_000_000_000_000_000
"""A wall clock's time, where doubles are no longer fine enough for stamps."""


def pose_at(time_s: float) -> np.ndarray:
    """(7,) the tool goes down and turns slowly about a skew axis."""
    turn = quat_from_rotation_vector(np.array([np.pi, 0.0, 0.0]) + 0.2 * time_s * np.array([0.1, 0.3, 1.0]))
    return np.array([0.5 + 0.02 * time_s, -0.01 * time_s, 0.3 - 0.03 * time_s, *turn])


def wrench_at(time_s: float) -> np.ndarray:
    """(6,) a bias, and from the second second on 6 N of pressing."""
    return np.array([0.1, -0.2, 3.0 - 6.0 * (time_s > 2.0), 0.01, 0.02, 0.03])


@dataclass
class EpisodeBag:
    """What a recording of one arm will hold; tests change it before it is written.

    Attributes:
        rates_hz: of each topic; take one away and it is not recorded.
        change: called with topic, number and message (and may change it); False leaves the message out.
    """

    begin_ns: int = BEGIN_NS
    duration_s: float = 4.0
    arms: Sequence[str] = ("",)
    namespace: str = ""
    rates_hz: dict[str, float] = field(
        default_factory=lambda: {
            "tcp_pose": 250.0,
            "wrench": 250.0,
            "tactile/markers": 50.0,
            "camera/wrist/image_raw": 10.0,
            "target_pose": 250.0,
            "target_wrench": 250.0,
        }
    )
    offset_ns: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    """Topics under another name."""
    frames: dict[str, str] = field(default_factory=lambda: dict(FRAMES))
    change: Callable[[str, int, Any], bool | None] = lambda _topic, _number, _message: None
    episodes: Sequence[tuple[int, str, bool]] = ()
    """Start after the begin [ns], task, and success of each."""

    def write(self, folder: Path) -> Path:
        """Writes it."""
        entries: list[tuple[int, str, str, Any]] = []
        for arm in self.arms:
            for topic, rate_hz in self.rates_hz.items():
                name = self._full(self.names.get(topic, topic), arm)
                for number in range(round(self.duration_s * rate_hz)):
                    since_ns = round(number * 1e9 / rate_hz) + self.offset_ns.get(topic, 0)
                    frame = f"{arm}/{self.frames[topic]}" if arm else self.frames[topic]
                    made = message_of(topic, self.begin_ns + since_ns, frame, since_ns * 1e-9)
                    if self.change(topic, number, made) is not False:
                        entries.append((self.begin_ns + since_ns, name, KINDS[topic], made))
        for number, (start_ns, task, success) in enumerate(self.episodes):
            start_ns += self.begin_ns
            stops = [e[0] for e in self.episodes[number + 1 :]] or [round(self.duration_s * 1e9)]
            end_ns = self.begin_ns + stops[0] - 4_000_000
            entries += [
                (start_ns, self._full("episode", ""), EPISODE, episode_message(start_ns, 7 + number, task)),
                (end_ns, self._full("task_state", ""), STATE, state_message(end_ns, task, success)),
            ]
        return write_bag(folder, entries)

    def _full(self, topic: str, arm: str) -> str:
        return "/" + "/".join(part for part in (self.namespace, arm, topic) if part)


def write_bag(folder: Path, entries: Sequence[tuple[int, str, str, Any]]) -> Path:
    """Writes messages (log time, topic, type, message)."""
    writer = BagWriter(folder, TYPES)
    for time_ns, topic, msgtype, message in sorted(entries, key=lambda entry: entry[0]):
        if topic not in writer.topics:
            writer.add_topic(topic, msgtype)
        writer.write(topic, time_ns, bytes(TYPES.store.serialize_cdr(message, msgtype)))
    writer.close()
    return folder


def message_of(topic: str, stamp_ns: int, frame: str, time_s: float) -> Any:
    """What ``topic`` holds at a time."""
    if topic in ("tcp_pose", "target_pose"):
        pose = pose_at(time_s)
        if topic == "target_pose":
            pose[2] -= 0.005
        return made(POSE, header=header(stamp_ns, frame), pose=pose_message(pose))
    if topic in ("wrench", "target_wrench"):
        values = wrench_at(time_s) if topic == "wrench" else np.array([0.0, 0.0, -5.0 * (time_s > 2.0), 0.0, 0.0, 0.0])
        return made(WRENCH, header=header(stamp_ns, frame), wrench=wrench_message(values))
    if topic == "tactile/markers":
        moved = np.full((63, 2), 1e-4 * time_s, np.float32)
        return cloud_message(stamp_ns, frame, np.concatenate([rest_positions(), moved], axis=1))
    return image_message(stamp_ns, frame, np.full((128, 128, 3), int(10 * time_s) % 256, np.uint8))


def made(msgtype: str, **fields: Any) -> Any:
    """A message."""
    TYPES.ensure(msgtype)
    return TYPES.store.types[msgtype](**fields)


def header(stamp_ns: int, frame: str) -> Any:
    """A std_msgs/Header."""
    TYPES.ensure("std_msgs/msg/Header")
    time = made("builtin_interfaces/msg/Time", sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9)
    return made("std_msgs/msg/Header", stamp=time, frame_id=frame)


def pose_message(pose: np.ndarray) -> Any:
    """A geometry_msgs/Pose."""
    x, y, z, *q = pose.tolist()
    point = made("geometry_msgs/msg/Point", x=x, y=y, z=z)
    turn = made("geometry_msgs/msg/Quaternion", **dict(zip("xyzw", q, strict=True)))
    return made("geometry_msgs/msg/Pose", position=point, orientation=turn)


def wrench_message(values: np.ndarray) -> Any:
    """A geometry_msgs/Wrench."""
    first, second = (
        made("geometry_msgs/msg/Vector3", **dict(zip("xyz", part, strict=True)))
        for part in (values[:3].tolist(), values[3:].tolist())
    )
    return made("geometry_msgs/msg/Wrench", force=first, torque=second)


def cloud_message(stamp_ns: int, frame: str, markers: np.ndarray) -> Any:
    """A sensor_msgs/PointCloud2 of markers (N, 4)."""
    fields = [
        made("sensor_msgs/msg/PointField", name=name, offset=4 * i, datatype=7, count=1)
        for i, name in enumerate(("x", "y", "dx", "dy"))
    ]
    return made(
        CLOUD,
        header=header(stamp_ns, frame),
        height=1,
        width=len(markers),
        fields=fields,
        is_bigendian=False,
        point_step=16,
        row_step=16 * len(markers),
        data=np.frombuffer(markers.astype("<f4").tobytes(), np.uint8),
        is_dense=True,
    )


def image_message(stamp_ns: int, frame: str, rgb: np.ndarray, encoding: str = "rgb8") -> Any:
    """A sensor_msgs/Image (H, W, 3)."""
    height, width, _ = rgb.shape
    return made(
        IMAGE,
        header=header(stamp_ns, frame),
        height=height,
        width=width,
        encoding=encoding,
        is_bigendian=0,
        step=3 * width,
        data=rgb.ravel(),
    )


def episode_message(stamp_ns: int, seed: int, task: str) -> Any:
    """A touchloop_msgs/Episode."""
    return made(EPISODE, header=header(stamp_ns, "world"), index=0, seed=seed, task=task, perturbation="after")


def state_message(stamp_ns: int, task: str, success: bool) -> Any:
    """A touchloop_msgs/TaskState that says that the episode is done."""
    return made(
        STATE,
        header=header(stamp_ns, "world"),
        episode=0,
        task=task,
        variant="round",
        phase="done",
        done=True,
        success=success,
        score=1.0,
        progress=1.0,
        force_n=0.0,
        in_band_ratio=1.0,
        peak_force_n=6.0,
        object_pose=pose_message(pose_at(0.0)),
        perturbation="",
    )
