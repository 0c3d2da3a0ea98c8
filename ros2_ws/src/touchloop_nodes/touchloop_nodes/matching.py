"""Who is on the other end of a topic, and whether DDS has connected everybody yet."""

from collections.abc import Iterable
from typing import Any

from rclpy.node import Node


def all_matched(node: Node, publishers: Iterable[Any]) -> bool:
    """Whether every subscription that is known to exist receives what these publishers send."""
    return all(
        publisher.get_subscription_count() >= node.count_subscribers(publisher.topic_name) for publisher in publishers
    )


def subscribing_nodes(node: Node, topics: Iterable[str]) -> set[str]:
    """Names of the nodes that subscribe to all of these topics."""
    names = [{info.node_name for info in node.get_subscriptions_info_by_topic(topic)} for topic in topics]
    return set.intersection(*names)


def other_publishers(node: Node, topic: str) -> list[str]:
    """Full names of other nodes that publish a topic; a second node of the same name counts as another."""
    own = sum(publisher.topic_name == node.resolve_topic_name(topic) for publisher in node.publishers)
    names = [_full_name(info) for info in node.get_publishers_info_by_topic(topic)]
    for _ in range(own):
        if node.get_fully_qualified_name() in names:
            names.remove(node.get_fully_qualified_name())
    return sorted(names)


def wrong_types(node: Node, expected: dict[str, str]) -> dict[str, str]:
    """Says for each topic that is published as another type than ``expected``, which one it is.

    Args:
        node: any node.
        expected: topic to type, as ``geometry_msgs/msg/WrenchStamped``.
    """
    faults = {}
    for topic, msgtype in expected.items():
        for info in node.get_publishers_info_by_topic(topic):
            if info.topic_type != msgtype:
                faults[topic] = f"{topic} is published as {info.topic_type} by {_full_name(info)}, expected {msgtype}"
    return faults


def _full_name(info: Any) -> str:
    return f"{info.node_namespace.rstrip('/')}/{info.node_name}"
