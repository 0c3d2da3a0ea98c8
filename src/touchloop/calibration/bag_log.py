"""Reads from a bag what a calibration needs: a driver's streams, and pictures at the times of rest."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from touchloop.arm_names import in_arm
from touchloop.calibration.driver_log import DriverLog
from touchloop.calibration.pictures import rgb_of
from touchloop.calibration.still import rests, touch_sample
from touchloop.data.bag_folders import bag_parts
from touchloop.data.bag_reader import BagReader
from touchloop.errors import InputError
from touchloop.robots.config import RobotConfig
from touchloop.robots.wire import JointPath, JointSample, Numbers, PoseSample, TwistSample, Wire, WrenchSample

MESSAGES: dict[str, type] = {
    "geometry_msgs/msg/PoseStamped": PoseSample,
    "geometry_msgs/msg/TwistStamped": TwistSample,
    "geometry_msgs/msg/WrenchStamped": WrenchSample,
    "sensor_msgs/msg/JointState": JointSample,
    "trajectory_msgs/msg/JointTrajectory": JointPath,
    "std_msgs/msg/Float64MultiArray": Numbers,
}


def log_of_bag(bag: Path, config: RobotConfig, arm: str = "", urdf: str = "") -> DriverLog:
    """The arm's streams: those of its driver, or, where the bag lacks these, the project's own.

    Raises:
        InputError: no bag, or neither is in it.
    """
    with _opened(bag) as reader:
        log = DriverLog(config, urdf)
        if _topic(log.topics["joint_states"][0], arm) not in reader.topics:
            log = DriverLog(config, urdf, of_project=True)
        names = {_topic(topic, arm): name for name, (topic, _) in log.topics.items()}
        there = {topic: name for topic, name in names.items() if topic in reader.topics}
        if not {"tcp_pose", "joint_states"} & set(there.values()):
            found = ", ".join(sorted(reader.topics)) or "no topics"
            raise InputError(f"{bag} has none of {', '.join(sorted(names))}; it has {found}")
        for topic, name in there.items():
            expected, found = log.topics[name][1], MESSAGES.get(reader.topics[topic].msgtype)
            if found is not expected:
                raise InputError(f"{bag}: {topic} is a {reader.topics[topic].msgtype}; expected a {expected.__name__}")
        for message in reader.messages(list(there)):
            log.hear(there[message.topic], _wire(reader.decode(message), message.msgtype), message.time_ns)
    return log


def views_of_bag(
    bag: Path, log: DriverLog, camera: str, arm: str = ""
) -> tuple[list[tuple[np.ndarray, np.ndarray]], dict[str, Any] | None]:
    """One picture (h, w, 3) RGB and the tip's pose (7,) of each time at rest; the camera's info or None.

    Args:
        bag: read by ``log_of_bag`` before.
        log: what that gave.
        camera: its topics are ``camera/NAME/image_raw`` and ``camera_info``, or begin with NAME if that has a slash.
        arm: of several.

    Raises:
        InputError: no such topic, no picture at rest, or pictures of an encoding that is not known.
    """
    pose = log.logs["tcp_pose"].stream()
    if not len(pose.values):
        raise InputError(f"{bag} has no pose of the arm")
    times = rests(pose)
    base = camera if "/" in camera else f"camera/{camera}"
    with _opened(bag) as reader:
        names = [f"/{in_arm(arm, base.lstrip('/'))}", f"/{base.lstrip('/')}"]
        name = next((n for n in names if f"{n}/image_raw" in reader.topics), None)
        if name is None:
            pictures = sorted(t.removesuffix("/image_raw") for t in reader.topics if t.endswith("/image_raw"))
            raise InputError(f"{bag} has no {names[-1]}/image_raw; its cameras are: {', '.join(pictures) or 'none'}")
        views, taken = [], set()
        for picture, stamp_s in _pictures(reader, f"{name}/image_raw"):
            rest = next((k for k, (begin, end) in enumerate(times) if begin + 0.2 <= stamp_s <= end), None)
            if rest is not None and rest not in taken:
                taken.add(rest)
                inside = (pose.times_s >= times[rest][0]) & (pose.times_s <= times[rest][1])
                tcp = touch_sample("", pose.values[inside], np.zeros((1, 6))).tcp_in_base
                views.append((picture, log.tip_in_base(tcp)))
        if not views:
            raise InputError(f"{bag}: the arm is never at rest while a picture comes ({len(times)} times at rest)")
        info = None
        if f"{name}/camera_info" in reader.topics:
            message = next(iter(reader.messages([f"{name}/camera_info"])), None)
            if message is not None:
                found: Any = reader.decode(message)
                k, d = ([float(v) for v in values] for values in (found.k, found.d))
                info = {"k": k, "d": d, "distortion_model": str(found.distortion_model) or "plumb_bob"}
    return views, info


def _opened(bag: Path) -> BagReader:
    parts = bag_parts(bag)
    if not parts:
        raise InputError(f"there is no bag {bag}")
    return BagReader(parts)


def _topic(name: str, arm: str) -> str:
    return name if name.startswith("/") else f"/{in_arm(arm, name)}"


def _pictures(reader: BagReader, topic: str) -> Iterator[tuple[np.ndarray, float]]:
    for message in reader.messages([topic]):
        image: Any = reader.decode(message)
        yield rgb_of(image.data, image.height, image.width, image.step, image.encoding), _stamp_ns(image) * 1e-9


def _stamp_ns(message: Any) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def _wire(message: Any, msgtype: str) -> Wire:
    kind = MESSAGES[msgtype]
    if kind is Numbers:
        return Numbers(np.array(message.data, float))
    stamp_ns, frame = _stamp_ns(message), message.header.frame_id
    if kind is PoseSample:
        p, q = message.pose.position, message.pose.orientation
        return PoseSample(stamp_ns, frame, np.array([p.x, p.y, p.z, q.x, q.y, q.z, q.w]))
    if kind is WrenchSample:
        return WrenchSample(stamp_ns, frame, _six(message.wrench.force, message.wrench.torque))
    if kind is TwistSample:
        return TwistSample(stamp_ns, frame, _six(message.twist.linear, message.twist.angular))
    if kind is JointSample:
        values = (np.array(numbers, float) for numbers in (message.position, message.velocity, message.effort))
        return JointSample(stamp_ns, tuple(message.name), *values)
    points = message.points
    times = tuple(point.time_from_start.sec + point.time_from_start.nanosec * 1e-9 for point in points)
    return JointPath(
        stamp_ns, tuple(message.joint_names), times, np.array([point.positions for point in points], float)
    )


def _six(first: Any, second: Any) -> np.ndarray:
    return np.array([first.x, first.y, first.z, second.x, second.y, second.z])
