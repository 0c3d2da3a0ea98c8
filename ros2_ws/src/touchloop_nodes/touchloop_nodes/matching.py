"""Who is on the other end of a topic, and whether DDS has connected everybody yet."""

import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rclpy.node import Node

SETTLED_S = 0.25
"""A recorder on a busy machine makes its subscriptions one by one, with pauses."""


class Peers:
    """The nodes that lock-step waits for before its first tick.

    Args:
        node: the one that waits.
        topics: what each of them subscribes to, by names relative to the namespace of ``node``.
        publishers: all of the node's publishers that matter.
    """

    def __init__(self, node: Node, topics: Mapping[str, Sequence[str]], publishers: Sequence[Any]) -> None:
        self._node, self._topics, self._publishers = node, topics, publishers
        self._settled_at_s = 0.0
        self._subscribers = -1

    def missing(self) -> str:
        """Who has not connected yet; empty when all have and nobody came for ``SETTLED_S``, so that none is overrun."""
        subscribers = {
            topic: subscribing_nodes(self._node, topic) for topics in self._topics.values() for topic in topics
        }
        missing = [
            name
            for name, topics in self._topics.items()
            if not all(self._full_name(name) in subscribers[topic] for topic in topics)
        ]
        before, self._subscribers = self._subscribers, subscriber_count(self._node, self._publishers)
        if missing or before != self._subscribers or not all_matched(self._node, self._publishers):
            self._settled_at_s = time.monotonic() + SETTLED_S
        if missing:
            return ", ".join(missing)
        return "all connections" if time.monotonic() < self._settled_at_s else ""

    def describe(self) -> str:
        """Says of each whether it is there."""
        there = {f"{space.rstrip('/')}/{name}" for name, space in self._node.get_node_names_and_namespaces()}
        return ", ".join(
            f"{name} is {'there' if self._full_name(name) in there else 'missing'}" for name in self._topics
        )

    def _full_name(self, name: str) -> str:
        return f"{self._node.get_namespace().rstrip('/')}/{name}"


def all_matched(node: Node, publishers: Iterable[Any]) -> bool:
    """Whether every subscription that is known to exist receives what these publishers send."""
    return all(
        publisher.get_subscription_count() >= node.count_subscribers(publisher.topic_name) for publisher in publishers
    )


def subscriber_count(node: Node, publishers: Iterable[Any]) -> int:
    """How many subscriptions are known to exist on these publishers' topics."""
    return sum(node.count_subscribers(publisher.topic_name) for publisher in publishers)


def subscribing_nodes(node: Node, topic: str) -> set[str]:
    """Full names of the nodes that subscribe to a topic."""
    return {_full_name(info) for info in node.get_subscriptions_info_by_topic(topic)}


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
