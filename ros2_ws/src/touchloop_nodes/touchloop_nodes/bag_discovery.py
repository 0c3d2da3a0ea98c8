"""Finds the topics to record and keeps one raw subscription on each."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from rclpy.event_handler import SubscriptionEventCallbacks
from rclpy.node import Node
from rosbags.interfaces import Qos

from touchloop.data.bag_qos import TopicQos, request_for
from touchloop.errors import InputError
from touchloop_nodes.bag_topics import is_hidden, message_class, offered_qos, rclpy_qos

EXPECTED_QOS = TopicQos(reliable=True, latched=False)
DRAIN_TIMEOUT_S = 2.0
"""Publishers that still send must not keep the recorder from ending."""


class Sink(Protocol):
    """Takes what is recorded."""

    def add_topic(self, topic: str, msgtype: str, qos: Sequence[Qos]) -> None:
        """A topic starts; raises InputError if its type cannot be recorded."""

    def take(self, topic: str, data: bytes) -> None:
        """A serialised message came."""


class TopicDiscovery:
    """Subscribes to topics as they appear, with the weakest QoS that their publishers offer.

    Args:
        node: The node that subscribes.
        sink: Takes topics and messages.
        wanted: Decides by name.
        include_hidden: Also topics with a name part that starts with an underscore.
        queue_depth: Messages that wait in DDS for the executor.
    """

    def __init__(
        self,
        node: Node,
        sink: Sink,
        wanted: Callable[[str], bool],
        include_hidden: bool,
        queue_depth: int,
    ) -> None:
        self._node = node
        self._sink = sink
        self._wanted = wanted
        self._include_hidden = include_hidden
        self._queue_depth = queue_depth
        self._subscriptions: dict[str, Any] = {}
        self._types: dict[str, str] = {}
        self._added: set[str] = set()
        self._outdated: set[str] = set()
        self.refused: dict[str, str] = {}

    @property
    def topics(self) -> list[str]:
        """Topics that are recorded now."""
        return sorted(self._subscriptions)

    def expect(self, topic: str, msgtype: str) -> None:
        """Subscribes before a publisher is there; raises InputError if the type is not installed."""
        self._subscribe(topic, msgtype, EXPECTED_QOS)

    def look(self) -> None:
        """Subscribes to what is new in the graph, and anew where publishers turned out to offer less."""
        for topic in sorted(self._outdated):
            self._resubscribe(topic)
        for topic, msgtypes in self._node.get_topic_names_and_types():
            if topic in self._added or (is_hidden(topic) and not self._include_hidden) or not self._wanted(topic):
                self._note_second_type(topic, msgtypes)
                continue
            self._begin(topic)

    def close(self) -> None:
        """Takes what has arrived, then ends all subscriptions; topics that appear from now on count as new."""
        self._take_arrived()
        for subscription in self._subscriptions.values():
            self._node.destroy_subscription(subscription)
        self._subscriptions.clear()
        self._added.clear()
        self._outdated.clear()

    def _take_arrived(self) -> None:
        """In turn, so that the times of topics without stamps, which come from ``/clock``, stay about right."""
        waiting = dict(self._subscriptions)
        deadline_s = time.monotonic() + DRAIN_TIMEOUT_S
        while waiting and time.monotonic() < deadline_s:
            for topic, subscription in list(waiting.items()):
                with subscription.handle:
                    taken = subscription.handle.take_message(subscription.msg_type, True)
                if taken is None:
                    del waiting[topic]
                else:
                    subscription.callback(taken[0])

    def _begin(self, topic: str) -> None:
        publishers = self._node.get_publishers_info_by_topic(topic)
        if not publishers:
            return
        self._added.add(topic)
        offers = offered_qos(publishers)
        msgtype = self._types.get(topic, publishers[0].topic_type)
        try:
            message_class(msgtype)
            self._sink.add_topic(topic, msgtype, offers)
        except InputError as error:
            self._refuse(topic, str(error))
            return
        if topic not in self._subscriptions:
            self._subscribe(topic, msgtype, request_for(offers))
        elif request_for(offers) != EXPECTED_QOS:
            self._outdated.add(topic)

    def _subscribe(self, topic: str, msgtype: str, request: TopicQos) -> None:
        take = self._sink.take

        def receive(data: bytes) -> None:
            if topic not in self._added:
                self._begin(topic)
            take(topic, data)

        self._types[topic] = msgtype
        self._subscriptions[topic] = self._node.create_subscription(
            message_class(msgtype),
            topic,
            receive,
            rclpy_qos(request, self._queue_depth),
            raw=True,
            # Not resubscribed right there: that would destroy the subscription inside its own callback.
            event_callbacks=SubscriptionEventCallbacks(incompatible_qos=lambda _: self._outdated.add(topic)),
        )

    def _resubscribe(self, topic: str) -> None:
        self._outdated.discard(topic)
        subscription = self._subscriptions.pop(topic, None)
        if subscription is None:
            return
        self._node.destroy_subscription(subscription)
        offers = offered_qos(self._node.get_publishers_info_by_topic(topic))
        self._node.get_logger().info(f"subscribing to {topic} anew, with the weakest QoS that its publishers offer")
        self._subscribe(topic, self._types[topic], request_for(offers))

    def _note_second_type(self, topic: str, msgtypes: list[str]) -> None:
        if topic in self._types and len(msgtypes) > 1 and topic not in self.refused:
            others = ", ".join(sorted(set(msgtypes) - {self._types[topic]}))
            self._refuse(topic, f"only its {self._types[topic]} messages are recorded, not its {others}")

    def _refuse(self, topic: str, reason: str) -> None:
        self.refused[topic] = reason
        self._node.get_logger().error(f"topic {topic}: {reason}")
