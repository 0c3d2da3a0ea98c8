"""Publishes serialised messages as a bag recorded them."""

from collections.abc import Callable
from typing import Any

from rclpy.duration import Duration
from rclpy.node import Node

from touchloop.data.bag_qos import TopicQos, offer_for
from touchloop.data.bag_reader import BagMessage, BagReader
from touchloop.data.bag_ticks import CLOCK_TYPE
from touchloop.data.bag_times import CLOCK_TOPIC
from touchloop.data.bag_types import MessageTypes
from touchloop.errors import InputError
from touchloop_nodes.bag_topics import message_class, rclpy_qos
from touchloop_nodes.qos import LOCKSTEP_DEPTH

_DEPTH = 100
_LATCHED_DEPTH = 1000


class BagPublishers:
    """One publisher for each topic of a bag that is played, with the QoS that was recorded.

    A latched topic keeps all its messages, because several publishers may have latched one each.

    Args:
        node: The node that publishes.
        bag: An open bag.
        wanted: Chooses topics by name.
        make_clock: Also a publisher for a `/clock` that is not from the bag.
        lockstep: Nothing may be lost, although nobody waits for a recorder: it may lag behind by many ticks.

    Raises:
        InputError: A type is not installed, or is another one than that in the bag.
    """

    def __init__(
        self, node: Node, bag: BagReader, wanted: Callable[[str], bool], make_clock: bool, lockstep: bool = False
    ) -> None:
        self._node, self._depth = node, LOCKSTEP_DEPTH if lockstep else _DEPTH
        self._publishers: dict[str, Any] = {}
        installed = MessageTypes()
        for topic in bag.topics.values():
            if not wanted(topic.name):
                continue
            if topic.type_hash and installed.describe(topic.msgtype).type_hash != topic.type_hash:
                raise InputError(
                    f"{topic.msgtype} of {topic.name} has other fields in the bag than in this ROS environment; "
                    f"leave the topic out with exclude, or install the version that it was recorded with"
                )
            self._add(topic.name, topic.msgtype, offer_for(topic.qos), topic.messages)
        if make_clock:
            self._add(CLOCK_TOPIC, CLOCK_TYPE, TopicQos(reliable=True, latched=False), 0)

    def publish(self, message: BagMessage) -> None:
        """Sends one message as it is."""
        self._publishers[message.topic].publish(message.data)

    def matched(self) -> bool:
        """Tells whether each publisher is connected to all subscriptions that the graph shows."""
        return all(
            publisher.get_subscription_count() >= self._node.count_subscribers(publisher.topic_name)
            for publisher in self._publishers.values()
        )

    def flush(self) -> None:
        """Waits until reliable subscribers have everything, but not long."""
        for publisher in self._publishers.values():
            publisher.wait_for_all_acked(Duration(seconds=1))

    def _add(self, topic: str, msgtype: str, qos: TopicQos, messages: int) -> None:
        depth = max(1, min(messages, _LATCHED_DEPTH)) if qos.latched else self._depth
        self._publishers[topic] = self._node.create_publisher(message_class(msgtype), topic, rclpy_qos(qos, depth))
