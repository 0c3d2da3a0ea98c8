"""What recorder and player share: message classes by name, and QoS between rclpy and bags."""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy
from rclpy.topic_endpoint_info import TopicEndpointInfo
from rosbags.interfaces import Qos

from touchloop.data.bag_qos import TopicQos, stored_qos
from touchloop.errors import InputError


def message_class(msgtype: str) -> Any:
    """Imports a message class such as `geometry_msgs/msg/WrenchStamped`.

    Raises:
        InputError: Its package is not installed, or has no such message.
    """
    package, _, name = msgtype.partition("/msg/")
    try:
        return getattr(import_module(f"{package}.msg"), name)
    except (ImportError, AttributeError) as error:
        raise InputError(f"The message type {msgtype!r} is not installed in this ROS environment") from error


def rclpy_qos(policies: TopicQos, depth: int) -> QoSProfile:
    """Makes a profile for a subscription or publisher."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE if policies.reliable else ReliabilityPolicy.BEST_EFFORT,
        durability=DurabilityPolicy.TRANSIENT_LOCAL if policies.latched else DurabilityPolicy.VOLATILE,
    )


def offered_qos(publishers: Sequence[TopicEndpointInfo]) -> tuple[Qos, ...]:
    """Describes what a topic's publishers offer, as a bag stores it."""
    return tuple(
        stored_qos(
            reliable=publisher.qos_profile.reliability != ReliabilityPolicy.BEST_EFFORT,
            latched=publisher.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL,
            depth=publisher.qos_profile.depth,
        )
        for publisher in publishers
    )


def is_hidden(topic: str) -> bool:
    """Tells whether ROS tools hide a topic: a part of its name starts with an underscore."""
    return any(part.startswith("_") for part in topic.split("/"))
