"""The streams of one arm: names without namespace, and how often they should come."""

from typing import NamedTuple


class Stream(NamedTuple):
    """One topic of the architecture."""

    name: str
    nominal_hz: float | None
    """None for a topic that comes when something happens."""
    publisher: str
    shared: bool = False
    """One for all arms of a stack."""


STREAMS = (
    Stream("joint_states", 250.0, "pybullet_world"),
    Stream("tcp_pose", 250.0, "pybullet_world"),
    Stream("tcp_twist", 250.0, "pybullet_world"),
    Stream("wrench", 250.0, "pybullet_world"),
    Stream("tactile/markers", 50.0, "pybullet_world"),
    Stream("camera/wrist/image_raw", 10.0, "pybullet_world"),
    Stream("camera/scene/image_raw", 10.0, "pybullet_world", shared=True),
    Stream("task_state", 10.0, "pybullet_world", shared=True),
    Stream("plan", 2.0, "slow_planner"),
    Stream("target_pose", 250.0, "fast_controller"),
    Stream("target_wrench", 250.0, "fast_controller"),
    Stream("controller_state", 50.0, "fast_controller"),
    Stream("wrench_bias", None, "fast_controller"),
    Stream("episode", None, "pybullet_world", shared=True),
    Stream("hold", 20.0, "lifecycle_manager", shared=True),
    Stream("heartbeat", None, "every managed node", shared=True),
)
SHARED = {stream.name for stream in STREAMS if stream.shared}
BY_NAME = {stream.name: stream for stream in STREAMS}


def split_topic(topic: str) -> tuple[str, str] | None:
    """Namespace (such as ``/left``, or empty) and stream of a full topic name; None for a topic of nobody's."""
    for stream in STREAMS:
        if topic == f"/{stream.name}" or topic.endswith(f"/{stream.name}"):
            return topic[: -len(stream.name) - 1], stream.name
    return None


def nominal_hz(topic: str) -> float | None:
    """The rate that a full topic name should have; None where there is none."""
    parts = split_topic(topic)
    return None if parts is None else BY_NAME[parts[1]].nominal_hz
